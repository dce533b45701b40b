import type { MetricIdentifier, MetricStatus, MetricValueStatus } from '../autoscaling/types.ts';
import type { ComputedSource } from './metric-source.ts';
import { metricStatusQuantity, resourceStatusQuantity } from './status-quantity.ts';
import type { Calculated } from './usage-ratio.ts';

/** What stands in `status.currentMetrics` for a metric that failed. */
export const FAILED_METRIC_STATUS: MetricStatus = { type: '' };

/** The entry of `status.currentMetrics` of a metric that could be computed (specification 2.10). */
export function metricStatus(source: ComputedSource, calculated: Calculated): MetricStatus {
  switch (source.kind) {
    case 'utilization':
      return resourceStatus(source, {
        averageValue: resourceStatusQuantity(source.resource, calculated.currentRawMilli ?? 0),
        averageUtilization: Number(calculated.current),
      });
    case 'averageValue':
      return resourceStatus(source, { averageValue: resourceStatusQuantity(source.resource, calculated.current) });
    case 'podsAverage':
      return { type: 'Pods', pods: { metric: identifier(source.metric), current: average(calculated) } };
    case 'objectValue':
    case 'objectAverage': {
      const current = source.kind === 'objectValue' ? value(calculated) : average(calculated);
      const describedObject = source.object;
      return { type: 'Object', object: { metric: identifier(source.metric), current, describedObject } };
    }
    case 'externalValue':
    case 'externalAverage': {
      const current = source.kind === 'externalValue' ? value(calculated) : average(calculated);
      return { type: 'External', external: { metric: identifier(source.metric), current } };
    }
  }
}

function resourceStatus(
  source: { readonly sourceType: string; readonly resource: string; readonly container: string },
  current: MetricValueStatus,
): MetricStatus {
  const { resource: name, container } = source;
  return source.sourceType === 'ContainerResource'
    ? { type: 'ContainerResource', containerResource: { name, current, container } }
    : { type: 'Resource', resource: { name, current } };
}

function identifier({ name, selector }: MetricIdentifier): MetricIdentifier {
  return selector === undefined ? { name } : { name, selector };
}

function value(calculated: Calculated): MetricValueStatus {
  return { value: metricStatusQuantity(calculated.current) };
}

function average(calculated: Calculated): MetricValueStatus {
  return { averageValue: metricStatusQuantity(calculated.current) };
}
