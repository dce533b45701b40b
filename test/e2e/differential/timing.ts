import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from '../../../src/core/engine/options.ts';

/**
 * Short enough that a story of a minute sees everything. The period is chosen against the windows: all of them are whole
 * seconds, and none is near a whole number of periods.
 */
export const TIMING = { syncPeriodMs: 2_600, downscaleStabilizationMs: 7_000 } as const;

/** The same for the engine. */
export const ENGINE_OPTIONS: EngineOptions = {
  ...DEFAULT_ENGINE_OPTIONS,
  downscaleStabilizationMs: TIMING.downscaleStabilizationMs,
  cpuInitializationPeriodMs: 20_000,
  initialReadinessDelayMs: 4_000,
};

/** The flags of either controller for the two times that readiness goes by. */
export function readinessFlags(): readonly string[] {
  return [
    `--horizontal-pod-autoscaler-cpu-initialization-period=${ENGINE_OPTIONS.cpuInitializationPeriodMs / 1000}s`,
    `--horizontal-pod-autoscaler-initial-readiness-delay=${ENGINE_OPTIONS.initialReadinessDelayMs / 1000}s`,
  ];
}
