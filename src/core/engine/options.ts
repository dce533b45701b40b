/** The controller's flags and gates, as far as a decision depends on them. */
export interface EngineOptions {
  /** `--horizontal-pod-autoscaler-tolerance`: a fraction, 0.1 means 10 %. */
  readonly tolerance: number;
  /** `--horizontal-pod-autoscaler-downscale-stabilization`. */
  readonly downscaleStabilizationMs: number;
  /** `--horizontal-pod-autoscaler-cpu-initialization-period`. */
  readonly cpuInitializationPeriodMs: number;
  /** `--horizontal-pod-autoscaler-initial-readiness-delay`. */
  readonly initialReadinessDelayMs: number;
  readonly features: FeatureGates;
}

/** Upstream's gates, by upstream's names. */
export interface FeatureGates {
  readonly HPAScaleToZero: boolean;
  readonly HPAConfigurableTolerance: boolean;
  readonly PodLevelResources: boolean;
}

/** Kubernetes 1.36's defaults. */
export const DEFAULT_ENGINE_OPTIONS: EngineOptions = {
  tolerance: 0.1,
  downscaleStabilizationMs: 300_000,
  cpuInitializationPeriodMs: 300_000,
  initialReadinessDelayMs: 30_000,
  features: { HPAScaleToZero: false, HPAConfigurableTolerance: true, PodLevelResources: true },
};
