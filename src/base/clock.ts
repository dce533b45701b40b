import type { AbortSignalLike } from './cancellation.ts';

/** Undoes what the call that returned it did; calling it again does nothing. */
export type Release = () => void;

/**
 * Domain time: decisions, windows, sync periods, sample ages, pod start-up. Wall time at start plus monotonic elapsed
 * time; the lab accelerates this clock only, and tests drive it by hand.
 */
export interface Clock {
  /** Epoch milliseconds, never going backwards, with a fraction when the clock has one. */
  nowMs(): number;
  /**
   * Calls `callback` once, `delayMs` of this clock from now (at once in a later turn when 0 or less). A promise that it
   * returns holds the clock until it is settled; a rejection is a bug of the callback and ends the run.
   */
  after(delayMs: number, callback: () => unknown): Release;
  /**
   * Keeps a clock that runs as fast as possible from advancing until released. A part holds the clock from its timer
   * until its writes are answered; a listener of a watch cache that will act on a change takes its hold before it
   * returns. On a real-time clock it does nothing. `holder` names the part in the message of a run that stands still.
   */
  hold(holder?: string): Release;
}

/** Time of input and output: deadlines, Leases, watches. Always real outside `test/whole`. */
export interface IoClock {
  /** Milliseconds since an arbitrary origin, never going backwards. */
  monotonicMs(): number;
  /** Epoch milliseconds of the wall clock, which may step. */
  wallMs(): number;
  /** Calls `callback` once after `delayMs` real milliseconds. */
  after(delayMs: number, callback: () => void): Release;
}

/**
 * Watch events on their way from a server to a cache of the same process, so that a clock at full speed waits for them.
 * The server calls `sent` for each event it writes to a watch that named a ledger `token` in its request, the client
 * `received` when its cache has applied the event, and either of them `closed` when the stream is over.
 */
export interface DeliveryLedger {
  sent(token: string): void;
  received(token: string): void;
  closed(token: string): void;
}

/** The request header by which a watch of the same process names its token of the delivery ledger. */
export const DELIVERY_TOKEN_HEADER = 'podtide-delivery-token';

/**
 * Does `work` while holding the clock, from before its first step until it is settled. For everything that a part does
 * at an instant of domain time other than straight from its timer's callback.
 */
export async function holdWhile<T>(clock: Pick<Clock, 'hold'>, holder: string, work: () => Promise<T>): Promise<T> {
  const release = clock.hold(holder);
  try {
    return await work();
  } finally {
    release();
  }
}

/**
 * Resolves after `delayMs` of the clock; what follows does not hold the clock by itself. Rejects with the signal's
 * reason when it aborts first.
 */
export function sleep(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignalLike): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort);
  });
}
