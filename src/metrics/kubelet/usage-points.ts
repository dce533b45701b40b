import { SAMPLE } from './sample-builder.ts';

/**
 * Columns of a usage table's rows: the last sample of a container or node, and the one that its rate counts from.
 * `AT_MS` is NaN when the row does not count, `BEFORE_AT_MS` when there is nothing to count from. Instants that samples
 * carry are whole milliseconds, starts are nanoseconds; the earlier instant may be a start, so that it has a part
 * below the millisecond of its own.
 */
export const USAGE = {
  AT_MS: 0,
  CPU_NS: 1,
  MEMORY_BYTES: 2,
  /** -Infinity: unknown, which is before everything. */
  START_NS: 3,
  BEFORE_AT_MS: 4,
  BEFORE_AT_REST_NS: 5,
  BEFORE_CPU_NS: 6,
  BEFORE_START_NS: 7,
  WIDTH: 8,
} as const;

/** One row of a table, for reading. */
export interface PointsRow {
  readonly points: Float64Array;
  readonly row: number;
}

/**
 * Fills a row from a container's new sample and, if it had one, its row of before, by upstream's storage rules
 * (specification of metrics-server 1.5):
 *
 * 1. A container that is at least 10 s and less than a resolution old counts from its start, when its counter was 0. So
 *    one scrape is enough for a new container, and for one that has restarted.
 * 2. Else, if it has not restarted (it started before the sample of before): from the sample of before when the new one is
 *    newer; otherwise from what that counted from, as long as it is older than the new sample.
 * 3. Else there is nothing to count from.
 *
 * A node is a container without a start. Upstream, in the second arm of rule 2, takes a zero point when the *pod* has an
 * earlier point of another container: a rate near zero over a window of 292 years. Here it is nothing, as meant.
 */
export function storeSample(
  to: PointsRow,
  sample: PointsRow,
  before: PointsRow | undefined,
  resolutionMs: number,
): void {
  const from = sample.row * SAMPLE.WIDTH;
  const atMs = sample.points[from + SAMPLE.AT_MS] ?? Number.NaN;
  const startNs = sample.points[from + SAMPLE.START_NS] ?? Number.NaN;
  const at = to.row * USAGE.WIDTH;
  const { points } = to;
  points[at + USAGE.AT_MS] = atMs;
  points[at + USAGE.CPU_NS] = sample.points[from + SAMPLE.CPU_NS] ?? Number.NaN;
  points[at + USAGE.MEMORY_BYTES] = sample.points[from + SAMPLE.MEMORY_BYTES] ?? Number.NaN;
  points[at + USAGE.START_NS] = Number.isNaN(startNs) ? Number.NEGATIVE_INFINITY : startNs;
  points[at + USAGE.BEFORE_AT_MS] = Number.NaN;
  if (isFresh(startNs, atMs, resolutionMs)) countFromStart(points, at);
  else if (before !== undefined) countFromBefore(points, at, before.points, before.row * USAGE.WIDTH);
}

/** Marks a row as not counting; what was measured stays readable, to say why. */
export function dropRow({ points, row }: PointsRow): void {
  points[row * USAGE.WIDTH + USAGE.AT_MS] = Number.NaN;
  points[row * USAGE.WIDTH + USAGE.BEFORE_AT_MS] = Number.NaN;
}

export function isCounting({ points, row }: PointsRow): boolean {
  return !Number.isNaN(points[row * USAGE.WIDTH + USAGE.AT_MS]);
}

export function hasBefore({ points, row }: PointsRow): boolean {
  return !Number.isNaN(points[row * USAGE.WIDTH + USAGE.BEFORE_AT_MS]);
}

/** Younger containers give inaccurate rates. */
const FRESH_AGE_MS_MIN = 10_000;
const NS_PER_MS = 1_000_000;

function isFresh(startNs: number, atMs: number, resolutionMs: number): boolean {
  // Off by less than a microsecond: a double has no room for the nanoseconds of an instant.
  const aboutMs = atMs - startNs / NS_PER_MS;
  if (!(aboutMs > FRESH_AGE_MS_MIN - 1 && aboutMs < resolutionMs + 1)) return false;
  const ageNs = exactNs(atMs) - BigInt(startNs);
  return ageNs >= exactNs(FRESH_AGE_MS_MIN) && ageNs < exactNs(resolutionMs);
}

function countFromStart(points: Float64Array, at: number): void {
  const start = BigInt(points[at + USAGE.START_NS] ?? 0);
  const perMs = BigInt(NS_PER_MS);
  const restNs = ((start % perMs) + perMs) % perMs;
  points[at + USAGE.BEFORE_AT_MS] = Number((start - restNs) / perMs);
  points[at + USAGE.BEFORE_AT_REST_NS] = Number(restNs);
  points[at + USAGE.BEFORE_CPU_NS] = 0;
  points[at + USAGE.BEFORE_START_NS] = Number(start);
}

function countFromBefore(points: Float64Array, at: number, before: Float64Array, from: number): void {
  const atMs = points[at + USAGE.AT_MS] ?? Number.NaN;
  const beforeAtMs = before[from + USAGE.AT_MS] ?? Number.NaN;
  if (!isStartBefore(points[at + USAGE.START_NS] ?? 0, beforeAtMs)) return;
  if (atMs > beforeAtMs) {
    points[at + USAGE.BEFORE_AT_MS] = beforeAtMs;
    points[at + USAGE.BEFORE_AT_REST_NS] = 0;
    points[at + USAGE.BEFORE_CPU_NS] = before[from + USAGE.CPU_NS] ?? 0;
    points[at + USAGE.BEFORE_START_NS] = before[from + USAGE.START_NS] ?? 0;
    return;
  }
  // An instant with a part below the millisecond is before a whole one exactly when its whole part is.
  if ((before[from + USAGE.BEFORE_AT_MS] ?? Number.NaN) < atMs) {
    points.set(before.subarray(from + USAGE.BEFORE_AT_MS, from + USAGE.WIDTH), at + USAGE.BEFORE_AT_MS);
  }
}

/** Whether a container started before an instant; false when the row of before did not count. */
function isStartBefore(startNs: number, atMs: number): boolean {
  const aboutMs = atMs - startNs / NS_PER_MS;
  if (Number.isNaN(aboutMs) || Math.abs(aboutMs) > 1) return aboutMs > 0;
  return BigInt(startNs) < exactNs(atMs);
}

function exactNs(ms: number): bigint {
  return BigInt(Math.round(ms)) * BigInt(NS_PER_MS);
}
