import { EPISODE_READINGS_COUNT_MAX } from '../../base/notifier-limits.ts';
import { parseQuantity, quantityToNumber } from '../../base/quantity.ts';
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../autoscaling/types.ts';
import type { MetricReading } from './notice.ts';
import type { ObservedHpa } from './observation.ts';

/** What the HPA's status says of each metric of its spec, in the order of the spec. Types of a later version are left out. */
export function metricReadings({ spec, status }: ObservedHpa): readonly MetricReading[] {
  const current = status?.currentMetrics ?? [];
  return (spec.metrics ?? []).slice(0, EPISODE_READINGS_COUNT_MAX).flatMap((metric, index) => {
    const source = sourceOf(metric);
    if (source === undefined) return [];
    return [readingOf(source, currentValues(current, metric, source, index))];
  });
}

/** The metrics that have no current value. */
export function namesWithoutValue(readings: readonly MetricReading[]): readonly string[] {
  return readings.filter(({ current }) => current === undefined).map(({ name }) => name);
}

/**
 * How many replicas the metrics would have if nothing bounded them: the present count times the greatest ratio.
 * Undefined when no metric has one, or when that is not more than there are.
 */
export function wantedReplicas(readings: readonly MetricReading[], specReplicas: number): number | undefined {
  const ratio = Math.max(...readings.map(({ usageRatio }) => usageRatio ?? 0), 0);
  const wanted = Math.ceil(specReplicas * ratio);
  return wanted > specReplicas && Number.isSafeInteger(wanted) ? wanted : undefined;
}

/** A metric of a spec, by what all of them have. */
interface Source {
  readonly source: MetricReading['source'];
  readonly name: string;
  /** What else tells it from others of its name: the container, the described object. */
  readonly qualifier: string;
  readonly target: MetricTarget;
}

function sourceOf(metric: MetricSpec): Source | undefined {
  const { resource, containerResource, pods, object, external } = metric;
  if (resource) return { source: 'Resource', name: resource.name, qualifier: '', target: resource.target };
  if (containerResource) {
    const { name, container, target } = containerResource;
    return { source: 'ContainerResource', name: `${name} of ${container}`, qualifier: '', target };
  }
  if (pods) return { source: 'Pods', name: pods.metric.name, qualifier: '', target: pods.target };
  if (object) {
    const { kind, name } = object.describedObject;
    return { source: 'Object', name: object.metric.name, qualifier: `${kind}/${name}`, target: object.target };
  }
  if (external) return { source: 'External', name: external.metric.name, qualifier: '', target: external.target };
  return undefined;
}

/**
 * The current values of a metric: the entry of the same index where it is of the same metric, else the first of the
 * same metric, as after a change of the spec. A metric that failed has an entry with an empty type.
 */
function currentValues(
  statuses: readonly MetricStatus[],
  metric: MetricSpec,
  source: Source,
  index: number,
): MetricValueStatus | undefined {
  const own = statuses[index];
  if (own !== undefined && isSame(own, metric, source)) return valuesOf(own);
  if (own?.type === '') return undefined;
  const other = statuses.find((status) => isSame(status, metric, source));
  return other && valuesOf(other);
}

function isSame(status: MetricStatus, metric: MetricSpec, source: Source): boolean {
  if (status.type !== metric.type) return false;
  const { resource, containerResource, pods, object, external } = status;
  if (resource) return resource.name === source.name;
  if (containerResource) return `${containerResource.name} of ${containerResource.container}` === source.name;
  if (object) {
    const { kind, name } = object.describedObject;
    return object.metric.name === source.name && `${kind}/${name}` === source.qualifier;
  }
  return (pods ?? external)?.metric.name === source.name;
}

function valuesOf(status: MetricStatus): MetricValueStatus | undefined {
  const { resource, containerResource, pods, object, external } = status;
  return (resource ?? containerResource ?? pods ?? object ?? external)?.current;
}

function readingOf({ source, name, target }: Source, values: MetricValueStatus | undefined): MetricReading {
  if (target.averageUtilization !== undefined) {
    const percent = values?.averageUtilization;
    return {
      source,
      name,
      current: percent === undefined ? undefined : `${percent}%`,
      target: `${target.averageUtilization}%`,
      usageRatio: ratioOf(percent, target.averageUtilization),
    };
  }
  const [current, wanted] =
    target.averageValue === undefined ? [values?.value, target.value] : [values?.averageValue, target.averageValue];
  return { source, name, current, target: wanted ?? '', usageRatio: ratioOf(numberOf(current), numberOf(wanted)) };
}

function numberOf(quantity: string | undefined): number | undefined {
  const parsed = quantity === undefined ? undefined : parseQuantity(quantity);
  return parsed && quantityToNumber(parsed);
}

function ratioOf(current: number | undefined, target: number | undefined): number | undefined {
  if (current === undefined || target === undefined || target <= 0) return undefined;
  const ratio = current / target;
  return Number.isFinite(ratio) ? ratio : undefined;
}
