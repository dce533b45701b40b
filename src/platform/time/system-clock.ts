import type { IoClock, Release } from '../../base/clock.ts';

/** The longest delay that one of the platform's timers can wait; longer ones are cut into pieces. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The machine's clocks and timers: monotonic since the process started, wall time since the epoch. */
export function createSystemClock(): IoClock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    after: afterRealTime,
  };
}

function afterRealTime(delayMs: number, callback: () => void): Release {
  let timer: ReturnType<typeof setTimeout>;
  const wait = (leftMs: number): void => {
    timer =
      leftMs > TIMEOUT_MS_MAX
        ? setTimeout(() => wait(leftMs - TIMEOUT_MS_MAX), TIMEOUT_MS_MAX)
        : setTimeout(callback, Math.max(0, leftMs));
  };
  wait(delayMs);
  return () => clearTimeout(timer);
}
