import type { MetricOutcome } from './metric-evaluation.ts';
import type { CombinationTrace, MetricFailed } from './trace.ts';

/** What all metrics together want, or that nothing may follow from them. */
export type Combination =
  | {
      readonly kind: 'combined';
      readonly trace: CombinationTrace;
      /** Empty when no metric won. */
      readonly winnerName: string;
      readonly recommendedReplicas: number;
      /** The error that is returned although the reconcile goes on; null when every metric could be computed. */
      readonly error: string | null;
    }
  | {
      readonly kind: 'failed';
      readonly trace: CombinationTrace;
      /** The failure that speaks for all. */
      readonly firstFailure: MetricFailed;
      /** `invalid metrics (1 invalid out of 2), first error is: …`. */
      readonly error: string;
    };

/**
 * The largest proposal wins; ties keep the earlier metric, but at 0 the last one. With a failed metric nothing may
 * shrink: then the whole computation fails (specification 3; upstream: computeReplicasForMetrics).
 */
export function combineMetrics(outcomes: readonly MetricOutcome[], currentReplicas: number): Combination {
  let failedCount = 0;
  let firstFailure: MetricFailed | null = null;
  let firstText = '';
  let winnerIndex: number | null = null;
  let winnerName = '';
  let best = 0;
  for (const outcome of outcomes) {
    const { trace } = outcome;
    if (trace.code === 'MetricFailed') {
      if (firstFailure === null) firstText = outcome.outerText;
      firstFailure ??= trace;
      failedCount++;
    } else if (winnerIndex === null || best === 0 || trace.proposedReplicas > best) {
      best = trace.proposedReplicas;
      winnerIndex = trace.index;
      winnerName = trace.name;
    }
  }
  const metricCount = outcomes.length;
  const counts = { failedCount, metricCount, winnerIndex };
  const error = `invalid metrics (${failedCount} invalid out of ${metricCount}), first error is: ${firstText}`;
  if (firstFailure !== null && (winnerIndex === null || best < currentReplicas)) {
    const code = winnerIndex === null ? 'AllFailed' : 'PartlyFailedNoScaleDown';
    return { kind: 'failed', trace: { code, ...counts, recommendedReplicas: null }, firstFailure, error };
  }
  // Upstream stores a negative proposal as 0: the wish starts at 0 and only grows.
  const recommendedReplicas = Math.max(0, best);
  return {
    kind: 'combined',
    trace: { code: 'Combined', ...counts, recommendedReplicas },
    winnerName,
    recommendedReplicas,
    error: firstFailure === null ? null : error,
  };
}
