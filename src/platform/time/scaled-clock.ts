import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { InvariantError } from '../../base/failure.ts';
import { TimerQueue } from '../../base/timer-queue.ts';

export interface ScaledClockOptions {
  /** Epoch milliseconds of domain time at creation; the wall clock by default. */
  readonly startAtMs?: number;
  /** Domain milliseconds for each real one; 1 by default. */
  readonly speedFactor?: number;
}

/**
 * Domain time as wall time at start plus monotonic elapsed time, `speedFactor` times as fast. One real timer serves all
 * timers of the queue, so that those of one instant run in the order in which they were set. Holds do nothing: this
 * clock waits for nobody.
 */
export function createScaledClock(io: IoClock, options: ScaledClockOptions = {}): Clock {
  const startAtMs = options.startAtMs ?? io.wallMs();
  const speedFactor = options.speedFactor ?? 1;
  if (!(speedFactor > 0)) throw new InvariantError(`a clock cannot run ${speedFactor} times as fast`);
  const originMs = io.monotonicMs();
  const nowMs = (): number => startAtMs + (io.monotonicMs() - originMs) * speedFactor;
  const timers = new TimerQueue();
  let armed: { readonly atMs: number; readonly cancel: Release } | undefined;

  const arm = (): void => {
    const atMs = timers.nextAtMs();
    if (armed !== undefined && armed.atMs === atMs) return;
    armed?.cancel();
    armed = atMs === undefined ? undefined : { atMs, cancel: io.after((atMs - nowMs()) / speedFactor, fire) };
  };
  const fire = (): void => {
    armed = undefined;
    const timer = timers.takeDue(nowMs());
    // The next one is armed first: a callback that throws must not stop the clock.
    arm();
    timer?.callback();
  };

  return {
    nowMs,
    after(delayMs, callback) {
      const cancel = timers.add(nowMs() + Math.max(0, delayMs), callback);
      arm();
      return () => {
        cancel();
        arm();
      };
    },
    hold: () => () => {},
  };
}
