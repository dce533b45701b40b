import type { Int64 } from '../engine/facts.ts';
import type { AmountUnit } from './amount.ts';

/** What a label is made of: both a trace's metric and a feed's metric point have these. */
export interface NamedMetric {
  /** Upstream's name for messages, such as `cpu resource utilization (percentage of request)`. */
  readonly name: string;
  readonly sourceType: string;
  readonly targetKind?: 'utilization' | 'averageValue' | 'value';
}

/** The short name a person would use: `cpu`, `http_requests`. The whole name when it is of no known form. */
export function metricLabel(metric: NamedMetric): string {
  const { name } = metric;
  if (metric.sourceType === 'Resource' || metric.sourceType === 'ContainerResource') return name.split(' ')[0] ?? name;
  const external = /^external metric ([^(]+)\(/.exec(name);
  if (external?.[1] !== undefined) return external[1];
  const named = /^\S+ metric (\S+)$/.exec(name);
  return named?.[1] ?? name;
}

/** What the metric's numbers count. */
export function metricUnit(metric: NamedMetric): AmountUnit {
  if (metric.targetKind === 'utilization') return 'percent';
  if (metric.sourceType !== 'Resource' && metric.sourceType !== 'ContainerResource') return 'plain';
  const resource = metricLabel(metric);
  if (resource === 'cpu') return 'cores';
  return resource === 'memory' || resource.includes('storage') || resource.startsWith('hugepages-') ? 'bytes' : 'plain';
}

/** The values between which a metric makes nothing happen, both ends included, in the unit of its target. */
export interface ToleranceBand {
  readonly low: number;
  readonly high: number;
}

/** The band around a target. */
export function toleranceBand(target: Int64, tolerance: { readonly down: number; readonly up: number }): ToleranceBand {
  return { low: Number(target) * (1 - tolerance.down), high: Number(target) * (1 + tolerance.up) };
}
