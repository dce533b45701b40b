import type { SinkQuota } from '../../sink/sink.ts';

/** The span in which a quota's burst is counted. */
export const BURST_MS = 5_000;

/** What is kept for critical messages of a quota that has room for it. */
const CRITICAL_RESERVE_COUNT = 4;
/** A small quota keeps no more than this part of itself. */
const CRITICAL_RESERVE_FRACTION = 0.25;

/**
 * When a credential was used: at most `countMax` in *any* `periodMs` and `burstCount` in any five seconds, of which
 * some are kept for critical messages. A token bucket of the same size would let twice as many through in one period.
 * All times are of one clock that never goes backwards.
 */
export class SlidingLog {
  readonly #quota: SinkQuota;
  /** Ascending. */
  #usedAtMs: number[];

  /** Goes on with what was used before, in any order. */
  constructor(quota: SinkQuota, usedAtMs: readonly number[] = []) {
    this.#quota = quota;
    this.#usedAtMs = usedAtMs.toSorted((left, right) => left - right);
  }

  /** What counts still, ascending: what has to be kept for the next who uses the credential. */
  uses(nowMs: number): readonly number[] {
    const spanMs = Math.max(this.#quota.periodMs, BURST_MS);
    this.#usedAtMs = this.#usedAtMs.filter((atMs) => nowMs - atMs <= spanMs);
    return this.#usedAtMs;
  }

  /** How long to wait until one more may go out; 0 when it may now. */
  waitMs(nowMs: number, isCritical: boolean): number {
    const { periodMs, burstCount } = this.#quota;
    const periodWaitMs = this.#waitFor(nowMs, this.#countMax(isCritical), periodMs);
    return Math.max(periodWaitMs, this.#waitFor(nowMs, Math.max(1, burstCount), BURST_MS));
  }

  /** How many more may go out within this period. */
  freeCount(nowMs: number, isCritical: boolean): number {
    const used = this.#usedAtMs.filter((atMs) => nowMs - atMs <= this.#quota.periodMs).length;
    return Math.max(0, this.#countMax(isCritical) - used);
  }

  /** Counts a use; to be called before the request goes out. */
  use(nowMs: number): void {
    this.#usedAtMs = [...this.uses(nowMs), nowMs];
  }

  /** Moves the last use to when its answer came: the receiver may have counted it as late as that. */
  answered(nowMs: number): void {
    if (this.#usedAtMs.length > 0) this.#usedAtMs[this.#usedAtMs.length - 1] = nowMs;
  }

  #countMax(isCritical: boolean): number {
    const { countMax } = this.#quota;
    const reserved = Math.min(CRITICAL_RESERVE_COUNT, Math.floor(countMax * CRITICAL_RESERVE_FRACTION));
    return Math.max(1, isCritical ? countMax : countMax - reserved);
  }

  /** Both ends of a span count, so that the oldest must be further away than the span. */
  #waitFor(nowMs: number, countMax: number, spanMs: number): number {
    const blocking = this.#usedAtMs.at(-countMax);
    return blocking === undefined ? 0 : Math.max(0, blocking + spanMs + 1 - nowMs);
  }
}
