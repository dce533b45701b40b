import { Random } from '../../base/random.ts';

/** Requests over time, as data. Instants are milliseconds since the load began. */
export type LoadProfile =
  | { readonly kind: 'constant'; readonly perSecond: number }
  /** Each step holds until the next; nothing before the first. Sorted by time. */
  | { readonly kind: 'steps'; readonly steps: readonly { readonly atMs: number; readonly perSecond: number }[] }
  | RecordedTrace;

/**
 * A recorded series of requests, one count an interval. The rate runs straight from the middle of one interval to the
 * middle of the next, so that a minute's count does not arrive as a cliff.
 */
export interface RecordedTrace {
  readonly kind: 'trace';
  readonly requestCounts: readonly number[];
  readonly intervalMs: number;
  /** The recorded amount times this; 1 when absent. */
  readonly amountFactor?: number;
  /** Played this many times as fast, at the recorded rates; 1 when absent. */
  readonly speedFactor?: number;
  /** Relative amplitude of noise on each interval, 0 to 1; none when absent. */
  readonly noise?: { readonly amplitudeRatio: number; readonly seed: number };
}

/** A load that can be asked for any instant. After its last knot the rate holds. */
export interface Load {
  perSecondAt(atMs: number): number;
  /** Whole requests that arrive in an interval: the same in all, however a longer one is cut into pieces. */
  requestCount(fromMs: number, toMs: number): number;
}

interface Knot {
  readonly atMs: number;
  readonly perSecond: number;
}

/** Prepares a profile for questions, each answered in O(log knots). */
export function createLoad(profile: LoadProfile): Load {
  const knots = knotsOf(profile);
  const arrivedAtKnot = accumulate(knots);

  const arrived = (atMs: number): number => {
    const index = lastKnotBefore(knots, atMs);
    const knot = knots[index];
    if (knot === undefined) return 0;
    return (arrivedAtKnot[index] ?? 0) + area(knot, { atMs, perSecond: rateAt(knots, index, atMs) });
  };
  return {
    perSecondAt: (atMs) => rateAt(knots, lastKnotBefore(knots, atMs), atMs),
    requestCount: (fromMs, toMs) => Math.floor(arrived(toMs)) - Math.floor(arrived(fromMs)),
  };
}

function knotsOf(profile: LoadProfile): readonly Knot[] {
  switch (profile.kind) {
    case 'constant':
      return [{ atMs: 0, perSecond: profile.perSecond }];
    case 'steps':
      return profile.steps.flatMap(({ atMs, perSecond }, index) => [
        { atMs, perSecond: profile.steps[index - 1]?.perSecond ?? 0 },
        { atMs, perSecond },
      ]);
    case 'trace':
      return traceKnots(profile);
  }
}

function traceKnots(trace: RecordedTrace): readonly Knot[] {
  const { requestCounts, intervalMs, amountFactor = 1, speedFactor = 1, noise } = trace;
  const random = Random.ofSeed(noise?.seed ?? 0, 'load');
  const amplitudeRatio = noise?.amplitudeRatio ?? 0;
  const knots = requestCounts.map((count, index) => {
    const wobble = 1 + amplitudeRatio * (2 * random.nextFraction() - 1);
    return {
      atMs: ((index + 0.5) * intervalMs) / speedFactor,
      perSecond: (count * 1000 * amountFactor * wobble) / intervalMs,
    };
  });
  const first = knots[0];
  return first === undefined ? [] : [{ atMs: 0, perSecond: first.perSecond }, ...knots];
}

/** Requests that have arrived by each knot. */
function accumulate(knots: readonly Knot[]): readonly number[] {
  let arrived = 0;
  return knots.map((knot, index) => {
    const before = knots[index - 1];
    if (before !== undefined) arrived += area(before, knot);
    return arrived;
  });
}

function area(from: Knot, to: Knot): number {
  return ((from.perSecond + to.perSecond) * (to.atMs - from.atMs)) / 2000;
}

function rateAt(knots: readonly Knot[], index: number, atMs: number): number {
  const from = knots[index];
  if (from === undefined) return 0;
  const to = knots[index + 1];
  if (to === undefined || to.atMs === from.atMs) return from.perSecond;
  return from.perSecond + ((to.perSecond - from.perSecond) * (atMs - from.atMs)) / (to.atMs - from.atMs);
}

/** Index of the last knot at or before the instant; -1 when there is none. */
function lastKnotBefore(knots: readonly Knot[], atMs: number): number {
  let low = -1;
  let high = knots.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const knot = knots[middle];
    if (knot !== undefined && knot.atMs <= atMs) low = middle;
    else high = middle;
  }
  return low;
}
