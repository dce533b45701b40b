import { parseRfc3339 } from '../../base/rfc3339.ts';
import type { HpaCondition, HpaStatus } from '../autoscaling/types.ts';
import type { ObservedHpa } from './observation.ts';

/** The status once a controller has written it: before that it says `desiredReplicas: 0`, which nobody desires. */
export function writtenStatus({ status }: ObservedHpa): HpaStatus | undefined {
  return status?.conditions === undefined || status.conditions.length === 0 ? undefined : status;
}

/** A condition of the status by its type. */
export function conditionOf(hpa: ObservedHpa, type: string): HpaCondition | undefined {
  return hpa.status?.conditions?.find((condition) => condition.type === type);
}

/** When the condition's status changed last, to the second; it does not move when only the reason changes. */
export function transitionMs(condition: HpaCondition | undefined): number | undefined {
  return condition?.lastTransitionTime === undefined ? undefined : parseRfc3339(condition.lastTransitionTime);
}

/** Epoch ms of `status.lastScaleTime`; null before the first rescale. */
export function scaleTimeMs(status: HpaStatus): number | null {
  return status.lastScaleTime === undefined ? null : (parseRfc3339(status.lastScaleTime) ?? null);
}

/** 1 when absent. */
export function replicasMin({ spec }: ObservedHpa): number {
  return spec.minReplicas ?? 1;
}

/**
 * Whether the conditions about metrics and limits are of the last sync. They are older ones when the target's scale
 * could not be read, and when its count was out of bounds, which is corrected without a look at metrics.
 */
export function areMetricsConditionsFresh(hpa: ObservedHpa): boolean {
  const able = conditionOf(hpa, 'AbleToScale');
  if (able?.status === 'False' && able.reason === 'FailedGetScale') return false;
  const current = hpa.status?.currentReplicas ?? 0;
  return current === 0 || (current >= replicasMin(hpa) && current <= hpa.spec.maxReplicas);
}

/** Whether the target is at 0, where no metric is looked at: no fault. */
export function isScalingDisabled(hpa: ObservedHpa): boolean {
  const active = conditionOf(hpa, 'ScalingActive');
  return active?.status === 'False' && active.reason === 'ScalingDisabled';
}
