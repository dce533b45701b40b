import { jitteredWaitMs, RETRY_MS_MAX } from './jitter.ts';

/** From here on a sink that does not take messages counts as down, and its fallback takes over. */
export const DOWN_AFTER_MS = 300_000;

/** How a sink has been doing. Instants are monotonic. */
export class SinkHealth {
  #failureCount = 0;
  #failingSinceMs: number | null = null;
  #isRefused = false;
  #isTried = false;
  #retryAtMs = 0;
  #detail = '';

  /** Whether it has met a message at all: before, nobody knows how it is. */
  get isTried(): boolean {
    return this.#isTried;
  }

  /** Not before this instant is it tried again. */
  get retryAtMs(): number {
    return this.#retryAtMs;
  }

  /** What it said last against a message; empty while it takes them. */
  get detail(): string {
    return this.#detail;
  }

  /** Since when it has not taken a message; null while it does. */
  get failingSinceMs(): number | null {
    return this.#failingSinceMs;
  }

  /** When its fallback takes over: at once when somebody must do something about it; null while it is well. */
  get downAtMs(): number | null {
    if (this.#failingSinceMs === null) return null;
    return this.#isRefused ? this.#failingSinceMs : this.#failingSinceMs + DOWN_AFTER_MS;
  }

  isDown(nowMs: number): boolean {
    return this.downAtMs !== null && nowMs >= this.downAtMs;
  }

  succeeded(): void {
    this.#isTried = true;
    this.#failureCount = 0;
    this.#failingSinceMs = null;
    this.#isRefused = false;
    this.#retryAtMs = 0;
    this.#detail = '';
  }

  /** It did not take a message, and may take the next. */
  failed(nowMs: number, detail: string, random: () => number, retryAfterMs = 0): void {
    this.#isTried = true;
    this.#failureCount += 1;
    this.#failingSinceMs ??= nowMs;
    this.#detail = detail;
    this.#retryAtMs = nowMs + Math.max(retryAfterMs, jitteredWaitMs(this.#failureCount, 0, random));
  }

  /** It will take nothing until somebody has done something; it is tried now and then all the same. */
  refused(nowMs: number, detail: string): void {
    this.#isTried = true;
    this.#failureCount += 1;
    this.#failingSinceMs ??= nowMs;
    this.#isRefused = true;
    this.#detail = detail;
    this.#retryAtMs = nowMs + RETRY_MS_MAX;
  }

  /** What was wrong may have been put right: it is tried at once. */
  changed(): void {
    this.#isRefused = false;
    this.#retryAtMs = 0;
  }
}
