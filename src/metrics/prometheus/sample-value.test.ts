import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatInstant, readSampleValue } from './sample-value.ts';

describe('readSampleValue', () => {
  test.each([
    { text: '0.1', value: 0.1 },
    { text: '-0', value: -0 },
    { text: '12345678901234567000', value: 12345678901234567000 },
    { text: '1e+06', value: 1e6 },
    { text: '1.7976931348623157e+308', value: Number.MAX_VALUE },
    { text: '5e-324', value: 5e-324 },
    { text: '.5', value: 0.5 },
    { text: 'NaN', value: Number.NaN },
    { text: '+Inf', value: Number.POSITIVE_INFINITY },
    { text: '-Inf', value: Number.NEGATIVE_INFINITY },
    { text: '', value: undefined },
    { text: ' 1', value: undefined },
    { text: '0x10', value: undefined },
    { text: '1_000', value: undefined },
    { text: 'nan', value: undefined },
    { text: 'Infinity', value: undefined },
    { text: '1.2.3', value: undefined },
  ])('$text', ({ text, value }) => expect(readSampleValue(text)).toBe(value));

  test('the shortest text of a double is that double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(readSampleValue(String(value))).toBe(value);
      }),
    );
  });
});

describe('formatInstant', () => {
  test.each([
    { atMs: 1_700_000_000_000, text: '1700000000' },
    { atMs: 1_700_000_000_123, text: '1700000000.123' },
    { atMs: 1_700_000_000_120, text: '1700000000.12' },
    { atMs: 1_700_000_000_000.4, text: '1700000000' },
    { atMs: 1, text: '0.001' },
    { atMs: -1, text: '-0.001' },
    { atMs: -1500, text: '-1.5' },
    { atMs: 0, text: '0' },
  ])('$atMs', ({ atMs, text }) => expect(formatInstant(atMs)).toBe(text));
});
