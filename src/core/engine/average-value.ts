import { addInt64, divideInt64, type Int64, int64ToNumber, multiplyInt64 } from '../../base/int64.ts';
import type { PodSample } from './facts.ts';
import type { PodGroups } from './pod-groups.ts';
import type { Tolerance } from './tolerance.ts';
import { type Calculation, planFillIn, proposeFromFilled, proposeFromFirst, tracePodGroups } from './usage-ratio.ts';

/** An AverageValue target over grouped pods. */
export interface AverageValueInput {
  readonly groups: PodGroups;
  readonly targetMilli: Int64;
  readonly currentReplicas: number;
  readonly tolerance: Tolerance;
}

/**
 * The proposal of an AverageValue target: the truncated mean of all samples, those of unknown pods included, over the
 * target. Missing pods count as exactly the target on the way down, as nothing on the way up (specification 2.5;
 * upstream: GetRawResourceReplicas, GetMetricReplicas).
 */
export function proposeByAverageValue({
  groups,
  targetMilli,
  currentReplicas,
  tolerance,
}: AverageValueInput): Calculation {
  const target = int64ToNumber(targetMilli);
  const sampleCount = groups.readySamples.length + groups.strangers.length;
  const totalMilli = addSamples(addSamples(0, groups.readySamples), groups.strangers);
  const current = divideInt64(totalMilli, sampleCount);
  const usageRatio = int64ToNumber(current) / target;
  const measured = { kind: 'calculated', current, currentRawMilli: null, usageRatio } as const;
  const fillIn = planFillIn(groups, usageRatio);
  const pods = tracePodGroups(groups, fillIn, 'target');
  if (fillIn === null) {
    const proposal = proposeFromFirst(usageRatio, groups.ready.length, currentReplicas, tolerance);
    return { ...measured, pods, filledRatio: null, ...proposal };
  }
  let filledMilli = totalMilli;
  let filledCount = sampleCount;
  if (fillIn.missing !== null) filledCount += groups.missing.length;
  if (fillIn.missing === 'full') filledMilli = addInt64(filledMilli, multiplyInt64(targetMilli, groups.missing.length));
  if (fillIn.isUnreadyZero) filledCount += groups.unreadyPods.length;
  const filledRatio = int64ToNumber(divideInt64(filledMilli, filledCount)) / target;
  const filled = { usageRatio: filledRatio, sampleCount: filledCount };
  return { ...measured, pods, filledRatio, ...proposeFromFilled(usageRatio, filled, currentReplicas, tolerance) };
}

function addSamples(start: Int64, samples: readonly PodSample[]): Int64 {
  let total = start;
  for (const { milli } of samples) total = addInt64(total, milli);
  return total;
}
