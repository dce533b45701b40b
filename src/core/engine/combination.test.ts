import { expect, it } from 'vitest';
import { combineMetrics } from './combination.ts';
import type { MetricOutcome } from './metric-evaluation.ts';

function outcome(index: number, proposedReplicas: number | null): MetricOutcome {
  const common = { index, sourceType: 'External', name: `m${index}` };
  const status = { type: '' };
  if (proposedReplicas === null) {
    const trace = { code: 'MetricFailed', ...common, reason: 'FailedGetExternalMetric', message: 'boom' } as const;
    return { trace, status, outerText: `outer ${index}`, isSpecError: false };
  }
  const trace = {
    code: 'MetricProposed',
    ...common,
    targetKind: 'value',
    target: 1,
    current: 1,
    currentRawMilli: null,
    pods: null,
    tolerance: { down: 0.1, up: 0.1 },
    usageRatio: 1,
    filledRatio: null,
    multiplier: null,
    rule: 'RatioApplied',
    proposedReplicas,
  } as const;
  return { trace, status, outerText: '', isSpecError: false };
}

it.each<{ why: string; proposals: (number | null)[]; current: number; wanted: number | null; winner: number | null }>([
  { why: 'the largest', proposals: [3, 7, 5], current: 4, wanted: 7, winner: 1 },
  { why: 'a tie keeps the earlier name', proposals: [7, 7], current: 4, wanted: 7, winner: 0 },
  { why: 'a tie at 0 takes the last name', proposals: [0, 0], current: 4, wanted: 0, winner: 1 },
  { why: 'a negative one is stored as 0', proposals: [-5], current: 4, wanted: 0, winner: 0 },
  { why: 'a failure beside a growth', proposals: [null, 7], current: 4, wanted: 7, winner: 1 },
  { why: 'a failure beside the same count', proposals: [null, 4], current: 4, wanted: 4, winner: 1 },
  { why: 'a failure beside a shrink: nothing', proposals: [null, 3], current: 4, wanted: null, winner: 1 },
  { why: 'only failures', proposals: [null, null], current: 4, wanted: null, winner: null },
  { why: 'no metric at all wants 0, as upstream', proposals: [], current: 4, wanted: 0, winner: null },
])('$why', ({ proposals, current, wanted, winner }) => {
  const { trace, error } = combineMetrics(
    proposals.map((proposed, index) => outcome(index, proposed)),
    current,
  );
  const failedCount = proposals.filter((proposed) => proposed === null).length;
  expect([trace.recommendedReplicas, trace.winnerIndex]).toEqual([wanted, winner]);
  expect(error).toBe(
    failedCount === 0
      ? null
      : `invalid metrics (${failedCount} invalid out of ${proposals.length}), first error is: outer 0`,
  );
});
