import type { Recommendation } from './memory.ts';
import type { StabilizationTrace } from './trace.ts';

/** A stabilized count with the recommendations as they are afterwards. */
export interface Stabilized {
  readonly trace: StabilizationTrace;
  readonly recommendations: readonly Recommendation[];
}

/** The reading of the clock that stabilization makes. */
export interface StabilizationClock {
  readonly nowMs: number;
  /**
   * Upstream reads the clock again here: with a ticking clock and a window of 0, what the same reconcile noted earlier has
   * expired already (specification 13.8).
   */
  readonly isTicking: boolean;
}

/**
 * Without `behavior`: the highest recommendation of the downscale window, both ends included, which may even grow the
 * workload (specification 4.1; upstream: stabilizeRecommendation).
 */
export function stabilizeLegacy(
  recommendations: readonly Recommendation[],
  recommendedReplicas: number,
  windowMs: number,
  clock: StabilizationClock,
): Stabilized {
  let stabilizedReplicas = recommendedReplicas;
  let decidedBy: Recommendation | null = null;
  let expiredSlot = -1;
  for (let slot = 0; slot < recommendations.length; slot++) {
    const recommendation = recommendations[slot] as Recommendation;
    if (isBefore(recommendation[1], windowMs, clock)) expiredSlot = slot;
    else if (recommendation[0] > stabilizedReplicas || isRepeated(recommendation, decidedBy)) {
      stabilizedReplicas = recommendation[0];
      decidedBy = recommendation;
    }
  }
  return {
    trace: {
      code: stabilizedReplicas === recommendedReplicas ? 'Unchanged' : 'ScaleDownStabilized',
      algorithm: 'legacy',
      recommendedReplicas,
      stabilizedReplicas,
      upWindowMs: 0,
      downWindowMs: windowMs,
      decidedBy,
    },
    recommendations: remember(recommendations, [recommendedReplicas, clock.nowMs], expiredSlot),
  };
}

/** The two windows of a behavior. */
export interface StabilizationWindows {
  readonly upWindowMs: number;
  readonly downWindowMs: number;
}

/**
 * With `behavior`: the current count moves only as far as every recommendation in the window of that direction agrees
 * (specification 4.3; upstream: stabilizeRecommendationWithBehaviors).
 */
export function stabilizeWithBehavior(
  recommendations: readonly Recommendation[],
  recommendedReplicas: number,
  currentReplicas: number,
  { upWindowMs, downWindowMs }: StabilizationWindows,
  clock: StabilizationClock,
): Stabilized {
  let lowest = recommendedReplicas;
  let highest = recommendedReplicas;
  let lowestBy: Recommendation | null = null;
  let highestBy: Recommendation | null = null;
  let expiredSlot = -1;
  for (let slot = 0; slot < recommendations.length; slot++) {
    const recommendation = recommendations[slot] as Recommendation;
    const [replicaCount, atMs] = recommendation;
    if (atMs > clock.nowMs - upWindowMs && (replicaCount < lowest || isRepeated(recommendation, lowestBy))) {
      lowest = replicaCount;
      lowestBy = recommendation;
    }
    if (atMs > clock.nowMs - downWindowMs && (replicaCount > highest || isRepeated(recommendation, highestBy))) {
      highest = replicaCount;
      highestBy = recommendation;
    }
    if (isBefore(atMs, upWindowMs, clock) && isBefore(atMs, downWindowMs, clock)) expiredSlot = slot;
  }
  const stabilizedReplicas = Math.min(Math.max(currentReplicas, lowest), highest);
  const isUp = recommendedReplicas >= currentReplicas;
  const isUnchanged = stabilizedReplicas === recommendedReplicas;
  return {
    trace: {
      code: isUnchanged ? 'Unchanged' : isUp ? 'ScaleUpStabilized' : 'ScaleDownStabilized',
      algorithm: 'behavior',
      recommendedReplicas,
      stabilizedReplicas,
      upWindowMs,
      downWindowMs,
      decidedBy: isUnchanged ? null : isUp ? lowestBy : highestBy,
    },
    recommendations: remember(recommendations, [recommendedReplicas, clock.nowMs], expiredSlot),
  };
}

/** Of equal recommendations the newest decides: it is the one that holds the count for longest. */
function isRepeated([replicaCount, atMs]: Recommendation, decidedBy: Recommendation | null): boolean {
  return decidedBy !== null && replicaCount === decidedBy[0] && atMs > decidedBy[1];
}

function isBefore(atMs: number, windowMs: number, { nowMs, isTicking }: StabilizationClock): boolean {
  return atMs < nowMs - windowMs || (isTicking && windowMs === 0 && atMs === nowMs);
}

/** Stores the unstabilized recommendation in the last expired slot, else at the end. */
function remember(
  recommendations: readonly Recommendation[],
  recommendation: Recommendation,
  expiredSlot: number,
): readonly Recommendation[] {
  const next = recommendations.slice();
  if (expiredSlot === -1) next.push(recommendation);
  else next[expiredSlot] = recommendation;
  return next;
}
