import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAge, formatDuration, parseDuration } from './duration.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

it.each([
  ['5m0s', 300_000],
  ['1h2m', 3_720_000],
  ['1.5s', 1500],
  ['.5s', 500],
  ['-300ms', -300],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['15ns', 0.000015],
  ['0', 0],
  ['+1s', 1000],
  ['', undefined],
  ['5', undefined],
  ['s', undefined],
  ['.s', undefined],
  ['5m x', undefined],
  ['9223372036s1h', undefined],
  ['1d', undefined],
])('reads %s as %s ms', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

it.each([
  [300_000, '5m0s'],
  [3_720_000, '1h2m0s'],
  [1500, '1.5s'],
  [300, '300ms'],
  [0.0015, '1.5µs'],
  [0.000015, '15ns'],
  [0, '0s'],
  [-90_000, '-1m30s'],
])('writes %s ms as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

it.each([
  [-2 * SECOND_MS, '<invalid>', 'too far ahead'],
  [-1 * SECOND_MS, '0s', 'clocks differ a little'],
  [5.9 * SECOND_MS, '5s', 'cut'],
  [119 * SECOND_MS, '119s', 'seconds up to two minutes'],
  [3 * MINUTE_MS + 4 * SECOND_MS, '3m4s', 'seconds up to ten minutes'],
  [10 * MINUTE_MS + 59 * SECOND_MS, '10m', 'then minutes alone'],
  [2 * HOUR_MS, '120m', 'up to three hours'],
  [3 * HOUR_MS + 2 * MINUTE_MS, '3h2m', 'then hours and minutes'],
  [8 * HOUR_MS, '8h', 'up to eight hours'],
  [47 * HOUR_MS, '47h', 'up to two days'],
  [2 * DAY_MS, '2d', 'then days'],
  [7 * DAY_MS + HOUR_MS, '7d1h', 'with hours up to eight days'],
  [700 * DAY_MS, '700d', 'up to two years'],
  [800 * DAY_MS, '2y70d', 'then years'],
  [3000 * DAY_MS, '8y', 'alone from eight on'],
])('shows the age of %s ms as %s: %s', (ageMs, text) => {
  expect(formatAge(ageMs)).toBe(text);
});

describe('law', () => {
  it('what is written reads as the same duration', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
      }),
    );
  });
});
