import type { Clock, IoClock, Release } from './clock.ts';
import { ClockHolds } from './clock-holds.ts';
import { InvariantError } from './failure.ts';
import { TimerQueue } from './timer-queue.ts';

/** How a virtual clock starts, and what it waits for between timers when it is driven asynchronously. */
export interface VirtualClockOptions {
  /** Epoch milliseconds at the start; 0 by default. */
  readonly startAtMs?: number;
  /**
   * Lets everything that is under way in this process make progress once; a turn of the event loop on Node. By default
   * one microtask.
   */
  readonly turn?: () => Promise<void>;
}

/**
 * A clock that moves only when told to, as domain time and as time of input and output in one. Timers run in the order
 * in which they are due, those of one instant in the order in which they were set, and each sees its own due time as
 * now; so the same program gives the same run every time.
 *
 * `advanceTo`, `advanceBy` and `runNext` are synchronous and don't look at holds. `settle`, `runTo`, `runBy` and
 * `runNextFree` wait before each timer until nobody holds the clock; a promise that a timer's callback returns holds it
 * until settled, and its rejection is thrown by whoever drives.
 */
export class VirtualClock implements Clock, IoClock {
  readonly #startAtMs: number;
  readonly #turn: () => Promise<void>;
  readonly #timers = new TimerQueue();
  readonly #holds = new ClockHolds();
  #nowMs: number;
  #failures: unknown[] = [];

  constructor(options: VirtualClockOptions = {}) {
    this.#startAtMs = options.startAtMs ?? 0;
    this.#nowMs = this.#startAtMs;
    this.#turn = options.turn ?? (() => Promise.resolve());
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs - this.#startAtMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => unknown): Release {
    return this.#timers.add(this.#nowMs + Math.max(0, delayMs), callback);
  }

  hold(holder?: string): Release {
    return this.#holds.hold(holder);
  }

  get heldCount(): number {
    return this.#holds.count;
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  /** Who holds the clock now, for the message of a run that stands still. */
  holders(): readonly { readonly holder: string; readonly count: number }[] {
    return this.#holds.holders();
  }

  /** When the next timer is due; undefined when there is none. */
  nextAtMs(): number | undefined {
    return this.#timers.nextAtMs();
  }

  /** Runs every timer that is due up to `atMs`, also those that they set, and stands at `atMs` afterwards. */
  advanceTo(atMs: number): void {
    if (atMs < this.#nowMs) throw new InvariantError(`a clock at ${this.#nowMs} cannot go back to ${atMs}`);
    while (this.#runDue(atMs));
    this.#nowMs = atMs;
  }

  advanceBy(durationMs: number): void {
    this.advanceTo(this.#nowMs + durationMs);
  }

  /** Advances to the next timer and runs it alone; false when there is none. */
  runNext(): boolean {
    return this.#runDue(Number.POSITIVE_INFINITY);
  }

  /** Waits until nobody holds the clock and a turn later nobody does so still. */
  async settle(): Promise<void> {
    do {
      await this.#holds.whenFree();
      await this.#turn();
    } while (this.#holds.count > 0);
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
  }

  /** Like `runNext`, when nobody holds the clock; false when there is no timer due up to `atMs` then. */
  async runNextFree(atMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    await this.settle();
    return this.#runDue(atMs);
  }

  /** Like `advanceTo`, each timer only when nobody holds the clock; nobody holds it when the promise resolves. */
  async runTo(atMs: number): Promise<void> {
    if (atMs < this.#nowMs) throw new InvariantError(`a clock at ${this.#nowMs} cannot go back to ${atMs}`);
    while (await this.runNextFree(atMs));
    this.#nowMs = atMs;
  }

  runBy(durationMs: number): Promise<void> {
    return this.runTo(this.#nowMs + durationMs);
  }

  #runDue(atMs: number): boolean {
    const timer = this.#timers.takeDue(atMs);
    if (timer === undefined) return false;
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    const begun = timer.callback();
    if (begun instanceof Promise) this.#holdUntilSettled(begun);
    return true;
  }

  #holdUntilSettled(begun: Promise<unknown>): void {
    const release = this.#holds.hold('timer');
    begun.then(release, (failure: unknown) => {
      this.#failures.push(failure);
      release();
    });
  }
}
