import type { SeededRandom } from './random.ts';

/** What a request of a process is about, as far as faults and crash points tell requests apart. */
export type CallSubject =
  | 'scaleRead'
  | 'scaleWrite'
  | 'statusWrite'
  | 'lease'
  | 'memoryRead'
  | 'memoryWrite'
  | 'event'
  | 'hpaWatch'
  | 'podWatch'
  | 'discovery'
  | 'other';

/** What becomes of a request. */
export type CallEffect =
  /** The connection breaks before the server has it. */
  | { readonly kind: 'reset' }
  /** The server does it, and the connection breaks before the answer is through. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'hang' }
  /** It reaches the server late. */
  | { readonly kind: 'late'; readonly delayMs: number }
  /** The server does it at once, and answers late. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'status'; readonly code: number; readonly reason: string; readonly retryAfterSeconds?: number };

/** What becomes of a metric's reading. */
export type MetricEffect = 'failed' | 'empty' | 'garbage' | 'hang' | 'partial';

/** What becomes of the watches that are open. */
export type WatchEffect = 'cut' | 'expired' | 'silent' | 'late';

/** One kind of fault: what it does, to whom, and for how long at most. */
interface Fault {
  readonly longestMs: number;
  /** Requests that it meets; all when absent, none for a fault of metrics or watches alone. */
  readonly subjects?: readonly CallSubject[];
  readonly call?: (random: SeededRandom) => CallEffect;
  readonly metric?: MetricEffect;
  readonly watch?: WatchEffect;
}

const status = (code: number, reason: string, retryAfterSeconds?: number) => (): CallEffect => ({
  kind: 'status',
  code,
  reason,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

const WRITES: readonly CallSubject[] = ['scaleWrite', 'statusWrite', 'lease', 'memoryWrite', 'event'];

/** Every kind of fault on the way between a process and its world. */
export const FAULTS = {
  reset: { longestMs: 20_000, call: () => ({ kind: 'reset' }) },
  answerLost: { longestMs: 20_000, subjects: WRITES, call: () => ({ kind: 'lost' }) },
  hang: { longestMs: 20_000, call: () => ({ kind: 'hang' }) },
  requestLate: { longestMs: 30_000, call: (random) => ({ kind: 'late', delayMs: random.between(100, 20_000) }) },
  answerSlow: { longestMs: 30_000, call: (random) => ({ kind: 'slow', delayMs: random.between(100, 20_000) }) },
  error500: { longestMs: 20_000, call: status(500, 'InternalError') },
  unavailable503: { longestMs: 20_000, call: status(503, 'ServiceUnavailable', 1) },
  tooMany429: { longestMs: 20_000, call: status(429, 'TooManyRequests', 2) },
  conflictOnScale: { longestMs: 20_000, subjects: ['scaleWrite'], call: status(409, 'Conflict') },
  conflictOnStatus: { longestMs: 20_000, subjects: ['statusWrite'], call: status(409, 'Conflict') },
  conflictOnLease: { longestMs: 10_000, subjects: ['lease'], call: status(409, 'Conflict') },
  conflictOnMemory: { longestMs: 20_000, subjects: ['memoryWrite'], call: status(409, 'Conflict') },
  memoryGone: { longestMs: 20_000, subjects: ['memoryRead', 'memoryWrite'], call: status(500, 'InternalError') },
  leaseUnreachable: { longestMs: 20_000, subjects: ['lease'], call: () => ({ kind: 'hang' }) },
  forbidden403: { longestMs: 20_000, call: status(403, 'Forbidden') },
  scaleNotFound: { longestMs: 20_000, subjects: ['scaleRead', 'scaleWrite'], call: status(404, 'NotFound') },
  eventsRefused: { longestMs: 30_000, subjects: ['event'], call: status(403, 'Forbidden') },
  truncated: { longestMs: 20_000, call: () => ({ kind: 'truncated' }) },
  apiServerDown: { longestMs: 60_000, call: () => ({ kind: 'reset' }), watch: 'cut' },
  watchCut: { longestMs: 1_000, watch: 'cut' },
  watchExpired: { longestMs: 1_000, watch: 'expired' },
  watchSilent: { longestMs: 120_000, watch: 'silent' },
  watchLate: { longestMs: 60_000, watch: 'late' },
  metricsFailed: { longestMs: 60_000, metric: 'failed' },
  metricsEmpty: { longestMs: 40_000, metric: 'empty' },
  metricsGarbage: { longestMs: 40_000, metric: 'garbage' },
  metricsHang: { longestMs: 30_000, metric: 'hang' },
  metricsPartial: { longestMs: 60_000, metric: 'partial' },
} as const satisfies Record<string, Fault>;

export type FaultKind = keyof typeof FAULTS;

interface ActiveFault {
  readonly kind: FaultKind;
  readonly hitRatio: number;
  readonly endAtMs: number;
}

/** The faults that are in force now. Counts what it hands out. */
export class FaultBoard {
  readonly counts = new Map<FaultKind, number>();
  readonly #random: SeededRandom;
  #active: ActiveFault[] = [];

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  begin(kind: FaultKind, hitRatio: number, endAtMs: number): void {
    this.#active.push({ kind, hitRatio, endAtMs });
    if (faultOf(kind).watch !== undefined) this.#count(kind);
  }

  /** Lifts what is over. */
  end(nowMs: number): void {
    this.#active = this.#active.filter(({ endAtMs }) => endAtMs > nowMs);
  }

  /** What befalls a request now; undefined when it passes. */
  ofCall(subject: CallSubject): CallEffect | undefined {
    for (const { kind, hitRatio } of this.#active) {
      const { call, subjects } = faultOf(kind);
      if (call === undefined || (subjects !== undefined && !subjects.includes(subject))) continue;
      // A server that is down is down for everybody.
      if (kind !== 'apiServerDown' && !this.#random.chance(hitRatio)) continue;
      this.#count(kind);
      return call(this.#random);
    }
    return undefined;
  }

  /** What befalls the reading of a metric now. */
  ofMetric(): MetricEffect | undefined {
    for (const { kind, hitRatio } of this.#active) {
      const { metric } = faultOf(kind);
      if (metric === undefined || !this.#random.chance(hitRatio)) continue;
      this.#count(kind);
      return metric;
    }
    return undefined;
  }

  #count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}

/** The row of a kind. */
export function faultOf(kind: FaultKind): Fault {
  return FAULTS[kind];
}
