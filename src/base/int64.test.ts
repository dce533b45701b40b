import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addInt64,
  compareInt64,
  divideInt64,
  INT64_MAX,
  INT64_MIN,
  type Int64,
  int64OfBigInt,
  int64OfDouble,
  isInt64,
  multiplyInt64,
} from './int64.ts';

it.each([
  [addInt64(1, 2), 3, 'small sums stay numbers'],
  [addInt64(INT64_MAX, 1), INT64_MIN, 'sums wrap around'],
  [addInt64(Number.MAX_SAFE_INTEGER, 1), '9007199254740992', 'beyond a double they become digits'],
  [multiplyInt64(INT64_MIN, -1), INT64_MIN, 'products wrap around'],
  [multiplyInt64(-5, 0), 0, 'there is one zero'],
  [divideInt64(-7, 2), -3, 'division cuts towards zero'],
  [divideInt64(INT64_MIN, -1), INT64_MIN, 'even where the quotient does not fit'],
  [divideInt64(-1, 2), 0, 'there is one zero'],
  [int64OfDouble(-2.9), -2, 'doubles are cut'],
  [int64OfDouble(2 ** 62), '4611686018427387904', 'large doubles are exact'],
  [int64OfDouble(2 ** 63), INT64_MIN, 'what does not fit is the smallest'],
  [int64OfDouble(Number.NaN), INT64_MIN, 'so is NaN'],
])('%s is %s: %s', (actual, expected) => {
  expect(actual).toBe(expected);
});

it.each([
  [1, true],
  [1.5, false],
  ['9223372036854775807', true],
  ['9223372036854775808', false],
  ['12', false],
  ['09007199254740993', false],
  [null, false],
])('%s is an Int64: %s', (value, answer) => {
  expect(isInt64(value)).toBe(answer);
});

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(int64OfBigInt);
const big = (value: Int64): bigint => BigInt(value);

describe('laws', () => {
  it('sums and products are those of 64-bit machine integers', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        expect(big(addInt64(a, b))).toBe(BigInt.asIntN(64, big(a) + big(b)));
        expect(big(multiplyInt64(a, b))).toBe(BigInt.asIntN(64, big(a) * big(b)));
      }),
    );
  });

  it('the fast path divides as exactly as the slow one', () => {
    const divisor = fc.maxSafeInteger().filter((value) => value !== 0);
    fc.assert(
      fc.property(fc.maxSafeInteger(), divisor, (a, b) => {
        expect(divideInt64(a, b)).toBe(Number(BigInt(a) / BigInt(b)));
      }),
    );
  });

  it('comparing agrees with the values', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        expect(Math.sign(compareInt64(a, b))).toBe(big(a) === big(b) ? 0 : big(a) < big(b) ? -1 : 1);
      }),
    );
  });
});
