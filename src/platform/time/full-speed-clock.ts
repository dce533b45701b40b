import { setImmediate } from 'node:timers';
import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';

export interface FullSpeedClockOptions {
  /** Epoch milliseconds of domain time at creation. */
  readonly startAtMs: number;
  /** Real milliseconds that somebody may hold the clock before the run is given up; 60 s by default. */
  readonly stallMs?: number;
}

/**
 * Domain time as fast as possible: the clock advances to its next timer only while nobody holds it, one timer at a time,
 * with a turn of the event loop before each. Parts that talk over sockets in one process therefore see the same story
 * every time, as long as each holds the clock from its timer until its writes are answered (a callback that returns
 * its promise does), and watches name tokens of a delivery ledger.
 */
export interface FullSpeedClock extends Clock {
  /**
   * Runs timers until `signal` aborts, also waiting for new ones while there are none. Rejects with
   * Failure('unavailable') that names the holders when somebody holds the clock for longer than `stallMs`, and with
   * whatever a callback's promise rejects with.
   */
  run(signal: AbortSignal): Promise<void>;
  holders(): readonly { readonly holder: string; readonly count: number }[];
}

export function createFullSpeedClock(io: IoClock, options: FullSpeedClockOptions): FullSpeedClock {
  const stallMs = options.stallMs ?? 60_000;
  const clock = new VirtualClock({ startAtMs: options.startAtMs, turn: eventLoopTurn });
  let wake: (() => void) | undefined;

  // A run waits here again and again: each wait takes its listener away.
  const untilTimerSet = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const leave = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      wake = leave;
      signal.addEventListener('abort', leave);
    });

  return {
    nowMs: () => clock.nowMs(),
    after(delayMs, callback) {
      const cancel = clock.after(delayMs, callback);
      wake?.();
      return cancel;
    },
    hold: (holder) => clock.hold(holder),
    holders: () => clock.holders(),
    async run(signal) {
      while (!signal.aborted) {
        await giveUpAfter(io, stallMs, clock, signal, clock.settle());
        if (signal.aborted) return;
        if (!clock.runNext()) await untilTimerSet(signal);
      }
    },
  };
}

/** Resolves with `settled`, or when the signal aborts; rejects when neither happens within `stallMs` of real time. */
function giveUpAfter(
  io: IoClock,
  stallMs: number,
  clock: VirtualClock,
  signal: AbortSignal,
  settled: Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => finish(resolve);
    const cancel: Release = io.after(stallMs, () => finish(() => reject(stalled(clock, stallMs))));
    const finish = (end: () => void): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      end();
    };
    signal.addEventListener('abort', onAbort);
    settled.then(
      () => finish(resolve),
      (failure: unknown) => finish(() => reject(failure)),
    );
  });
}

function stalled(clock: VirtualClock, stallMs: number): Failure {
  const holders = clock.holders().map(({ holder, count }) => (count === 1 ? holder : `${holder} ×${count}`));
  return new Failure(
    'unavailable',
    `domain time stands still: held for ${stallMs / 1000} s of real time by ${holders.join(', ')}`,
  );
}

function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
