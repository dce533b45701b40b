import type { AbortSignalLike } from '../../base/cancellation.ts';
import type { Release } from '../../base/clock.ts';

/** How many at once, and how many more may wait. */
export interface RequestQueueOptions {
  readonly underWayCountMax: number;
  readonly waitingCountMax: number;
}

/** Places for the requests to one backend, given away in the order in which they are asked for. */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  #underWayCount = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: RequestQueueOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a place; whoever has one gives it back by the Release. Undefined at once when too many wait. Rejects with the
   * signal's reason when it aborts first.
   */
  async enter(signal: AbortSignalLike): Promise<Release | undefined> {
    if (signal.aborted) throw signal.reason;
    if (this.#underWayCount < this.#options.underWayCountMax) this.#underWayCount += 1;
    else if (this.#waiting.size >= this.#options.waitingCountMax) return undefined;
    else await this.#wait(signal);
    let isLeft = false;
    return () => {
      if (isLeft) return;
      isLeft = true;
      this.#leave();
    };
  }

  /** A place that is left goes to who has waited longest, without becoming free in between. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#underWayCount -= 1;
    else next();
  }

  #wait(signal: AbortSignalLike): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(take);
        reject(signal.reason);
      };
      const take = (): void => {
        signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(take);
        resolve();
      };
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(take);
    });
  }
}
