import type { Int64 } from '../../base/int64.ts';
import type { PodGroups } from './pod-groups.ts';
import { toReplicaCount } from './replica-count.ts';
import { isWithinTolerance, type Tolerance } from './tolerance.ts';
import type { PodGroupsTrace, ProposalRule } from './trace.ts';

/** What a formula made of a metric: the numbers that the status reports and the trace shows, or the calculator's text. */
export type Calculation =
  | ({ readonly kind: 'calculated' } & Calculated)
  | { readonly kind: 'failed'; readonly message: string };

export interface Calculated {
  /** Percent for a utilization, a milli value otherwise; always the first measurement, never the filled-in one. */
  readonly current: Int64;
  /** The average usage in milli values beside a utilization. */
  readonly currentRawMilli: Int64 | null;
  readonly pods: PodGroupsTrace | null;
  readonly usageRatio: number;
  readonly filledRatio: number | null;
  readonly multiplier: number | null;
  readonly rule: ProposalRule;
  readonly proposedReplicas: number;
}

/** A measurement of the pods of a metric. */
export interface Measurement {
  readonly usageRatio: number;
  /** Samples that it was made from. */
  readonly sampleCount: number;
}

/** How pods without a usable sample are counted in the second measurement. */
export interface FillIn {
  /** Null when missing pods stay absent. */
  readonly missing: 'zero' | 'full' | null;
  /** Whether unready pods count as idle. */
  readonly isUnreadyZero: boolean;
}

/**
 * Whether missing and unready pods must be counted before anything moves: a missing pod always, an unready one only on
 * the way up. They are counted against the move: as idle on the way up, as fully used on the way down (specification
 * 2.4, steps 3 to 5). Null when the first measurement stands.
 */
export function planFillIn(groups: PodGroups, usageRatio: number): FillIn | null {
  const isUnreadyZero = groups.unreadyPods.length > 0 && usageRatio > 1;
  if (groups.missing.length === 0) return isUnreadyZero ? { missing: null, isUnreadyZero } : null;
  return { missing: usageRatio < 1 ? 'full' : usageRatio > 1 ? 'zero' : null, isUnreadyZero };
}

/** A proposal and the rule that made it. */
export interface RatioProposal {
  readonly rule: ProposalRule;
  readonly multiplier: number | null;
  readonly proposedReplicas: number;
}

/** Step 4: nothing was filled in. There is no direction guard here: a surge of ready pods can grow the workload. */
export function proposeFromFirst(
  usageRatio: number,
  readyCount: number,
  currentReplicas: number,
  tolerance: Tolerance,
): RatioProposal {
  if (isWithinTolerance(tolerance, usageRatio)) return stay('WithinTolerance', currentReplicas);
  return {
    rule: 'RatioApplied',
    multiplier: readyCount,
    proposedReplicas: toReplicaCount(Math.ceil(usageRatio * readyCount)),
  };
}

/** Steps 7 and 8: the filled-in measurement may confirm the direction of the first, never reverse it. */
export function proposeFromFilled(
  first: number,
  filled: Measurement,
  currentReplicas: number,
  tolerance: Tolerance,
): RatioProposal {
  const ratio = filled.usageRatio;
  if (isWithinTolerance(tolerance, ratio)) return stay('WithinToleranceAfterFill', currentReplicas);
  if ((first < 1 && ratio > 1) || (first > 1 && ratio < 1)) return stay('DirectionReversedByFill', currentReplicas);
  const proposedReplicas = toReplicaCount(Math.ceil(ratio * filled.sampleCount));
  const isAgainstRatio =
    (ratio < 1 && proposedReplicas > currentReplicas) || (ratio > 1 && proposedReplicas < currentReplicas);
  if (isAgainstRatio) return stay('DirectionGuard', currentReplicas);
  return { rule: 'RatioApplied', multiplier: filled.sampleCount, proposedReplicas };
}

/** What the trace shows of the groups. */
export function tracePodGroups(
  groups: PodGroups,
  fillIn: FillIn | null,
  full: 'target' | 'requestTimesTarget',
): PodGroupsTrace {
  const missingFill = fillIn?.missing ?? null;
  return {
    readyCount: groups.ready.length,
    unready: groups.unready,
    missing: groups.missing.map(({ name }) => name),
    ignored: groups.ignored,
    missingFilledWith: missingFill === 'full' ? full : missingFill,
    isUnreadyFilledWithZero: fillIn?.isUnreadyZero ?? false,
  };
}

function stay(rule: ProposalRule, currentReplicas: number): RatioProposal {
  return { rule, multiplier: null, proposedReplicas: currentReplicas };
}
