import type { IoClock } from '../../base/clock.ts';

/** Calls once when nothing touched it for the limit. One timer at a time, however often it is touched. */
export class SilenceWatchdog {
  readonly #ioClock: IoClock;
  readonly #limitMs: () => number;
  readonly #onSilence: (silentMs: number) => void;
  #touchedAtMs: number;
  #cancel: () => void;

  constructor(ioClock: IoClock, limitMs: () => number, onSilence: (silentMs: number) => void) {
    this.#ioClock = ioClock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#touchedAtMs = ioClock.monotonicMs();
    this.#cancel = ioClock.after(limitMs(), () => this.#look());
  }

  touched(): void {
    this.#touchedAtMs = this.#ioClock.monotonicMs();
  }

  stop(): void {
    this.#cancel();
  }

  #look(): void {
    const silentMs = this.#ioClock.monotonicMs() - this.#touchedAtMs;
    const leftMs = this.#limitMs() - silentMs;
    // Timers may fire a fraction of a millisecond early.
    if (leftMs < 1) this.#onSilence(silentMs);
    else this.#cancel = this.#ioClock.after(leftMs, () => this.#look());
  }
}
