import type { Int64 } from '../engine/facts.ts';
import type { AmountUnit } from './amount.ts';
import type { ExplainableDecision } from './explanation.ts';

/** Up or down. */
export type Direction = 'up' | 'down';

/**
 * How a move of the acting controller, or one that the observer wished for, came out: `agreedMove` both to the same
 * number; `otherNumber` both, to different ones; `theyMovedAlone` the observer would have stayed; `weMovedAlone` the
 * observer wished to move for two periods and nobody did; `notComparable` nobody can say, with the reason.
 */
export type MoveVerdictKind = 'agreedMove' | 'otherNumber' | 'theyMovedAlone' | 'weMovedAlone' | 'notComparable';

/** All of them, in the order that a report counts them. */
export const MOVE_VERDICT_KINDS: readonly MoveVerdictKind[] = [
  'agreedMove',
  'otherNumber',
  'theyMovedAlone',
  'weMovedAlone',
  'notComparable',
];

/** Whether the two disagree. */
export function isDisagreement(kind: MoveVerdictKind): boolean {
  return kind === 'otherNumber' || kind === 'theyMovedAlone' || kind === 'weMovedAlone';
}

/** One move with what both sides make of it; counts are replicas. */
export interface MoveVerdict {
  readonly kind: MoveVerdictKind;
  /** When the acting controller moved; of `weMovedAlone`, since when the observer wished to. Epoch ms. */
  readonly atMs: number;
  readonly fromReplicas: number;
  /** Where the acting controller went; null when it stayed. */
  readonly theirReplicas: number | null;
  /** Where the observer would have gone; null when it came to no count. */
  readonly ourReplicas: number | null;
  /** Why it cannot be compared; null for every other kind. */
  readonly unknown: ComparisonUnknown | null;
}

/** What an observer cannot know, so that a difference proves nothing. */
export type ComparisonUnknown =
  /** The observer has not watched for one stabilization window yet: what was recommended before is not known. */
  | { readonly code: 'WindowUnknown'; readonly direction: Direction; readonly windowMs: number }
  /** The acting controller moved shortly before the observer began: how much of a policy's budget is left is not known. */
  | { readonly code: 'BudgetUnknown'; readonly periodMs: number }
  /** The observer itself missed syncs around the move. */
  | { readonly code: 'SyncsMissed'; readonly gapMs: number }
  /** Nobody ever wrote the HPA's status: no controller acts on it. */
  | { readonly code: 'NobodyActs' }
  /** The acting controller wanted to move and its write failed. */
  | { readonly code: 'TheirWriteFailed'; readonly message: string };

/** What tells the two sides apart, as far as the observer can see. */
export type DisagreementReason =
  /** The two saw other values. Percent for a utilization, a milli value otherwise. */
  | {
      readonly code: 'MetricDiffers';
      readonly label: string;
      readonly unit: AmountUnit;
      readonly theirs: Int64;
      readonly ours: Int64;
    }
  | {
      readonly code: 'MetricFailedHere';
      readonly label: string;
      readonly reason: string;
      readonly message: string;
    }
  | { readonly code: 'MetricFailedThere'; readonly reason: string; readonly message: string }
  /** They moved although the ratio is within the observer's tolerance, given as fractions. */
  | { readonly code: 'OurTolerance'; readonly label: string; readonly down: number; readonly up: number }
  /** They see nothing to do where the observer does, and neither window nor limit holds them. */
  | { readonly code: 'TheirTolerance'; readonly label: string; readonly down: number; readonly up: number }
  /** The observer's window holds an earlier recommendation. */
  | {
      readonly code: 'OurWindow';
      readonly direction: Direction;
      readonly windowMs: number;
      readonly heldReplicas: number;
    }
  /** Their status says that a window holds them; `windowMs` is the observer's own. */
  | { readonly code: 'TheirWindow'; readonly direction: Direction; readonly windowMs: number }
  /** A policy or step limit of the observer's. */
  | { readonly code: 'OurRateLimit'; readonly direction: Direction; readonly limitReplicas: number }
  /** Their status says ScalingLimited. */
  | { readonly code: 'TheirLimit'; readonly reason: string; readonly message: string }
  | { readonly code: 'OurBound'; readonly bound: 'minReplicas' | 'maxReplicas'; readonly boundReplicas: number }
  /** Pods without a usable sample changed the observer's ratio. */
  | { readonly code: 'OurFill'; readonly label: string; readonly unreadyCount: number; readonly missingCount: number }
  /** The observer asked no metric. */
  | { readonly code: 'OurPath'; readonly path: ExplainableDecision['trace']['path']['code'] }
  /** A condition of theirs that is not True, other than a failed metric. */
  | { readonly code: 'TheirCondition'; readonly type: string; readonly reason: string; readonly message: string }
  /** The metric moved and their status did not follow: perhaps the controller does not run. */
  | { readonly code: 'StatusSilent'; readonly sinceMs: number };

/** A move that is no agreement, with everything that a report says about it. */
export interface ObservedMove extends MoveVerdict {
  readonly reasons: readonly DisagreementReason[];
  /** The observer's own decision from `fromReplicas`, without the names of single pods. */
  readonly ours: ExplainableDecision;
}

/** The decision without its lists of pods and rivals, whose length nothing bounds. */
export function withoutPodNames(decision: ExplainableDecision): ExplainableDecision {
  const { hpa, atMs, isDeleted, currentReplicas, desiredReplicas, scaledTo } = decision;
  const { scaleWriteAttempts, rescaleReason, error, trace } = decision;
  const metrics = trace.metrics.map((metric) => (metric.code === 'MetricFailed' ? metric : { ...metric, pods: null }));
  const selector = trace.selector === null ? null : { ...trace.selector, rivals: trace.selector.rivals.slice(0, 5) };
  return {
    ...{ hpa, atMs, isDeleted, currentReplicas, desiredReplicas, scaledTo },
    ...{ scaleWriteAttempts, rescaleReason, error },
    trace: { ...trace, metrics, selector },
  };
}
