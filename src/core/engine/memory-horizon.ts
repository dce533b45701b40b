import type { HpaSpec } from '../autoscaling/types.ts';
import type { Memory, Recommendation } from './memory.ts';
import type { EngineOptions } from './options.ts';
import { longestPeriodMs, scaleDownRules, scaleUpRules } from './scaling-rules.ts';

/** How far back what is remembered of an HPA may count, by its present spec. */
export interface MemoryHorizon {
  readonly upWindowMs: number;
  readonly downWindowMs: number;
  /** The longest period of any policy of either direction; 0 without `behavior`. */
  readonly policyPeriodMs: number;
}

/** The horizon of a spec: without `behavior` only the downscale window looks back (specification 4.1, 4.3, 4.4). */
export function memoryHorizon({ behavior }: Pick<HpaSpec, 'behavior'>, options: EngineOptions): MemoryHorizon {
  const { downscaleStabilizationMs } = options;
  if (behavior === undefined) return { upWindowMs: 0, downWindowMs: downscaleStabilizationMs, policyPeriodMs: 0 };
  const up = scaleUpRules(behavior);
  const down = scaleDownRules(behavior);
  return {
    upWindowMs: (up.windowSeconds ?? 0) * 1000,
    downWindowMs: down.windowSeconds === undefined ? downscaleStabilizationMs : down.windowSeconds * 1000,
    policyPeriodMs: Math.max(longestPeriodMs(up), longestPeriodMs(down)),
  };
}

/**
 * The memory with those recommendations only that can still decide something: of the others a later one is at least as
 * high, and one at least as low, or they have left both windows. Equal in every decision from `nowMs` on, as long as no
 * window grows. Recommendations come out oldest first; events stay as they are, because their slots matter.
 *
 * More than `countMax` are thinned on the safe side: a step of the staircase lasts until the next one's end.
 */
export function compactMemory(memory: Memory, horizon: MemoryHorizon, nowMs: number, countMax: number): Memory {
  if (memory.recommendations === null) return memory;
  const newestFirst = memory.recommendations.toSorted((left, right) => right[1] - left[1]);
  const [newest, ...older] = newestFirst;
  if (newest === undefined) return memory;
  const falling: Recommendation[] = [];
  const rising: Recommendation[] = [];
  let highest = newest[0];
  let lowest = newest[0];
  for (const recommendation of older) {
    const [replicaCount, atMs] = recommendation;
    if (replicaCount > highest) {
      highest = replicaCount;
      if (atMs >= nowMs - horizon.downWindowMs) falling.push(recommendation);
    } else if (replicaCount < lowest) {
      lowest = replicaCount;
      if (atMs >= nowMs - horizon.upWindowMs) rising.push(recommendation);
    }
  }
  const stepCountMax = Math.max(1, Math.floor((countMax - 1) / 2));
  const kept = [...thinned(falling, stepCountMax), ...thinned(rising, stepCountMax), newest];
  return { ...memory, recommendations: kept.sort((left, right) => left[1] - right[1]) };
}

/** Of neighbouring steps, newest first, the more extreme one takes the later one's time, until few enough are left. */
function thinned(steps: readonly Recommendation[], countMax: number): readonly Recommendation[] {
  if (steps.length <= countMax) return steps;
  const groupSize = Math.ceil(steps.length / countMax);
  const kept: Recommendation[] = [];
  for (let start = 0; start < steps.length; start += groupSize) {
    const latest = steps[start] as Recommendation;
    const extreme = steps[Math.min(start + groupSize, steps.length) - 1] as Recommendation;
    kept.push([extreme[0], latest[1]]);
  }
  return kept;
}
