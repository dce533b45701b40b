import type { Dispatcher } from 'undici';

/** Of an answer, before its body. */
export interface AnswerHead {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export interface ExchangeOptions {
  /** Ends it at any time. */
  readonly signal: AbortSignal;
  /** Called when there is a connection and the request is about to be written. */
  readonly onSending?: (() => void) | undefined;
}

/**
 * One request and its answer, for a dispatcher to fill. Undici's own `request` makes a stream of each body, which is felt where
 * answers are small and many. One reader takes the body.
 */
export class OutboundExchange implements Dispatcher.DispatchHandler {
  /** Rejects with what undici says, or with the signal's reason. */
  readonly head: Promise<AnswerHead>;
  readonly #options: ExchangeOptions;
  readonly #answered: PromiseWithResolvers<AnswerHead>;
  readonly #onAbort: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #chunks: Uint8Array[] = [];
  #chunksBytes = 0;
  #end: { readonly thrown?: unknown } | undefined;
  #reader: PromiseWithResolvers<void> | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#answered = Promise.withResolvers();
    this.head = this.#answered.promise;
    // Whoever has left does not wait for it.
    this.head.catch(() => {});
    this.#onAbort = () => this.#giveUp(options.signal.reason);
    if (options.signal.aborted) this.#onAbort();
    else options.signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /**
   * The next chunk of the body, undefined behind the last one. Chunks that had come before the connection broke are handed
   * out first; none after the signal has aborted.
   */
  async take(): Promise<Uint8Array | undefined> {
    const { signal } = this.#options;
    while (this.#chunks.length === 0 || signal.aborted) {
      // All of it may have been there before.
      if (signal.aborted) throw signal.reason;
      if (this.#end !== undefined) {
        if ('thrown' in this.#end) throw this.#end.thrown;
        return undefined;
      }
      this.#reader = Promise.withResolvers();
      await this.#reader.promise;
    }
    const chunk = this.#chunks.shift();
    this.#chunksBytes -= chunk?.byteLength ?? 0;
    if (this.#controller?.paused === true && this.#chunksBytes < WAITING_BYTES_MAX) this.#controller.resume();
    return chunk;
  }

  /** Ends the connection, unless the answer is there to its end. */
  leave(): void {
    if (this.#end === undefined) this.#giveUp(new Error('nobody reads the body any more'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have been given up while it waited for a connection.
    if (this.#end !== undefined) controller.abort(asError(this.#end.thrown));
    else this.#options.onSending?.();
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHead['headers']): void {
    if (status >= FIRST_FINAL_STATUS) this.#answered.resolve({ status, headers });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#chunksBytes += chunk.byteLength;
    if (this.#chunksBytes >= WAITING_BYTES_MAX) controller.pause();
    this.#wakeReader();
  }

  onResponseEnd(): void {
    this.#finish({});
  }

  onResponseError(_: unknown, error: Error): void {
    this.#finish({ thrown: error });
  }

  #giveUp(reason: unknown): void {
    this.#chunks = [];
    this.#finish({ thrown: reason });
    this.#controller?.abort(asError(reason));
  }

  #finish(end: { readonly thrown?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#answered.reject(end.thrown);
    this.#wakeReader();
  }

  #wakeReader(): void {
    this.#reader?.resolve();
    this.#reader = undefined;
  }
}

/** Of a body that comes faster than it is read; then the connection waits. */
const WAITING_BYTES_MAX = 64 * 1024;

/** Those before announce another answer. */
const FIRST_FINAL_STATUS = 200;

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
