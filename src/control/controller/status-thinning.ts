import { nameFraction } from '../../base/name-fraction.ts';
import type { HpaStatus, MetricStatus, MetricValueStatus } from '../../core/autoscaling/types.ts';

/** `on-change`: thinned as below; `every-change`: whenever the engine's rule (upstream's) says so. */
export type StatusWrites = 'on-change' | 'every-change';

/** For how long changed numbers alone may wait before they are written. */
const STATUS_NUMBERS_WRITE_MS = 60_000;

/**
 * Whether a status that differs from the stored one is worth a write now. Upstream writes nearly every period because a
 * measured average changes nearly every period; here a change of nothing but numbers in `currentMetrics` is written a
 * minute after the last write, and only the first time after a start sooner. Everything else is written at once.
 */
export function isStatusWriteDue(
  stored: HpaStatus | undefined,
  proposed: HpaStatus,
  sinceLastWriteMs: number,
  mode: StatusWrites,
): boolean {
  if (mode === 'every-change' || stored === undefined) return true;
  if (sinceLastWriteMs >= STATUS_NUMBERS_WRITE_MS) return true;
  return !isSame(shapeOf(stored), shapeOf(proposed));
}

/**
 * As of when a status write at `atMs` counts. After a start every HPA's status is written within seconds: each first one
 * counts as older, by a part of the minute that its name decides, or they would all be written again in the same seconds of
 * every minute.
 */
export function countedAsWrittenAtMs(keyText: string, writtenBeforeAtMs: number | null, atMs: number): number {
  return writtenBeforeAtMs === null ? atMs - nameFraction(keyText) * STATUS_NUMBERS_WRITE_MS : atMs;
}

/** The status without the measured numbers. */
function shapeOf(status: HpaStatus) {
  return {
    ...status,
    currentReplicas: status.currentReplicas ?? 0,
    currentMetrics: (status.currentMetrics ?? []).map(withoutNumbers),
    conditions: status.conditions ?? [],
  };
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

/** Whether two plain values are the same, in whatever order the fields of their objects come; undefined is absent. */
function isSame(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const [ours, theirs] = [left, right] as readonly Readonly<Record<string, unknown>>[];
  for (const field in ours) if (!isSame(ours[field], theirs?.[field])) return false;
  for (const field in theirs) if (theirs[field] !== undefined && ours?.[field] === undefined) return false;
  return true;
}
