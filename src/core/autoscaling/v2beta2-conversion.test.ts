import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Behavior, HorizontalPodAutoscaler, HpaStatus, MetricSpec } from './types.ts';
import { hpaOfV2beta2, hpaToV2beta2 } from './v2beta2-conversion.ts';
import type { HorizontalPodAutoscalerV2beta2 } from './v2beta2-types.ts';

const UP = 'autoscaling.alpha.kubernetes.io/scale-up-tolerance';
const DOWN = 'autoscaling.alpha.kubernetes.io/scale-down-tolerance';

const SPEC = { scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' }, maxReplicas: 5 };
const UP_RULES = { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 2, periodSeconds: 30 }] };

function v2(behavior?: Behavior, status?: HpaStatus, annotations?: Record<string, string>): HorizontalPodAutoscaler {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', ...(annotations && { annotations }) },
    spec: { ...SPEC, ...(behavior && { behavior }) },
    ...(status && { status }),
  };
}

type Parts = Pick<HorizontalPodAutoscalerV2beta2, 'status'> & { annotations?: Record<string, string> };

function v2beta2(behavior: object | undefined, { annotations, status }: Parts = {}): HorizontalPodAutoscalerV2beta2 {
  return {
    apiVersion: 'autoscaling/v2beta2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', ...(annotations && { annotations }) },
    spec: { ...SPEC, ...(behavior && { behavior }) },
    ...(status && { status }),
  };
}

describe('v2 as v2beta2', () => {
  it.each([
    ['no behaviour stays none', v2(), v2beta2(undefined)],
    ['rules are the same', v2({ scaleUp: UP_RULES }), v2beta2({ scaleUp: UP_RULES })],
    [
      'selectPolicy keeps its text',
      v2({ scaleDown: { selectPolicy: 'Disabled' } }),
      v2beta2({ scaleDown: { selectPolicy: 'Disabled' } }),
    ],
    [
      'tolerances become annotations beside the others',
      v2({ scaleUp: { ...UP_RULES, tolerance: '50m' }, scaleDown: { tolerance: '0' } }, undefined, { note: 'kept' }),
      v2beta2({ scaleUp: UP_RULES, scaleDown: {} }, { annotations: { note: 'kept', [UP]: '50m', [DOWN]: '0' } }),
    ],
    [
      'a status has a count and conditions in any case',
      v2(undefined, { desiredReplicas: 0, currentMetrics: null }),
      v2beta2(undefined, {
        status: { currentReplicas: 0, desiredReplicas: 0, currentMetrics: null, conditions: null },
      }),
    ],
  ])('%s', (_why, hpa, converted) => {
    expect(hpaToV2beta2(hpa)).toEqual(converted);
    expect(hpaOfV2beta2(converted)).toEqual(hpa);
  });
});

describe('annotations of v2beta2', () => {
  it.each([
    [
      'a tolerance alone makes a behaviour, as upstream’s conversion does',
      { [UP]: '0.05' },
      v2({ scaleUp: { tolerance: '0.05' } }, undefined, {}),
    ],
    ['an old server lets any text in: it stays', { [UP]: 'x' }, v2(undefined, undefined, { [UP]: 'x' })],
    ['v2 has no tolerance below zero: it stays', { [DOWN]: '-1' }, v2(undefined, undefined, { [DOWN]: '-1' })],
  ])('%s', (_why, annotations, converted) => {
    expect(hpaOfV2beta2(v2beta2(undefined, { annotations }))).toEqual(converted);
    expect(hpaToV2beta2(converted).metadata.annotations).toEqual(annotations);
  });
});

const quantity = fc.constantFrom('0', '50m', '100Mi', '3', '1500m');
const name = fc.constantFrom('cpu', 'memory', 'http_requests');
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

function defined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

const target = fc
  .record({
    type: fc.constantFrom('Utilization', 'Value', 'AverageValue'),
    value: optional(quantity),
    averageValue: optional(quantity),
    averageUtilization: optional(fc.integer({ min: 1, max: 300 })),
  })
  .map(defined);
const identifier = fc
  .record({ name, selector: optional(fc.constant({ matchLabels: { queue: 'mail' } })) })
  .map(defined);
const describedObject = fc.constant({ kind: 'Service', name: 'web', apiVersion: 'v1' });
const metricSpec = fc.oneof(
  fc.record({ type: fc.constant('Resource'), resource: fc.record({ name, target }) }),
  fc.record({
    type: fc.constant('ContainerResource'),
    containerResource: fc.record({ name, target, container: fc.constant('app') }),
  }),
  fc.record({ type: fc.constant('Pods'), pods: fc.record({ metric: identifier, target }) }),
  fc.record({ type: fc.constant('Object'), object: fc.record({ metric: identifier, target, describedObject }) }),
  fc.record({ type: fc.constant('External'), external: fc.record({ metric: identifier, target }) }),
) as fc.Arbitrary<MetricSpec>;
const rules = fc
  .record({
    stabilizationWindowSeconds: optional(fc.nat(3600)),
    selectPolicy: optional(fc.constantFrom('Max', 'Min', 'Disabled')),
    policies: optional(
      fc.array(
        fc.record({ type: fc.constantFrom('Pods', 'Percent'), value: fc.nat(100), periodSeconds: fc.nat(1800) }),
      ),
    ),
    tolerance: optional(quantity),
  })
  .map(defined);
const condition = fc.record({
  type: fc.constantFrom('AbleToScale', 'ScalingActive', 'ScalingLimited'),
  status: fc.constantFrom('True', 'False', 'Unknown'),
  lastTransitionTime: fc.constant('2024-05-01T10:00:00Z'),
  reason: fc.string(),
  message: fc.string(),
});
const status = fc
  .record({
    lastScaleTime: optional(fc.constant('2024-05-01T10:00:00Z')),
    currentReplicas: optional(fc.integer({ min: 1, max: 100 })),
    desiredReplicas: fc.nat(100),
    currentMetrics: fc.option(fc.constant([{ type: 'Resource', resource: { name: 'cpu', current: {} } }])),
    conditions: optional(fc.array(condition, { minLength: 1 })),
  })
  .map(defined) as fc.Arbitrary<HpaStatus>;
const hpa: fc.Arbitrary<HorizontalPodAutoscaler> = fc
  .record({
    annotations: fc.constantFrom({}, { note: 'kept' }),
    metrics: fc.array(metricSpec, { minLength: 1, maxLength: 3 }),
    behavior: optional(fc.record({ scaleUp: optional(rules), scaleDown: optional(rules) }).map(defined)),
    status: optional(status),
  })
  .map(({ annotations, metrics, behavior, status }) => {
    const object = v2(behavior as Behavior | undefined, status, annotations as Record<string, string>);
    return { ...object, spec: { ...object.spec, metrics } };
  });

describe('law', () => {
  it('every v2 object comes back from v2beta2 as it was', () => {
    fc.assert(
      fc.property(hpa, (object) => {
        expect(hpaOfV2beta2(hpaToV2beta2(object))).toEqual(object);
      }),
    );
  });

  it('every v2beta2 object comes back from v2 as it was', () => {
    fc.assert(
      fc.property(hpa.map(hpaToV2beta2), (object) => {
        expect(hpaToV2beta2(hpaOfV2beta2(object))).toEqual(object);
      }),
    );
  });

  it('no tolerance is left in a v2beta2 spec', () => {
    fc.assert(
      fc.property(hpa, (object) => {
        expect(JSON.stringify(hpaToV2beta2(object).spec)).not.toContain('tolerance');
      }),
    );
  });
});
