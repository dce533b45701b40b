import type { Point } from '../sample-history.ts';
import type { TimeRange } from './value.ts';

/** How far the next sample may be off and still be expected, in steps between samples. */
const EXPECTED_STEPS = 1.1;

/**
 * By how much a counter grew in a range, resets set right, and the growth between samples carried on to the ends of the
 * range: the whole way where a sample more was due, half a step where the series seems to begin or end inside, and never
 * below zero. Undefined of fewer than two samples.
 */
export function counterIncrease(points: readonly Point[], range: TimeRange): number | undefined {
  const growth = growthBetween(points);
  return growth === undefined ? undefined : growth * extensionRatio(points, range, growth);
}

/** The same for a number that may fall: its difference, carried on to the ends of the range. */
export function gaugeDelta(points: readonly Point[], range: TimeRange): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  return (last.value - first.value) * extensionRatio(points, range, null);
}

/** How fast a counter grows between the last two samples, in a second. */
export function latestRate(points: readonly Point[]): number | undefined {
  const [before, last] = points.slice(-2);
  if (before === undefined || last === undefined) return undefined;
  const growth = last.value < before.value ? last.value : last.value - before.value;
  return growth / ((last.atMs - before.atMs) / 1000);
}

/** The difference between the last two samples. */
export function latestDelta(points: readonly Point[]): number | undefined {
  const [before, last] = points.slice(-2);
  return before === undefined || last === undefined ? undefined : last.value - before.value;
}

/** How often a counter began anew. */
export function resetCount(points: readonly Point[]): number {
  return points.filter(({ value }, index) => index > 0 && value < (points[index - 1]?.value ?? value)).length;
}

/** How often a number became another. */
export function changeCount(points: readonly Point[]): number {
  return points.filter(({ value }, index) => {
    const before = index === 0 ? value : (points[index - 1]?.value ?? value);
    return value !== before && !(Number.isNaN(value) && Number.isNaN(before));
  }).length;
}

function growthBetween(points: readonly Point[]): number | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 2) return undefined;
  let growth = last.value - first.value;
  let before = first.value;
  for (const { value } of points) {
    if (value < before) growth += before;
    before = value;
  }
  return growth;
}

/** What the growth between the first and the last sample is multiplied with; `counterGrowth` is null for a gauge. */
function extensionRatio(points: readonly Point[], { startMs, endMs }: TimeRange, counterGrowth: number | null): number {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return Number.NaN;
  const sampledSeconds = (last.atMs - first.atMs) / 1000;
  const stepSeconds = sampledSeconds / (points.length - 1);
  const toStartSeconds = Math.min(
    (first.atMs - startMs) / 1000,
    secondsSinceZero(first, sampledSeconds, counterGrowth),
  );
  const toEndSeconds = (endMs - last.atMs) / 1000;
  const carried = (seconds: number): number => (seconds < stepSeconds * EXPECTED_STEPS ? seconds : stepSeconds / 2);
  return (sampledSeconds + carried(toStartSeconds) + carried(toEndSeconds)) / sampledSeconds;
}

/** When a counter that grew as fast before its first sample was zero: no earlier did it grow. */
function secondsSinceZero({ value }: Point, sampledSeconds: number, counterGrowth: number | null): number {
  const isKnown = counterGrowth !== null && counterGrowth > 0 && value >= 0;
  return isKnown ? sampledSeconds * (value / counterGrowth) : Number.POSITIVE_INFINITY;
}
