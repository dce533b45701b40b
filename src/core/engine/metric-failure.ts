import { printLabelSelector } from './metric-name.ts';
import type { ComputedSource } from './metric-source.ts';

/** What goes before a calculator's text in the event and the condition (specification 2.12). */
export function innerPrefix(source: ComputedSource): string {
  switch (source.kind) {
    case 'utilization':
      return `failed to get ${source.resource} utilization: `;
    case 'averageValue':
      return `failed to get ${source.resource} usage: `;
    default:
      return '';
  }
}

/** What goes before the inner text in the combined error (specification 2.12). */
export function outerPrefix(source: ComputedSource): string {
  switch (source.kind) {
    case 'utilization':
    case 'averageValue':
      return resourceOuterPrefix(source.resource, source.sourceType === 'ContainerResource' ? source.container : null);
    case 'podsAverage':
      return PODS_OUTER_PREFIX;
    case 'objectValue':
      return OBJECT_OUTER_PREFIX;
    case 'objectAverage':
      return `${OBJECT_OUTER_PREFIX}failed to get ${source.metric.name} object metric: `;
    case 'externalValue':
    case 'externalAverage':
      return externalOuterPrefix(source.metric.name, source.kind);
  }
}

/** The calculator's text for a metrics client's error. */
export function queryFailure(source: ComputedSource, namespace: string, message: string): string {
  switch (source.kind) {
    case 'utilization':
    case 'averageValue':
      return `unable to get metrics for resource ${source.resource}: ${message}`;
    case 'podsAverage':
      return `unable to get metric ${source.metric.name}: ${message}`;
    case 'objectValue':
    case 'objectAverage':
      // Upstream's arguments are swapped up to 1.36.
      return `unable to get metric ${source.metric.name}: ${source.object.kind} on ${namespace} ${source.object.name}/${message}`;
    case 'externalValue':
    case 'externalAverage':
      return `unable to get external metric ${namespace}/${source.metric.name}/${printLabelSelector(source.metric.selector)}: ${message}`;
  }
}

export const PODS_OUTER_PREFIX = 'failed to get pods metric value: ';

export const OBJECT_OUTER_PREFIX = 'failed to get object metric value: ';

/** The outer prefix of Resource, or of ContainerResource when a container is named. */
export function resourceOuterPrefix(resource: string, container: string | null): string {
  return container === null
    ? `failed to get ${resource} resource metric value: `
    : `failed to get ${container} container metric value: `;
}

/** The outer prefix of External; without a target there is no second half. */
export function externalOuterPrefix(metric: string, kind: 'externalValue' | 'externalAverage' | null): string {
  const first = `failed to get ${metric} external metric value: `;
  if (kind === null) return first;
  return kind === 'externalValue'
    ? `${first}failed to get external metric ${metric}: `
    : `${first}failed to get ${metric} external metric: `;
}
