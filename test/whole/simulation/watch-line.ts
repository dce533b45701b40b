import { orAborted, untilAborted } from '../../../src/base/cancellation.ts';
import type { CallSubject } from './faults.ts';
import type { NodeClock } from './node-clock.ts';

/** One open watch of a process, and what becomes of what the server sends on it. */
export class WatchLine {
  readonly subject: CallSubject;
  /** Since when everything has come through at once, ms. */
  undisturbedSinceMs: number;
  readonly #clock: NodeClock;
  readonly #line = new AbortController();
  readonly #asked: AbortSignal;
  #isSilent = false;
  #delayMs = 0;

  constructor(subject: CallSubject, clock: NodeClock, asked: AbortSignal) {
    this.subject = subject;
    this.#clock = clock;
    this.#asked = asked;
    this.undisturbedSinceMs = clock.nowMs();
    asked.addEventListener('abort', () => this.cut(), { once: true });
  }

  /** Ends the server's side. */
  get signal(): AbortSignal {
    return this.#line.signal;
  }

  get isOpen(): boolean {
    return !this.#line.signal.aborted;
  }

  cut(): void {
    this.#line.abort(new Error('the line was cut'));
  }

  /** What comes from now on is lost, though the line stays. */
  silence(): void {
    this.#isSilent = true;
    this.undisturbedSinceMs = Number.POSITIVE_INFINITY;
  }

  /** What comes from now on comes so much later; 0 ends that. */
  slowDown(delayMs: number): void {
    this.#delayMs = delayMs;
    this.undisturbedSinceMs = delayMs === 0 ? this.#clock.nowMs() : Number.POSITIVE_INFINITY;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** What the process gets of the server's stream; a cut ends it with a broken connection, a death with nothing. */
  async *carry(body: ReadableStream<Uint8Array>, broken: () => Error): AsyncGenerator<Uint8Array> {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await this.#next(reader, broken);
        if (done) return;
        if (this.#isSilent) continue;
        if (this.#delayMs > 0) await this.#pass(this.#delayMs);
        await this.#clock.awake();
        yield value;
      }
    } finally {
      reader.cancel().catch(() => undefined);
      this.cut();
    }
  }

  async #next(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    broken: () => Error,
  ): Promise<Awaited<ReturnType<typeof reader.read>>> {
    try {
      const result = await orAborted(reader.read(), this.#line.signal);
      // A silent line does not even end.
      if (result.done && this.#isSilent) await untilAborted(this.#line.signal);
      else return result;
    } catch {
      // Cut: what follows tells it as the process sees it.
    }
    await this.#clock.awake();
    this.#asked.throwIfAborted();
    throw broken();
  }

  #pass(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.world.after(delayMs, resolve));
  }
}
