import { describe, expect, test } from 'vitest';
import { checkFields } from './field-check.ts';
import { JsonFields, SCHEMA_BOOK } from './schema-book.ts';

const FIELDS = new JsonFields(SCHEMA_BOOK);
const HPA = 'autoscaling.v2.HorizontalPodAutoscaler';
const DEPLOYMENT = 'apps.v1.Deployment';

interface UnknownRow {
  readonly why: string;
  readonly schema: string;
  readonly object: Record<string, unknown>;
  readonly unknown: readonly string[];
}

describe('checkFields', () => {
  test.each<UnknownRow>([
    { why: 'unknown at the top', schema: HPA, object: { foo: 1 }, unknown: ['unknown field "foo"'] },
    { why: 'unknown below', schema: HPA, object: { spec: { foo: 1 } }, unknown: ['unknown field "spec.foo"'] },
    {
      why: 'unknown in a list names the index',
      schema: HPA,
      object: { spec: { metrics: [{ type: 'Resource' }, { tpye: 'Pods' }] } },
      unknown: ['unknown field "spec.metrics[1].tpye"'],
    },
    {
      why: 'names of objects are no fields',
      schema: HPA,
      object: { toString: 1 },
      unknown: ['unknown field "toString"'],
    },
    { why: 'a null field is absent', schema: HPA, object: { spec: null }, unknown: [] },
    {
      why: 'an inline message stands in its parent',
      schema: DEPLOYMENT,
      object: { spec: { template: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } } } },
      unknown: [],
    },
  ])('$why', ({ schema, object, unknown }) => {
    expect(checkFields(FIELDS, schema, object).unknownFields).toEqual(unknown);
  });

  test.each([
    {
      why: 'text for a number',
      object: { spec: { maxReplicas: 'ten' } },
      says: 'json: cannot unmarshal string into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32',
    },
    {
      why: 'a fraction for an integer',
      object: { spec: { maxReplicas: 1.5 } },
      says: 'json: cannot unmarshal number 1.5 into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32',
    },
    {
      why: 'an object for a list',
      object: { spec: { metrics: {} } },
      says: 'json: cannot unmarshal object into Go struct field HorizontalPodAutoscalerSpec.spec.metrics of type []v2.MetricSpec',
    },
    {
      why: 'no quantity',
      object: { spec: { metrics: [{ resource: { target: { averageValue: 'many' } } }] } },
      says: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    },
  ])('$why', ({ object, says }) => {
    expect(checkFields(FIELDS, HPA, object).typeError).toBe(says);
  });

  test('what is stored has no unknown fields, no nulls, and canonical quantities', () => {
    const object = {
      spec: { foo: 1, minReplicas: null, metrics: [{ type: 'Pods', pods: { target: { averageValue: '0.5' } } }] },
    };
    expect(checkFields(FIELDS, HPA, object).object).toEqual({
      spec: { metrics: [{ type: 'Pods', pods: { target: { averageValue: '500m' } } }] },
    });
  });
});
