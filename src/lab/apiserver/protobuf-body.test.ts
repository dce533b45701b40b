import { describe, expect, test } from 'vitest';
import { decodeProtobufBody, ProtobufBodyError } from './protobuf-body.ts';
import { SCHEMA_BOOK } from './schema-book.ts';

/** Bodies that kubectl 1.36 sent, recorded on the wire, and the objects they stand for. */
const RECORDED = [
  {
    why: 'kubectl autoscale deployment pb --cpu=50% --max=5, as autoscaling/v2',
    schema: 'autoscaling.v2.HorizontalPodAutoscaler',
    body: 'azhzAAopCg5hdXRvc2NhbGluZy92MhIXSG9yaXpvbnRhbFBvZEF1dG9zY2FsZXISXwoSCgJwYhIAGgAiACoAMgA4AEIAEkMKGQoKRGVwbG95bWVudBICcGIaB2FwcHMvdjEQAhgFIiIKCFJlc291cmNlIhYKA2NwdRIPCgtVdGlsaXphdGlvbiAyGgQYACAAGgAiAA==',
    object: {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'pb' },
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'pb', apiVersion: 'apps/v1' },
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
        ],
      },
      status: { desiredReplicas: 0 },
    },
  },
];

const decode = (base64: string, schema: string | undefined) =>
  decodeProtobufBody(SCHEMA_BOOK, Buffer.from(base64, 'base64'), () => schema);

describe('decodeProtobufBody', () => {
  test.each(RECORDED)('$why', ({ body, schema, object }) => {
    expect(decode(body, schema)).toEqual(object);
  });

  test.each([
    { why: 'no magic', body: 'AAECAw==', schema: 'core.v1.Namespace', says: /expected prefix/ },
    { why: 'cut off', body: RECORDED[0]?.body.slice(0, 80) ?? '', schema: 'core.v1.Namespace', says: /unexpected EOF/ },
    { why: 'a kind that nobody knows', body: RECORDED[0]?.body ?? '', schema: undefined, says: /no kind "Horiz/ },
  ])('refuses: $why', ({ body, schema, says }) => {
    expect(() => decode(body, schema)).toThrow(ProtobufBodyError);
    expect(() => decode(body, schema)).toThrow(says);
  });
});
