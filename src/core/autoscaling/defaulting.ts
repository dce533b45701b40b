import type { Behavior, HorizontalPodAutoscaler, HpaSpec, MetricSpec, ScalingRules } from './types.ts';

const DEFAULT_METRIC: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
};

/** What growing follows when nothing is said (specification 4.6). */
export const DEFAULT_SCALE_UP: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};

/** What shrinking follows; without a window, for which the controller uses its own flag. */
export const DEFAULT_SCALE_DOWN: ScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

/** The object with the defaults that the API server fills in (specification 4.6 and 7.2). */
export function defaultHpa(hpa: HorizontalPodAutoscaler): HorizontalPodAutoscaler {
  return { ...hpa, spec: defaultHpaSpec(hpa.spec) };
}

/**
 * The spec with its defaults: at least one pod, 80 % of CPU, and both directions of a behaviour that is there at all.
 * Policies that are explicitly empty stay so, and fail validation.
 */
export function defaultHpaSpec(spec: HpaSpec): HpaSpec {
  const filled: HpaSpec = {
    ...spec,
    minReplicas: spec.minReplicas ?? 1,
    metrics: spec.metrics === undefined || spec.metrics.length === 0 ? [DEFAULT_METRIC] : spec.metrics,
  };
  return spec.behavior === undefined ? filled : { ...filled, behavior: defaultBehavior(spec.behavior) };
}

function defaultBehavior(behavior: Behavior): Behavior {
  return {
    scaleUp: { ...DEFAULT_SCALE_UP, ...behavior.scaleUp },
    scaleDown: { ...DEFAULT_SCALE_DOWN, ...behavior.scaleDown },
  };
}
