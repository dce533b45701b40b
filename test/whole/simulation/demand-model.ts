import type { PlannedHpa, PlannedMetric } from './story.ts';

/** What a workload should be scaled to: both ends the same where the model is exact. */
export interface Demand {
  readonly least: number;
  readonly most: number;
}

/** What a metric said when it was read: the total of all pods; null when it could not be read. */
export type MetricValue = number | null;

/** Nothing is known: any count may be right. */
export const ANY_DEMAND: Demand = { least: 0, most: Number.POSITIVE_INFINITY };

const TOLERANCE = 0.1;
/** What each simulated pod requests. */
export const POD_REQUEST_MILLI = 200;

/** The total of a metric that this many pods are just enough for. */
export function totalWorth(metric: PlannedMetric, podsWorth: number): number {
  if (metric.kind !== 'cpu') return Math.round(podsWorth * metric.perPod * 1000) / 1000;
  return Math.round((podsWorth * POD_REQUEST_MILLI * metric.targetPercent) / 100);
}

/**
 * The model of what one metric asks for, in a few lines and apart from the engine: the total over the target, but the
 * count as it is while that is near enough. Of CPU it knows the answer only while all pods are there and ready; with
 * some of them missing from the metrics, what the controller takes for them lies between that and the count as it is.
 */
export function demandOf(
  metric: PlannedMetric,
  total: number,
  counts: { readonly specReplicas: number; readonly statusReplicas: number; readonly isCpuPartial: boolean },
): Demand {
  if (metric.kind !== 'cpu') {
    const ratio = total / (metric.perPod * counts.statusReplicas);
    const wanted = isNear(ratio) ? counts.statusReplicas : Math.ceil(total / metric.perPod);
    return { least: wanted, most: wanted };
  }
  const { specReplicas } = counts;
  const perPodMilli = Math.round(total / specReplicas);
  const percent = Math.floor((100 * perPodMilli) / POD_REQUEST_MILLI);
  const ratio = percent / metric.targetPercent;
  const wanted = isNear(ratio) ? specReplicas : Math.ceil(ratio * specReplicas);
  return counts.isCpuPartial
    ? { least: Math.min(wanted, specReplicas), most: Math.max(wanted, specReplicas) }
    : { least: wanted, most: wanted };
}

function isNear(ratio: number): boolean {
  return 1 - TOLERANCE <= ratio && ratio <= 1 + TOLERANCE;
}

/** The largest demand of all metrics, before bounds. */
export function largest(demands: readonly Demand[]): Demand {
  return {
    least: Math.max(...demands.map(({ least }) => least)),
    most: Math.max(...demands.map(({ most }) => most)),
  };
}

/** Where an HPA comes to rest under loads that stand still, if it stands at `count`. */
export function restingCount(
  hpa: PlannedHpa,
  totals: ReadonlyMap<string, number>,
  bounds: { readonly minReplicas: number; readonly maxReplicas: number },
  count: number,
): number {
  // Scaled to nothing by hand: the HPA is off.
  if (count === 0) return 0;
  const counts = { specReplicas: count, statusReplicas: count, isCpuPartial: false };
  const { most } = largest(hpa.metrics.map((metric) => demandOf(metric, totals.get(metric.name) ?? 0, counts)));
  return Math.min(bounds.maxReplicas, Math.max(bounds.minReplicas, most));
}
