import { expect, test } from 'vitest';
import type { HpaStatus } from '../../core/autoscaling/types.ts';
import type { HpaFact } from '../../core/engine/facts.ts';
import { compareWithObserved } from './observation.ts';

function hpaWith(status?: HpaStatus): HpaFact {
  const spec = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3 };
  return { kind: 'found', object: { metadata: { name: 'web' }, spec, ...(status === undefined ? {} : { status }) } };
}

const DECIDED: HpaStatus = {
  currentReplicas: 2,
  desiredReplicas: 3,
  currentMetrics: null,
  conditions: [{ type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message: 'to 3' }],
};

test('agreement, whatever the numbers, times and messages', () => {
  const conditions = [
    { type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message: 'to three', lastTransitionTime: 'x' },
  ];
  const observed: HpaStatus = { ...DECIDED, currentMetrics: [{ type: '' }], conditions, lastScaleTime: 'y' };
  expect(compareWithObserved(hpaWith(observed), DECIDED)).toEqual([]);
});

test('each field that differs, also conditions that only one of them has', () => {
  const conditions = [{ type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' }];
  expect(compareWithObserved(hpaWith({ desiredReplicas: 5, currentMetrics: null, conditions }), DECIDED)).toEqual([
    { field: 'currentReplicas', decided: '2', observed: '0' },
    { field: 'desiredReplicas', decided: '3', observed: '5' },
    { field: 'conditions.AbleToScale', decided: '{"status":"True","reason":"SucceededRescale"}', observed: null },
    { field: 'conditions.ScalingActive', decided: null, observed: '{"status":"True","reason":"ValidMetricFound"}' },
  ]);
});

test('nothing to compare: no status decided, or no HPA', () => {
  expect(compareWithObserved(hpaWith(), null)).toEqual([]);
  expect(compareWithObserved({ kind: 'missing', namespace: 'shop', name: 'web' }, DECIDED)).toEqual([]);
});
