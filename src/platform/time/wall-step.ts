import type { IoClock, Release } from '../../base/clock.ts';

export interface WallStepOptions {
  /** How often the two clocks are compared; 10 s by default. */
  readonly everyMs?: number;
  /** The smallest step that is reported; 5 s by default, above what time synchronisation slews. */
  readonly thresholdMs?: number;
}

/**
 * Compares the wall clock with the monotonic one and reports each step of the wall clock: positive when it jumped
 * ahead. Domain time does not follow such a step, so that windows and sample ages stay true; people must be told,
 * because times in logs and objects then differ from the machine's.
 */
export function watchWallSteps(io: IoClock, report: (stepMs: number) => void, options: WallStepOptions = {}): Release {
  const everyMs = options.everyMs ?? 10_000;
  const thresholdMs = options.thresholdMs ?? 5_000;
  let offsetMs = io.wallMs() - io.monotonicMs();
  let cancel: Release;
  const compare = (): void => {
    const stepMs = io.wallMs() - io.monotonicMs() - offsetMs;
    offsetMs += stepMs;
    if (Math.abs(stepMs) >= thresholdMs) report(stepMs);
    cancel = io.after(everyMs, compare);
  };
  cancel = io.after(everyMs, compare);
  return () => cancel();
}
