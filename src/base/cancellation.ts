/** The part of AbortSignal that waiting needs, so that base stays free of platform types. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Settles as `promise` does, or rejects with the signal's reason when that aborts first, also when it had aborted before;
 * what becomes of the promise afterwards is dropped, a rejection too. Leaves no listener behind.
 */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Resolves when the signal aborts, at once when it has. */
export function untilAborted(signal: AbortSignalLike): Promise<void> {
  return new Promise((resolve) => {
    const onAbort = (): void => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', onAbort);
  });
}
