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
  column('Name', 'Name of the autoscaler, unique within its namespace.', 'name'),
  column('Reference', 'The workload that is scaled.'),
  column('Targets', 'Each metric: what it is, and what it should be.'),
  column('MinPods', 'The fewest pods that the autoscaler scales to.'),
  column('MaxPods', 'The most pods that the autoscaler scales to.'),
  column('Replicas', 'Pods wanted when the autoscaler last looked.'),
  column('Age', 'Time since the autoscaler was created.'),
];

/** What differs between the tables of servers. */
export interface TableLook {
  /** Whether a resource metric says its name: `cpu: 46%/50%` since Kubernetes 1.30, `46%/50%` before. */
  readonly isResourceNamed: boolean;
}

const LOOK_OF_1_36: TableLook = { isResourceNamed: true };

/** The cells of one HPA under `HPA_COLUMNS` at an instant of the server's clock. */
export function hpaCells(
  hpa: HorizontalPodAutoscaler,
  nowMs: number,
  look: TableLook = LOOK_OF_1_36,
): readonly (string | number)[] {
  const { scaleTargetRef, minReplicas, maxReplicas } = hpa.spec;
  return [
    hpa.metadata.name,
    `${scaleTargetRef.kind}/${scaleTargetRef.name}`,
    targetsText(hpa, look),
    minReplicas === undefined ? '<unset>' : String(minReplicas),
    maxReplicas,
    hpa.status?.currentReplicas ?? 0,
    ageText(hpa.metadata.creationTimestamp, nowMs),
  ];
}

const UNKNOWN = '<unknown>';
const SHOWN_METRIC_COUNT = 2;

/** The TARGETS cell: `cpu: 46%/50%, memory: 30%/80% + 1 more...` (specification 9.1). */
export function targetsText(
  { spec, status }: Pick<HorizontalPodAutoscaler, 'spec' | 'status'>,
  look: TableLook = LOOK_OF_1_36,
): string {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  // Statuses belong to metrics by index alone, so one of another source counts as unknown.
  const pieces = metrics.map((metric, index) => metricText(metric, status?.currentMetrics?.[index], look));
  const shown = pieces.slice(0, SHOWN_METRIC_COUNT).join(', ');
  return pieces.length > SHOWN_METRIC_COUNT ? `${shown} + ${pieces.length - SHOWN_METRIC_COUNT} more...` : shown;
}

/** Upstream's text of a quantity that is not there. */
const NIL = '<nil>';

function metricText(metric: MetricSpec, status: MetricStatus | undefined, look: TableLook): string {
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
      return resourceText(metric.resource, status?.resource, look);
    case 'ContainerResource':
      return resourceText(metric.containerResource, status?.containerResource, look);
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

function resourceText(
  spec: MetricSpec['resource'],
  status: MetricStatus['resource'],
  { isResourceNamed }: TableLook,
): string {
  const prefix = isResourceNamed ? `${spec?.name ?? ''}: ` : '';
  const target = spec?.target;
  const current = status?.current;
  if (target?.averageValue !== undefined) {
    return `${prefix}${(current && (current.averageValue ?? NIL)) ?? UNKNOWN}/${target.averageValue}`;
  }
  const used = current?.averageUtilization === undefined ? UNKNOWN : `${current.averageUtilization}%`;
  const wanted = target?.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`;
  return `${prefix}${used}/${wanted}`;
}

function ageText(creationTimestamp: string | undefined, nowMs: number): string {
  const createdAtMs = creationTimestamp === undefined ? undefined : parseRfc3339(creationTimestamp);
  return createdAtMs === undefined ? UNKNOWN : formatAge(nowMs - createdAtMs);
}

function column(name: string, description: string, format = ''): TableColumn {
  return { name, type: 'string', format, description, priority: 0 };
}
