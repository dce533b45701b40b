import type { Severity } from '../../../core/episode/notice.ts';

/** The days of a week as a configuration names them, Sunday first as in `Date`. */
export const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** Hours of some days in which messages wait, or are dropped. */
export interface QuietHours {
  /** On which they begin; all of them when empty. */
  readonly days: readonly Weekday[];
  /** Minutes since midnight, local time; when `toMinute` is not later, they end on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
  /** What becomes of notices: each waits, none is told, or all come as one message. */
  readonly mode: 'queue' | 'drop' | 'digest';
  /** Severities that are told all the same. */
  readonly exceptSeverities: readonly Severity[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Hours that follow each other without a gap are followed for this long; beyond it all time is quiet. */
const CHAIN_COUNT_MAX = 14;

/**
 * Until when it is quiet, epoch ms; undefined when it is not. A local time that a change of the clocks leaves out is the
 * instant of the change, and one that comes twice is the first of the two.
 */
export function quietUntilMs(quiet: QuietHours, timeZone: string, atMs: number): number | undefined {
  let untilMs: number | undefined;
  for (let count = 0; count < CHAIN_COUNT_MAX; count++) {
    const endMs = endOfHoursAt(quiet, timeZone, untilMs ?? atMs);
    if (endMs === undefined) return untilMs;
    untilMs = endMs;
  }
  return untilMs;
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

/** The end of the hours that this instant lies in: those that begin on its day, or that began the day before. */
function endOfHoursAt(quiet: QuietHours, timeZone: string, atMs: number): number | undefined {
  const { days, fromMinute, toMinute } = quiet;
  const midnight = localDayOf(timeZone, atMs);
  const endDayOffset = toMinute <= fromMinute ? 1 : 0;
  for (const dayOffset of [0, -1]) {
    const localDayMs = midnight + dayOffset * DAY_MS;
    const weekday = WEEKDAYS[new Date(localDayMs).getUTCDay()];
    if (days.length > 0 && (weekday === undefined || !days.includes(weekday))) continue;
    const beginMs = instantOf(timeZone, localDayMs + fromMinute * MINUTE_MS);
    const endMs = instantOf(timeZone, localDayMs + endDayOffset * DAY_MS + toMinute * MINUTE_MS);
    if (beginMs <= atMs && atMs < endMs) return endMs;
  }
  return undefined;
}

/** Midnight of the local day of an instant, as if the zone were UTC. */
function localDayOf(timeZone: string, atMs: number): number {
  const localMs = atMs + offsetMs(timeZone, atMs);
  return localMs - (((localMs % DAY_MS) + DAY_MS) % DAY_MS);
}

/** The instant of a local time that is given as if the zone were UTC. */
function instantOf(timeZone: string, localMs: number): number {
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
