import type { HorizontalPodAutoscaler, ScalingRules } from './types.ts';

/** Feature gates that change what the API server accepts, by upstream's names. */
export interface ApiFeatures {
  /** minReplicas may be 0; off by default. */
  readonly HPAScaleToZero: boolean;
  /** `tolerance` in behavior is kept; on by default. */
  readonly HPAConfigurableTolerance: boolean;
}

/** The gates as Kubernetes 1.36 sets them. */
export const DEFAULT_API_FEATURES: ApiFeatures = { HPAScaleToZero: false, HPAConfigurableTolerance: true };

/**
 * The object without the fields whose gate is off, unless the stored object `old` uses them already; what the API
 * server drops silently before it validates.
 */
export function dropDisabledFields(
  hpa: HorizontalPodAutoscaler,
  old: HorizontalPodAutoscaler | undefined,
  features: ApiFeatures,
): HorizontalPodAutoscaler {
  const { behavior } = hpa.spec;
  if (features.HPAConfigurableTolerance || behavior === undefined || usesTolerance(old)) return hpa;
  const { scaleUp, scaleDown } = behavior;
  const stripped = {
    ...(scaleUp === undefined ? {} : { scaleUp: withoutTolerance(scaleUp) }),
    ...(scaleDown === undefined ? {} : { scaleDown: withoutTolerance(scaleDown) }),
  };
  return { ...hpa, spec: { ...hpa.spec, behavior: stripped } };
}

function usesTolerance(hpa: HorizontalPodAutoscaler | undefined): boolean {
  const behavior = hpa?.spec.behavior;
  return behavior?.scaleUp?.tolerance !== undefined || behavior?.scaleDown?.tolerance !== undefined;
}

function withoutTolerance({ tolerance: _, ...rules }: ScalingRules): ScalingRules {
  return rules;
}
