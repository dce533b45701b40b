import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatMicroTime, formatRfc3339, parseRfc3339 } from './rfc3339.ts';

it.each([
  ['1970-01-01T00:00:00Z', 0, 'the epoch'],
  ['2024-02-29T12:30:45Z', 1_709_209_845_000, 'a leap day'],
  ['2024-02-29T12:30:45.123456Z', 1_709_209_845_123.456, 'a fraction'],
  ['2024-02-29T14:30:45+02:00', 1_709_209_845_000, 'an offset'],
  ['1969-12-31T23:59:59Z', -1000, 'before the epoch'],
  ['0000-03-01T00:00:00Z', -62_162_035_200_000, 'year zero'],
  ['2023-02-29T00:00:00Z', undefined, 'no such day'],
  ['1900-02-29T00:00:00Z', undefined, 'no leap year'],
  ['2024-13-01T00:00:00Z', undefined, 'no such month'],
  ['2024-01-01T24:00:00Z', undefined, 'no such hour'],
  ['2024-01-01T00:00:00', undefined, 'no zone'],
  ['2024-01-01', undefined, 'no time'],
])('reads %s as %s: %s', (text, epochMs, _why) => {
  expect(parseRfc3339(text)).toBe(epochMs);
});

it('cuts to whole seconds', () => {
  expect(formatRfc3339(1_709_209_845_999)).toBe('2024-02-29T12:30:45Z');
  expect(formatRfc3339(-1)).toBe('1969-12-31T23:59:59Z');
});

it('keeps microseconds', () => {
  expect(formatMicroTime(1_709_209_845_123.456)).toBe('2024-02-29T12:30:45.123456Z');
  expect(formatMicroTime(1_709_209_845_000)).toBe('2024-02-29T12:30:45.000000Z');
});

it('agrees with the calendar of the platform', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const epochMs = date.getTime();
      expect(formatRfc3339(epochMs)).toBe(date.toISOString().replace(/\.\d+Z$/, 'Z'));
      expect(parseRfc3339(date.toISOString())).toBe(epochMs);
    }),
  );
});
