export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** A time of every day. */
export interface DailyTime {
  /** Minutes since midnight, local time. */
  readonly minute: number;
  /** IANA name. */
  readonly timeZone: string;
}

/** The last instant up to `atMs` at which it was that time of day, epoch ms. */
export function lastDailyMs({ minute, timeZone }: DailyTime, atMs: number): number {
  const localMs = localDayOf(timeZone, atMs) + minute * MINUTE_MS;
  const todayMs = instantOf(timeZone, localMs);
  return todayMs <= atMs ? todayMs : instantOf(timeZone, localMs - DAY_MS);
}

/** The first instant after `atMs` at which it will be that time of day, epoch ms. */
export function nextDailyMs({ minute, timeZone }: DailyTime, atMs: number): number {
  const localMs = localDayOf(timeZone, atMs) + minute * MINUTE_MS;
  const todayMs = instantOf(timeZone, localMs);
  return todayMs > atMs ? todayMs : instantOf(timeZone, localMs + DAY_MS);
}

/** Whether the runtime knows the zone. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Midnight of the local day of an instant, as if the zone were UTC. */
export function localDayOf(timeZone: string, atMs: number): number {
  const localMs = atMs + offsetMs(timeZone, atMs);
  return localMs - (((localMs % DAY_MS) + DAY_MS) % DAY_MS);
}

/**
 * The instant of a local time that is given as if the zone were UTC. A local time that a change of the clocks leaves out is
 * the instant of the change, and one that comes twice is the first of the two.
 */
export function instantOf(timeZone: string, localMs: number): number {
  const beforeMs = offsetMs(timeZone, localMs - DAY_MS);
  const afterMs = offsetMs(timeZone, localMs + DAY_MS);
  const candidates = [localMs - beforeMs, localMs - afterMs].filter(
    (atMs) => atMs + offsetMs(timeZone, atMs) === localMs,
  );
  if (candidates.length > 0) return Math.min(...candidates);
  // The clocks were put forward over it: the change lies between the two readings.
  let lowMs = localMs - Math.max(beforeMs, afterMs);
  let highMs = localMs - Math.min(beforeMs, afterMs);
  while (highMs - lowMs > 1) {
    const middleMs = Math.floor((lowMs + highMs) / 2);
    if (offsetMs(timeZone, middleMs) === beforeMs) lowMs = middleMs;
    else highMs = middleMs;
  }
  return highMs;
}

/** How far local time is ahead of UTC at an instant. */
function offsetMs(timeZone: string, atMs: number): number {
  const parts = new Intl.DateTimeFormat('en-US', { ...LOCAL_FIELDS, timeZone }).formatToParts(atMs);
  const field = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  const localMs = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
  return localMs - Math.floor(atMs / 1_000) * 1_000;
}

const LOCAL_FIELDS = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;
