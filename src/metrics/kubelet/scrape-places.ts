import type { IoClock } from '../../base/clock.ts';
import {
  KUBELET_SCRAPE_SLOW_MS,
  KUBELET_SCRAPES_COUNT_MAX,
  KUBELET_SLOW_SCRAPES_COUNT_MAX,
} from '../../base/limits.ts';

/** How many scrapes may be under way. */
export interface ScrapePlacesOptions {
  readonly ioClock: Pick<IoClock, 'after'>;
  readonly countMax?: number;
  readonly slowMs?: number;
  readonly slowCountMax?: number;
}

/**
 * Bounds the scrapes under way, first come, first served. One that takes long gives its place to the next while it goes on
 * waiting, so that a zone of nodes that hang delays nobody else.
 */
export class ScrapePlaces {
  readonly #ioClock: Pick<IoClock, 'after'>;
  readonly #countMax: number;
  readonly #slowMs: number;
  readonly #slowCountMax: number;
  readonly #waiting = new Set<() => void>();
  #heldCount = 0;
  #slowCount = 0;

  constructor(options: ScrapePlacesOptions) {
    this.#ioClock = options.ioClock;
    this.#countMax = options.countMax ?? KUBELET_SCRAPES_COUNT_MAX;
    this.#slowMs = options.slowMs ?? KUBELET_SCRAPE_SLOW_MS;
    this.#slowCountMax = options.slowCountMax ?? KUBELET_SLOW_SCRAPES_COUNT_MAX;
  }

  /** Scrapes that wait for a place. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Does the work when there is a place; rejects with the signal's reason when that aborts while it waits. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#heldCount >= this.#countMax) await this.#wait(signal);
    else this.#heldCount += 1;
    let isHeld = true;
    const cancelSlow = this.#ioClock.after(this.#slowMs, () => {
      if (this.#slowCount >= this.#slowCountMax) return;
      isHeld = false;
      this.#slowCount += 1;
      this.#pass();
    });
    try {
      return await work();
    } finally {
      cancelSlow();
      if (isHeld) this.#pass();
      else this.#slowCount -= 1;
    }
  }

  /** Resolves with a place that somebody passed on. */
  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const take = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.delete(take);
        reject(signal.reason);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(take);
    });
  }

  #pass(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#heldCount -= 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
