import { isDeepStrictEqual } from 'node:util';
import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';

/** A list that is read from somewhere else, and how. */
export interface KeptListOptions<Item> {
  readonly read: (signal: AbortSignal) => Promise<readonly Item[]>;
  /** For how long it stands before it is read again. */
  readonly keptMs: number;
  /** Longest wait for one reading. */
  readonly deadlineMs: number;
  readonly ioClock: IoClock;
}

/**
 * A list that is read again when somebody wants it and it is old; they get what is known meanwhile. The same array for as
 * long as what is read stays the same.
 */
export class KeptList<Item> {
  readonly #options: KeptListOptions<Item>;
  #list: readonly Item[] | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  constructor(options: KeptListOptions<Item>) {
    this.#options = options;
  }

  /** Waits for the first reading alone. Throws what the last reading threw. */
  async current(signal: AbortSignal): Promise<readonly Item[]> {
    const { ioClock, keptMs } = this.#options;
    if (ioClock.monotonicMs() - this.#readAtMs >= keptMs) this.#reading ??= this.#read();
    const isKnown = this.#list !== undefined || this.#failure !== undefined;
    if (!isKnown && this.#reading !== undefined) await orAborted(this.#reading, signal);
    if (this.#failure !== undefined) throw this.#failure.thrown;
    return this.#list ?? [];
  }

  /** Never rejects: whoever asks next is told. */
  async #read(): Promise<void> {
    const { ioClock, deadlineMs, read } = this.#options;
    const ending = new AbortController();
    const cancelDeadline = ioClock.after(deadlineMs, () => ending.abort(new Error('context deadline exceeded')));
    try {
      const list = await orAborted(read(ending.signal), ending.signal);
      if (!isDeepStrictEqual(list, this.#list)) this.#list = list;
      this.#failure = undefined;
    } catch (thrown) {
      this.#failure = { thrown };
    } finally {
      cancelDeadline();
      this.#readAtMs = ioClock.monotonicMs();
      this.#reading = undefined;
    }
  }
}
