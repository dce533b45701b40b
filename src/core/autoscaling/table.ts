import { formatAge } from '../../base/duration.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from './types.ts';

/** A column of a server-side table (`meta/v1 TableColumnDefinition`). */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** The columns of `kubectl get hpa`; numbers stand in columns that are declared as strings, as upstream's. */
export const HPA_COLUMNS: readonly TableColumn[] = [
  column(
    'Name',
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
    'name',
  ),
  column(
    'Reference',
    'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
  ),
  column(
    'Targets',
    'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.',
  ),
  column(
    'MinPods',
    'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
  ),
  column(
    'MaxPods',
    'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
  ),
  column(
    'Replicas',
    'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
  ),
  column(
    'Age',
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata',
  ),
];

/** The cells of one HPA under `HPA_COLUMNS` at an instant of the server's clock. */
export function hpaCells(hpa: HorizontalPodAutoscaler, nowMs: number): readonly (string | number)[] {
  const { scaleTargetRef, minReplicas, maxReplicas } = hpa.spec;
  return [
    hpa.metadata.name,
    `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
    targetsText(hpa),
    minReplicas === undefined ? '<unset>' : String(minReplicas),
    maxReplicas,
    hpa.status?.currentReplicas ?? 0,
    ageText(hpa.metadata.creationTimestamp, nowMs),
  ];
}

const UNKNOWN = '<unknown>';
const SHOWN_METRIC_COUNT = 2;

/** The TARGETS cell: `cpu: 46%/50%, memory: 30%/80% + 1 more...` (hpa-semantics 9.1). */
export function targetsText({ spec, status }: Pick<HorizontalPodAutoscaler, 'spec' | 'status'>): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  // Statuses belong to metrics by index alone, so one of another source counts as unknown.
  const pieces = metrics.map((metric, index) => metricText(metric, status?.currentMetrics?.[index]));
  const shown = pieces.slice(0, SHOWN_METRIC_COUNT).join(', ');
  return pieces.length > SHOWN_METRIC_COUNT ? `${shown} + ${pieces.length - SHOWN_METRIC_COUNT} more...` : shown;
}

/** Upstream's text of a quantity that is not there. */
const NIL = '<nil>';

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'External':
      return valueText(metric.external?.target, status?.external?.current);
    case 'Object':
      return valueText(metric.object?.target, status?.object?.current);
    case 'Pods': {
      const current = status?.pods && (status.pods.current.averageValue ?? NIL);
      return `${current ?? UNKNOWN}/${metric.pods?.target.averageValue ?? NIL}`;
    }
    case 'Resource':
      return resourceText(metric.resource, status?.resource);
    case 'ContainerResource':
      return resourceText(metric.containerResource, status?.containerResource);
    default:
      return '<unknown type>';
  }
}

interface Values {
  readonly value?: string;
  readonly averageValue?: string;
}

function valueText(target: Values | undefined, current: Values | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? UNKNOWN}/${target.averageValue} (avg)`;
  return `${(current && (current.value ?? NIL)) ?? UNKNOWN}/${target?.value ?? NIL}`;
}

function resourceText(spec: MetricSpec['resource'], status: MetricStatus['resource']): string {
  const target = spec?.target;
  const current = status?.current;
  if (target?.averageValue !== undefined) {
    return `${spec?.name ?? ''}: ${(current && (current.averageValue ?? NIL)) ?? UNKNOWN}/${target.averageValue}`;
  }
  const used = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  const wanted = target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${spec?.name ?? ''}: ${used}/${wanted}`;
}

function ageText(creationTimestamp: string | undefined, nowMs: number): string {
  const createdAtMs = creationTimestamp === undefined ? undefined : parseRfc3339(creationTimestamp);
  return createdAtMs === undefined ? UNKNOWN : formatAge(nowMs - createdAtMs);
}

function column(name: string, description: string, format = ''): TableColumn {
  return { name, type: 'string', format, description, priority: 0 };
}
