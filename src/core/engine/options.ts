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
  /** `--max-sample-age`: older samples are set aside; 0 lets every age count, as upstream. */
  readonly maxSampleAgeMs: number;
  /** `--scale-down-breaker`; null, as upstream, when it is off. */
  readonly scaleDownBreaker: ScaleDownBreaker | null;
  /** Whose HPAs may bring queries along; null, as upstream, when they are not put to Prometheus by whoever decides. */
  readonly queryNamespaces: NamespaceList | null;
}

/** Namespaces by their names, or all of them. */
export type NamespaceList = readonly string[] | 'all';

/** Whether a namespace is among them. */
export function isListed(list: NamespaceList, namespace: string): boolean {
  return list === 'all' || list.includes(namespace);
}

/** When many HPAs want down at once, the metrics are doubted before the load is believed to be gone. */
export interface ScaleDownBreaker {
  /** Scale-downs are held while more than this share of the HPAs on one metrics API want down since the same minute. */
  readonly shareRatioMax: number;
  /** For how long at most, from when the HPA's own wish began. */
  readonly holdMs: number;
  /** How long it takes until every HPA has been looked at: the fleet's sync period. */
  readonly lookMs: number;
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
  maxSampleAgeMs: 0,
  scaleDownBreaker: null,
  queryNamespaces: null,
};
