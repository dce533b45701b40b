import { untilAborted } from '../../base/cancellation.ts';
import type { Clock, IoClock } from '../../base/clock.ts';
import { createFullSpeedClock } from '../../platform/time/full-speed-clock.ts';
import { createScaledClock } from '../../platform/time/scaled-clock.ts';
import type { LabSpeed } from '../config/lab-config.ts';

/** The lab's domain clock. */
export interface LabClock {
  readonly clock: Clock;
  /** Lets time pass until the signal aborts; rejects when a part holds it for good. A real-time clock just waits. */
  run(signal: AbortSignal): Promise<void>;
}

/** As fast as possible, a story begins at one and the same instant, so that two runs print the same. */
const STORY_START_MS = Date.UTC(2026, 0, 1);

/** The clock for a speed. Only at full speed does time wait for those who hold it. */
export function createLabClock(speed: LabSpeed, ioClock: IoClock): LabClock {
  if (speed.kind === 'max') {
    const clock = createFullSpeedClock(ioClock, { startAtMs: STORY_START_MS });
    return { clock, run: (signal) => clock.run(signal) };
  }
  const clock = createScaledClock(ioClock, { speedFactor: speed.factor });
  return { clock, run: untilAborted };
}
