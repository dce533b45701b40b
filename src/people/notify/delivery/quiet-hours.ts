import type { Severity } from '../../../core/episode/notice.ts';
import { DAY_MS, instantOf, localDayOf, MINUTE_MS } from '../local-time.ts';

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
