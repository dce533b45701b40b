import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDouble } from './double-text.ts';

function read(text: string): number | undefined {
  // Something stands on both sides, as it does in an answer.
  return readDouble(Buffer.from(`9${text}9`, 'latin1'), 1, text.length + 1);
}

describe('readDouble', () => {
  test.each([
    { text: '0', value: 0, why: 'a counter at its start' },
    { text: '-0', value: -0, why: 'Go keeps the sign of zero' },
    { text: '4.710169', value: 4.710169, why: 'as kubelets print seconds' },
    { text: '1.253376e+07', value: 12533760, why: 'as kubelets print bytes' },
    { text: '1.7673214001234567e+09', value: 1767321400.1234567, why: 'seventeen digits need the slow way' },
    { text: '9007199254740993', value: 9007199254740992, why: 'a tie beyond 2^53 rounds to even' },
    { text: '00000000000000000000012', value: 12, why: 'leading zeros are no digits' },
    { text: '1E5', value: 100000, why: 'either case' },
    { text: '.5', value: 0.5, why: 'Go needs no digit before the point' },
    { text: '5.', value: 5, why: 'nor after it' },
    { text: '+7', value: 7, why: 'a plus is allowed' },
    { text: '5e-324', value: 5e-324, why: 'the smallest double' },
    { text: '1e-400', value: 0, why: 'too small is zero' },
    { text: '1e400', value: undefined, why: 'too large is out of range' },
    { text: '1e99999999999', value: undefined, why: 'also with an exponent that is no double itself' },
    { text: 'NaN', value: Number.NaN, why: 'legal in the format' },
    { text: '+Inf', value: Number.POSITIVE_INFINITY, why: 'legal in the format' },
    { text: '-infinity', value: Number.NEGATIVE_INFINITY, why: 'Go reads the long word too' },
    { text: '+NaN', value: undefined, why: 'Go reads no sign before it' },
    { text: '', value: undefined, why: 'nothing is no number' },
    { text: '.', value: undefined, why: 'a point is no digit' },
    { text: '-', value: undefined, why: 'a sign is no digit' },
    { text: '1.2.3', value: undefined, why: 'two points' },
    { text: '1e', value: undefined, why: 'an exponent needs digits' },
    { text: '0x10', value: undefined, why: 'hexadecimal needs a binary exponent, and that is refused' },
    { text: '1_000', value: undefined, why: 'underscores are refused' },
    { text: '12x', value: undefined, why: 'something behind the number' },
    { text: `0.${'0'.repeat(1200)}1`, value: undefined, why: 'longer than any double is printed' },
  ])('$text: $why', ({ text, value }) => {
    expect(read(text)).toBe(value);
  });

  test('law: reads every double in every spelling as the language does', () => {
    const spelling = fc.constantFrom<(value: number) => string>(
      String,
      (value) => value.toExponential(),
      (value) => value.toExponential(4),
      (value) => value.toPrecision(15),
      (value) => (Math.abs(value) < 1e21 ? value.toFixed(9) : String(value)),
    );
    const double = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.nat().map((milli) => milli / 1000),
    );
    fc.assert(
      fc.property(double, spelling, (value, spell) => {
        const text = spell(value);
        const expected = Number(text);
        expect(read(text)).toBe(Number.isFinite(expected) ? expected : undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
