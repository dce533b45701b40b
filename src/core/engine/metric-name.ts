import type { LabelSelector } from '../autoscaling/types.ts';

/** `cpu resource utilization (percentage of request)` (specification 2.11). */
export function utilizationName(resource: string, isContainer: boolean): string {
  return `${resource} ${isContainer ? 'container ' : ''}resource utilization (percentage of request)`;
}

/** `cpu resource`, for pods and for containers. */
export function averageValueName(resource: string): string {
  return `${resource} resource`;
}

/** `pods metric requests-per-second`. */
export function podsMetricName(metric: string): string {
  return `pods metric ${metric}`;
}

/** `Service metric requests-per-second`: a Value target of an Object metric. */
export function objectMetricName(kind: string, metric: string): string {
  return `${kind} metric ${metric}`;
}

/** `external metric queue-length(nil)`: an External metric, and upstream's name of an Object metric's AverageValue target. */
export function externalMetricName(metric: string, selector: LabelSelector | undefined): string {
  return `external metric ${metric}(${printLabelSelector(selector)})`;
}

/**
 * A label selector as upstream's debug print has it: `nil`, or
 * `&LabelSelector{MatchLabels:map[string]string{k: v,},MatchExpressions:[]LabelSelectorRequirement{},}` with sorted labels.
 */
export function printLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const requirements = (selector.matchExpressions ?? []).map(
    ({ key, operator, values }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${(values ?? []).join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join('')}},}`;
}
