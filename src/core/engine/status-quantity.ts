import type { Int64 } from '../../base/int64.ts';
import { formatMilliQuantity } from '../../base/quantity.ts';

/**
 * A measured average as the status spells it: decimal, but binary for the memory of Resource and ContainerResource
 * (specification 2.10; upstream: buildQuantity).
 */
export function resourceStatusQuantity(resource: string, milli: Int64): string {
  return formatMilliQuantity(milli, resource === 'memory' ? 'BinarySI' : 'DecimalSI');
}

/** A value or an average of Pods, Object and External metrics. */
export function metricStatusQuantity(milli: Int64): string {
  return formatMilliQuantity(milli, 'DecimalSI');
}
