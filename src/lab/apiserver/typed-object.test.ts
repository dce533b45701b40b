import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeMessage, openEnvelope, ProtobufError } from './protobuf.ts';
import { SCHEMA_BOOK } from './schema-book.ts';
import { readTyped } from './typed-object.ts';

const read = (message: string, value: unknown) => readTyped(SCHEMA_BOOK, message, value);

describe('reading JSON through a schema', () => {
  test.each([
    ['a required field that is absent is its zero', 'core.v1.ContainerPort', {}, { containerPort: 0 }],
    ['null is absence', 'core.v1.ContainerPort', { containerPort: 1, name: null }, { containerPort: 1 }],
    [
      'zeros that upstream leaves out are left out',
      'core.v1.ContainerPort',
      { containerPort: 1, hostPort: 0, name: '' },
      { containerPort: 1 },
    ],
    ['zeros that mean something stay', 'core.v1.ReplicationControllerSpec', { replicas: 0 }, { replicas: 0 }],
    ['empty lists and maps are left out', 'meta.v1.ObjectMeta', { labels: {}, finalizers: [] }, {}],
    [
      'quantities take their canonical form',
      'core.v1.ResourceRequirements',
      { requests: { cpu: '0.5', memory: 1024 } },
      { requests: { cpu: '500m', memory: '1024' } },
    ],
    [
      'what nobody looks into stays as it is',
      'meta.v1.ManagedFieldsEntry',
      { fieldsV1: { 'f:a': { x: null } } },
      { fieldsV1: { 'f:a': { x: null } } },
    ],
    [
      'fields of an inlined message stand in their parent',
      'core.v1.Volume',
      { name: 'v', emptyDir: {} },
      { name: 'v', emptyDir: {} },
    ],
  ])('%s', (_why, message, value, expected) => {
    const { value: typed, unknownFields } = read(message, value);
    expect(typed).toEqual(expected);
    expect(unknownFields).toEqual([]);
  });

  test('fields that the schema does not have fall away, and are named in order', () => {
    const value = {
      a: 1,
      containers: [
        { name: 'x', foo: 1 },
        { name: 'y', env: [{ name: 'e', bar: 2 }] },
      ],
      z: null,
    };
    const { value: typed, unknownFields } = read('core.v1.PodSpec', value);
    expect(unknownFields).toEqual(['a', 'containers[0].foo', 'containers[1].env[0].bar', 'z']);
    expect(JSON.stringify(typed)).not.toMatch(/foo|bar/);
  });

  test.each([
    [
      'autoscaling.v2.HorizontalPodAutoscaler',
      { spec: { maxReplicas: 'x' } },
      'json: cannot unmarshal string into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32',
    ],
    [
      'autoscaling.v2.HorizontalPodAutoscaler',
      { spec: { maxReplicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32',
    ],
    [
      'autoscaling.v2.HorizontalPodAutoscaler',
      { spec: { maxReplicas: 3000000000 } },
      'json: cannot unmarshal number 3000000000 into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32',
    ],
    [
      'core.v1.PodSpec',
      { hostNetwork: 'yes' },
      'json: cannot unmarshal string into Go struct field PodSpec.hostNetwork of type bool',
    ],
    [
      'core.v1.PodSpec',
      { containers: {} },
      'json: cannot unmarshal object into Go struct field PodSpec.containers of type []v1.Container',
    ],
    [
      'meta.v1.ObjectMeta',
      { labels: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string',
    ],
    ['core.v1.ResourceRequirements', { requests: { cpu: 'much' } }, 'quantities must match the regular expression'],
  ])('%s %j is refused', (message, value, text) => {
    expect(() => read(message, value)).toThrow(text);
  });

  test('what was read once reads the same again', () => {
    const container = fc.record(
      {
        name: fc.string(),
        image: fc.string(),
        tty: fc.boolean(),
        args: fc.array(fc.string()),
        ports: fc.array(fc.record({ containerPort: fc.nat(65_535), name: fc.string() }, { requiredKeys: [] })),
        resources: fc.record({ requests: fc.dictionary(fc.string(), fc.constantFrom('1', '1000m', '0.1', '1Gi', 5)) }),
        other: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(container), (containers) => {
        const once = read('core.v1.PodSpec', { containers }).value;
        expect(read('core.v1.PodSpec', once)).toEqual({ value: once, unknownFields: [] });
      }),
    );
  });
});

test('a hostile body in protobuf is an error of its own kind, or an object', () => {
  const frame = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([0x6b, 0x38, 0x73, 0]), bytes]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      for (const decode of [() => openEnvelope(frame(bytes)), () => decodeMessage(SCHEMA_BOOK, 'core.v1.Pod', bytes)]) {
        try {
          decode();
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ProtobufError);
        }
      }
    }),
    { numRuns: 500 },
  );
});
