import type { IoClock } from '../../base/clock.ts';
import { CONTROLLER_SLOW_SYNCS_COUNT_MAX, CONTROLLER_SYNC_SLOW_MS } from '../../base/limits.ts';

/**
 * Bounded concurrency that one hanging backend cannot use up: work that has been under way for a second gives its place
 * to somebody else and goes on in the slow lane, which has a bound of its own.
 */
export class Lanes {
  readonly #ioClock: IoClock;
  readonly #fastCountMax: number;
  #fastCount = 0;
  #slowCount = 0;
  #onPlace: () => void = () => {};

  constructor(ioClock: IoClock, fastCountMax: number) {
    this.#ioClock = ioClock;
    this.#fastCountMax = fastCountMax;
  }

  /** Who is told when a place has become free. */
  onPlace(listener: () => void): void {
    this.#onPlace = listener;
  }

  get hasPlace(): boolean {
    return this.#fastCount < this.#fastCountMax;
  }

  /** Work under way, slow work included. */
  get inFlightCount(): number {
    return this.#fastCount + this.#slowCount;
  }

  /** Runs `work` in a place that the caller has made sure of with `hasPlace`. */
  async run(work: () => Promise<void>): Promise<void> {
    let isSlow = false;
    this.#fastCount++;
    const cancelSlow = this.#ioClock.after(CONTROLLER_SYNC_SLOW_MS, () => {
      if (this.#slowCount >= CONTROLLER_SLOW_SYNCS_COUNT_MAX) return;
      isSlow = true;
      this.#fastCount--;
      this.#slowCount++;
      this.#onPlace();
    });
    try {
      await work();
    } finally {
      cancelSlow();
      if (isSlow) this.#slowCount--;
      else this.#fastCount--;
      this.#onPlace();
    }
  }
}
