import { expect, it } from 'vitest';
import type { HpaStatus, MetricStatus } from '../autoscaling/types.ts';
import { areStatusesEqual } from './status-equality.ts';

const BASE: HpaStatus = {
  lastScaleTime: '2026-01-01T00:00:00Z',
  currentReplicas: 3,
  desiredReplicas: 3,
  currentMetrics: [queue('1500m')],
  conditions: [
    { type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'R', message: 'M' },
  ],
};

function queue(averageValue: string, selector?: object): MetricStatus {
  const metric = { name: 'queue', ...(selector && { selector }) };
  return { type: 'External', external: { metric, current: { averageValue } } } as MetricStatus;
}

function condition(change: object): HpaStatus {
  return { ...BASE, conditions: [{ ...BASE.conditions?.[0], type: 'AbleToScale', status: 'True', ...change }] };
}

it.each<{ why: string; a?: HpaStatus; b: HpaStatus; isEqual: boolean }>([
  { why: 'the same', b: structuredClone(BASE), isEqual: true },
  { why: 'a quantity in another spelling', b: { ...BASE, currentMetrics: [queue('1.5')] }, isEqual: true },
  { why: 'another quantity', b: { ...BASE, currentMetrics: [queue('1501m')] }, isEqual: false },
  { why: 'no quantity', b: { ...BASE, currentMetrics: [queue('x')] }, isEqual: false },
  {
    why: 'nor here',
    a: { ...BASE, currentMetrics: [queue('x')] },
    b: { ...BASE, currentMetrics: [queue('y')] },
    isEqual: false,
  },
  { why: 'an instant in another zone', b: { ...BASE, lastScaleTime: '2026-01-01T01:00:00+01:00' }, isEqual: true },
  { why: 'another instant', b: { ...BASE, lastScaleTime: '2026-01-01T00:00:01Z' }, isEqual: false },
  { why: 'no instant', a: { ...BASE, lastScaleTime: 'x' }, b: { ...BASE, lastScaleTime: 'y' }, isEqual: false },
  {
    why: 'a time that is not there',
    b: { desiredReplicas: 3, currentMetrics: null, currentReplicas: 3 },
    isEqual: false,
  },
  {
    why: 'empty and absent lists',
    a: { desiredReplicas: 0, currentMetrics: null },
    b: { desiredReplicas: 0, currentMetrics: [], conditions: [] },
    isEqual: true,
  },
  {
    why: 'counts of 0 and absent ones',
    a: { currentMetrics: null } as unknown as HpaStatus,
    b: { currentReplicas: 0, desiredReplicas: 0, currentMetrics: null },
    isEqual: true,
  },
  {
    why: 'and the other way round',
    a: { currentReplicas: 0, desiredReplicas: 0, currentMetrics: null },
    b: { currentMetrics: null } as unknown as HpaStatus,
    isEqual: true,
  },
  { why: 'another count', b: { ...BASE, currentReplicas: 4 }, isEqual: false },
  { why: 'another wish', b: { ...BASE, desiredReplicas: 4 }, isEqual: false },
  { why: 'an observed generation', b: { ...BASE, observedGeneration: 1 }, isEqual: false },
  { why: 'another reason', b: condition({ reason: 'S' }), isEqual: false },
  { why: 'another message', b: condition({ message: 'N' }), isEqual: false },
  { why: 'another status', b: condition({ status: 'False' }), isEqual: false },
  { why: 'another type', b: condition({ type: 'ScalingActive' }), isEqual: false },
  {
    why: 'a null time and none',
    a: condition({ lastTransitionTime: null, reason: '', message: '' }),
    b: { ...BASE, conditions: [{ type: 'AbleToScale', status: 'True' }] },
    isEqual: true,
  },
  {
    why: 'no time and a null one',
    a: { ...BASE, conditions: [{ type: 'AbleToScale', status: 'True' }] },
    b: condition({ lastTransitionTime: null, reason: '', message: '' }),
    isEqual: true,
  },
  { why: 'one metric more', b: { ...BASE, currentMetrics: [queue('1500m'), { type: '' }] }, isEqual: false },
  { why: 'a metric of another type', b: { ...BASE, currentMetrics: [{ type: '' }] }, isEqual: false },
  { why: 'an empty selector is not none', b: { ...BASE, currentMetrics: [queue('1500m', {})] }, isEqual: false },
  {
    why: 'but empty lists in it are',
    a: { ...BASE, currentMetrics: [queue('1500m', {})] },
    b: { ...BASE, currentMetrics: [queue('1500m', { matchLabels: {}, matchExpressions: [] })] },
    isEqual: true,
  },
  {
    why: 'lists in a selector',
    a: { ...BASE, currentMetrics: [queue('1', { matchExpressions: [{ key: 'k', operator: 'Exists' }] })] },
    b: { ...BASE, currentMetrics: [queue('1', { matchExpressions: [{ key: 'k', operator: 'Exists', values: [] }] })] },
    isEqual: true,
  },
  {
    why: 'a label that is called like a quantity',
    a: { ...BASE, currentMetrics: [queue('1', { matchLabels: { value: '1' } })] },
    b: { ...BASE, currentMetrics: [queue('1', { matchLabels: { value: '1000m' } })] },
    isEqual: false,
  },
  {
    why: 'a label more',
    a: { ...BASE, currentMetrics: [queue('1', { matchLabels: { a: '1' } })] },
    b: { ...BASE, currentMetrics: [queue('1', { matchLabels: { a: '1', b: '2' } })] },
    isEqual: false,
  },
  {
    why: 'another percent',
    a: { ...BASE, currentMetrics: [percent(5)] },
    b: { ...BASE, currentMetrics: [percent(6)] },
    isEqual: false,
  },
])('$why: $isEqual', ({ a = BASE, b, isEqual }) => {
  expect(areStatusesEqual(a, b)).toBe(isEqual);
});

function percent(averageUtilization: number): MetricStatus {
  return { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '1', averageUtilization } } };
}
