import type { Worker } from 'node:worker_threads';

/** How a thread is asked. */
export interface ThreadQuestion {
  /** Says in errors which thread it is: `the parsing thread`. */
  readonly name: string;
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Asks a thread that answers one question at a time. An answer that is being waited for keeps the process alive, an idle
 * thread does not. Rejects with the thread's own error, when it ends, and with the signal's reason; after that it is not to be
 * asked again.
 */
export function askThread<Answer>(
  worker: Worker,
  question: unknown,
  { name, signal }: ThreadQuestion,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      worker.unref();
    };
    const onMessage = (answer: Answer): void => {
      leave();
      resolve(answer);
    };
    const onError = (error: unknown): void => {
      leave();
      reject(error);
    };
    const onExit = (code: number): void => onError(new Error(`${name} ended with code ${code}`));
    const onAbort = (): void => onError(signal?.reason);
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    worker.ref();
    worker.postMessage(question);
  });
}
