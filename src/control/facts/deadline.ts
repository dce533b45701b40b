import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';

/** client-go's text for a deadline that has passed. */
export const DEADLINE_TEXT = 'context deadline exceeded';

/**
 * Does `work` within `deadlineMs` of real time. When that is over, or `signal` aborts, it rejects with Failure
 * `unavailable` whether or not the work heeds the signal it was given; what the work does afterwards is dropped.
 */
export async function withDeadline<T>(
  ioClock: Pick<IoClock, 'after'>,
  deadlineMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (text: string): void => controller.abort(new Failure('unavailable', text));
  const follow = (): void => abort(abortText(signal.reason));
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const cancelTimer = ioClock.after(deadlineMs, () => abort(DEADLINE_TEXT));
  try {
    controller.signal.throwIfAborted();
    return await orAborted(work(controller.signal), controller.signal);
  } finally {
    cancelTimer();
    signal.removeEventListener('abort', follow);
  }
}

function abortText(reason: unknown): string {
  return reason instanceof Failure ? reason.message : 'context canceled';
}
