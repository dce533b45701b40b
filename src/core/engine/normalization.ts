import type { HpaReading } from './hpa-reading.ts';
import { limitLegacy, limitWithBehavior } from './limits.ts';
import type { Memory, Recommendation } from './memory.ts';
import type { EngineOptions } from './options.ts';
import { scaleDownRules, scaleUpRules } from './scaling-rules.ts';
import { type Stabilized, stabilizeLegacy, stabilizeWithBehavior } from './stabilization.ts';
import type { LimitTrace, StabilizationTrace } from './trace.ts';

/** A recommendation after stabilization, policies and bounds. */
export interface Normalized {
  readonly stabilization: StabilizationTrace;
  readonly limit: LimitTrace;
  readonly recommendations: readonly Recommendation[];
}

/** What a recommendation is normalized with. */
export interface NormalizationInput {
  readonly hpa: HpaReading;
  readonly memory: Memory;
  readonly recommendedReplicas: number;
  readonly currentReplicas: number;
  readonly nowMs: number;
  readonly clockTickNs: number;
}

/**
 * Stabilizes and limits a recommendation: by the legacy rules without `behavior`, else by its rules (specification 1.5
 * step 8d, 4; upstream: normalizeDesiredReplicas, normalizeDesiredReplicasWithBehaviors).
 */
export function normalize(input: NormalizationInput, options: EngineOptions): Normalized {
  const { hpa, memory, recommendedReplicas, currentReplicas, nowMs } = input;
  const clock = { nowMs, isTicking: input.clockTickNs > 0 };
  const recommendations = memory.recommendations ?? [];
  if (hpa.behavior === undefined) {
    const stabilized = stabilizeLegacy(recommendations, recommendedReplicas, options.downscaleStabilizationMs, clock);
    return join(stabilized, limitLegacy(stabilized.trace.stabilizedReplicas, currentReplicas, hpa));
  }
  const up = scaleUpRules(hpa.behavior);
  const down = scaleDownRules(hpa.behavior);
  const windows = {
    upWindowMs: (up.windowSeconds ?? 0) * 1000,
    downWindowMs: (down.windowSeconds ?? Math.trunc(options.downscaleStabilizationMs / 1000)) * 1000,
  };
  const stabilized = stabilizeWithBehavior(recommendations, recommendedReplicas, currentReplicas, windows, clock);
  const { scaleUpEvents, scaleDownEvents } = memory;
  const history = { currentReplicas, scaleUpEvents, scaleDownEvents, nowMs };
  return join(stabilized, limitWithBehavior(stabilized.trace.stabilizedReplicas, { up, down }, hpa, history));
}

function join({ trace, recommendations }: Stabilized, limit: LimitTrace): Normalized {
  return { stabilization: trace, limit, recommendations };
}
