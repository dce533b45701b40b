import type { HpaStatus, MetricStatus, MetricValueStatus } from '../../core/autoscaling/types.ts';

/** `on-change`: thinned as below; `every-change`: whenever the engine's rule (upstream's) says so. */
export type StatusWrites = 'on-change' | 'every-change';

/** For how long changed numbers alone may wait before they are written. */
export const STATUS_NUMBERS_WRITE_MS = 60_000;

/**
 * Whether a status that differs from the stored one is worth a write now. Upstream writes nearly every period because a
 * measured average changes nearly every period; here a change of nothing but numbers in `currentMetrics` is written at
 * most once a minute. Everything else is written at once.
 */
export function isStatusWriteDue(
  stored: HpaStatus | undefined,
  proposed: HpaStatus,
  sinceLastWriteMs: number,
  mode: StatusWrites,
): boolean {
  if (mode === 'every-change' || stored === undefined) return true;
  if (sinceLastWriteMs >= STATUS_NUMBERS_WRITE_MS) return true;
  return shapeText(stored) !== shapeText(proposed);
}

/** The status without the measured numbers; object keys sorted, so that the server's order does not matter. */
function shapeText(status: HpaStatus): string {
  const metrics = (status.currentMetrics ?? []).map(withoutNumbers);
  return sortedJson({
    ...status,
    currentReplicas: status.currentReplicas ?? 0,
    currentMetrics: metrics,
    conditions: status.conditions ?? [],
  });
}

function withoutNumbers(metric: MetricStatus): unknown {
  return Object.fromEntries(
    Object.entries(metric).map(([field, value]) => {
      if (typeof value !== 'object' || value === null || !('current' in value)) return [field, value];
      return [field, { ...value, current: valueFields((value as { current: MetricValueStatus }).current) }];
    }),
  );
}

/** Which values are there: a number that appears or goes is no mere change of numbers. */
function valueFields(current: MetricValueStatus): readonly string[] {
  return Object.keys(current).sort();
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)));
  });
}
