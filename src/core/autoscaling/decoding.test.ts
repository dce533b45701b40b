import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHpa } from './create.ts';
import { decodeHpa } from './decoding.ts';

const TARGET = { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' };

function withMetricTarget(target: unknown): unknown {
  return { spec: { metrics: [{ type: 'Resource', resource: { name: 'cpu', target } }] } };
}

describe('wrong types are refused in the words of the API server', () => {
  const field = 'json: cannot unmarshal';
  const quantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  it.each([
    [
      { spec: { maxReplicas: '5' } },
      'spec.maxReplicas',
      `${field} string into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32`,
    ],
    [
      { spec: { maxReplicas: 3e9 } },
      'spec.maxReplicas',
      `${field} number 3000000000 into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32`,
    ],
    [
      { spec: { metrics: [{}, 5] } },
      'spec.metrics[1]',
      `${field} number into Go struct field HorizontalPodAutoscalerSpec.spec.metrics of type v2.MetricSpec`,
    ],
    [
      { spec: { scaleTargetRef: [] } },
      'spec.scaleTargetRef',
      `${field} array into Go struct field HorizontalPodAutoscalerSpec.spec.scaleTargetRef of type v2.CrossVersionObjectReference`,
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'metadata.labels.a',
      `${field} number into Go struct field ObjectMeta.metadata.labels of type string`,
    ],
    [withMetricTarget({ value: true }), 'spec.metrics[0].resource.target.value', quantity],
    [withMetricTarget({ type: 5, value: 'x' }), 'spec.metrics[0].resource.target.value', quantity],
    [
      withMetricTarget({ type: 5, averageUtilization: '50' }),
      'spec.metrics[0].resource.target.type',
      `${field} number into Go struct field MetricTarget.spec.metrics.resource.target.type of type v2.MetricTargetType`,
    ],
    [
      { metadata: { creationTimestamp: 'x' } },
      'metadata.creationTimestamp',
      'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
    ],
  ])('%j', (value, path, message) => {
    expect(decodeHpa(value)).toEqual({ kind: 'refused', path, message });
  });
});

it('drops unknown fields, takes null for absent, and keeps an explicitly empty list', () => {
  const decoded = decodeHpa({
    metadata: { name: 'web', unknown: 1 },
    spec: {
      scaleTargetRef: TARGET,
      minReplicas: null,
      maxReplicas: 3,
      metrics: [],
      behavior: { scaleUp: { policies: [] } },
    },
  });
  expect(decoded).toEqual({
    kind: 'decoded',
    value: {
      metadata: { name: 'web' },
      spec: { scaleTargetRef: TARGET, maxReplicas: 3, metrics: [], behavior: { scaleUp: { policies: [] } } },
    },
  });
});

it('reads numbers as quantities and makes quantities canonical', () => {
  const decoded = decodeHpa(withMetricTarget({ type: 'Value', value: 1.5, averageValue: ' 1000m ' }));
  expect(decoded.kind === 'decoded' && decoded.value.spec.metrics?.[0]?.resource?.target).toEqual({
    type: 'Value',
    value: '1500m',
    averageValue: '1',
  });
});

describe('law', () => {
  it('nothing that JSON can hold makes a creation throw', () => {
    const anything = fc.jsonValue();
    const shaped = fc.record({
      metadata: fc.oneof(anything, fc.record({ name: anything, labels: anything, finalizers: anything })),
      spec: fc.oneof(
        anything,
        fc.record({ scaleTargetRef: anything, metrics: fc.array(anything), behavior: anything }),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(anything, shaped), (value) => {
        const created = createHpa(value);
        expect('decodeError' in created || created.errors.length > 0).toBe(true);
      }),
    );
  });
});
