import { type Int64, int64OfDouble, int64ToNumber } from '../../base/int64.ts';
import type { PodFact } from './facts.ts';
import { countReadyPods, NO_PODS } from './ready-pods.ts';
import { toClampedReplicaCount, toReplicaCount } from './replica-count.ts';
import { isWithinTolerance, type Tolerance } from './tolerance.ts';
import type { Calculation, RatioProposal } from './usage-ratio.ts';

/** The pods as a formula gets them: the list, or why listing them failed. */
export type ListedPods = readonly PodFact[] | { readonly failure: string };

/** A Value target of an Object or External metric. */
export interface ValueTargetInput {
  readonly usageMilli: Int64;
  readonly targetMilli: Int64;
  readonly currentReplicas: number;
  readonly tolerance: Tolerance;
  readonly pods: ListedPods;
}

/**
 * The proposal of a Value target: the value over the target, times the ready pods. At 0 replicas the ratio itself
 * counts, without tolerance and not clamped (specification 2.6; upstream: getUsageRatioReplicaCount).
 */
export function proposeByValue(input: ValueTargetInput): Calculation {
  const usageRatio = int64ToNumber(input.usageMilli) / int64ToNumber(input.targetMilli);
  const proposal = scaleByRatio(usageRatio, input);
  if ('failure' in proposal) return { kind: 'failed', message: `unable to calculate ready pods: ${proposal.failure}` };
  return { ...unpodded(input.usageMilli, usageRatio), ...proposal };
}

function scaleByRatio(
  usageRatio: number,
  { currentReplicas, tolerance, pods }: ValueTargetInput,
): RatioProposal | { readonly failure: string } {
  if (currentReplicas === 0) {
    return { rule: 'FromZero', multiplier: null, proposedReplicas: toReplicaCount(Math.ceil(usageRatio)) };
  }
  if (isWithinTolerance(tolerance, usageRatio)) {
    return { rule: 'WithinTolerance', multiplier: null, proposedReplicas: currentReplicas };
  }
  if ('failure' in pods) return { failure: `unable to get pods while calculating replica count: ${pods.failure}` };
  if (pods.length === 0) return { failure: NO_PODS };
  const multiplier = countReadyPods(pods);
  return { rule: 'RatioApplied', multiplier, proposedReplicas: toClampedReplicaCount(usageRatio * multiplier) };
}

/** An AverageValue target of an Object or External metric: the total is shared by the scale's status replicas. */
export interface SharedTargetInput {
  readonly usageMilli: Int64;
  readonly targetMilli: Int64;
  readonly statusReplicas: number;
  readonly tolerance: Tolerance;
}

/**
 * The proposal of an Object metric's AverageValue target: within tolerance the status replicas, not the current ones,
 * else the total over the target. The reported average divides by the status replicas unguarded (specification 2.6,
 * 13.4; upstream: GetObjectPerPodMetricReplicas).
 */
export function proposeByObjectAverage(input: SharedTargetInput): Calculation {
  const usage = int64ToNumber(input.usageMilli);
  return proposeShared(input, int64OfDouble(Math.ceil(usage / input.statusReplicas)), toReplicaCount);
}

/** What Object and External share; they differ in what is reported and in clamping. */
export function proposeShared(
  { usageMilli, targetMilli, statusReplicas, tolerance }: SharedTargetInput,
  averageMilli: Int64,
  toCount: (value: number) => number,
): Calculation {
  const usage = int64ToNumber(usageMilli);
  const target = int64ToNumber(targetMilli);
  const usageRatio = usage / (target * statusReplicas);
  const measured = unpodded(averageMilli, usageRatio);
  if (isWithinTolerance(tolerance, usageRatio)) {
    return { ...measured, rule: 'WithinTolerance', multiplier: null, proposedReplicas: statusReplicas };
  }
  const proposedReplicas = toCount(Math.ceil(usage / target));
  return { ...measured, rule: 'TotalDivided', multiplier: null, proposedReplicas };
}

function unpodded(current: Int64, usageRatio: number) {
  return { kind: 'calculated', current, currentRawMilli: null, pods: null, usageRatio, filledRatio: null } as const;
}
