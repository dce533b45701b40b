import type { Language } from '../../src/core/explain/language.ts';

/** Writes instants (epoch ms) in the reader's zone. */
export interface TimeFormat {
  /** `04:40:31`. */
  clock(atMs: number): string;
  /** With the date, for what is not of the same day as `nowMs`. */
  near(atMs: number, nowMs: number): string;
  /** Complete, with UTC beside it: for hovering. */
  full(atMs: number): string;
}

export function timeFormat(language: Language): TimeFormat {
  const clock = new Intl.DateTimeFormat(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const day = new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'long', hourCycle: 'h23' });
  return {
    clock: (atMs) => clock.format(atMs),
    near: (atMs, nowMs) =>
      day.format(atMs) === day.format(nowMs) ? clock.format(atMs) : `${day.format(atMs)} ${clock.format(atMs)}`,
    full: (atMs) => `${full.format(atMs)} · ${new Date(atMs).toISOString().slice(0, 19)}Z`,
  };
}
