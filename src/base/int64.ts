/**
 * A 64-bit integer as plain data: a number while it is a safe integer, else its decimal digits. The arithmetic is Go's:
 * sums and products wrap around at 64 bits, division truncates towards zero.
 */
export type Int64 = number | string;

/** The largest 64-bit integer, 2^63 - 1. */
export const INT64_MAX: Int64 = '9223372036854775807';

/** The smallest 64-bit integer, -2^63; also what amd64 makes of a double that no 64-bit integer can hold. */
export const INT64_MIN: Int64 = '-9223372036854775808';

/** `a + b`, wrapped around. */
export function addInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return int64OfBigInt(BigInt(a) + BigInt(b));
}

/** `a * b`, wrapped around. */
export function multiplyInt64(a: Int64, b: Int64): Int64 {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // + 0 turns the negative zero of doubles into the only zero that integers have.
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return int64OfBigInt(BigInt(a) * BigInt(b));
}

/** `a / b` truncated towards zero; the caller has excluded b = 0. */
export function divideInt64(a: Int64, b: Int64): Int64 {
  // The remainder of doubles is exact where their quotient may be rounded up to the next integer.
  if (typeof a === 'number' && typeof b === 'number') return (a - (a % b)) / b + 0;
  return int64OfBigInt(BigInt(a) / BigInt(b));
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`. */
export function compareInt64(a: Int64, b: Int64): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const difference = BigInt(a) - BigInt(b);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** The nearest double, as a conversion from int64 to float64 gives it. */
export function int64ToNumber(value: Int64): number {
  return Number(value);
}

/** Any integer reduced to 64 bits, as overflow leaves it. */
export function int64OfBigInt(value: bigint): Int64 {
  const wrapped = BigInt.asIntN(64, value);
  const number = Number(wrapped);
  return Number.isSafeInteger(number) ? number : wrapped.toString();
}

/**
 * A double as a 64-bit integer, cut towards zero. What does not fit, NaN included, becomes the smallest integer: the
 * language leaves it open, amd64 decides so.
 */
export function int64OfDouble(value: number): Int64 {
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0;
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? int64OfBigInt(BigInt(whole)) : INT64_MIN;
}

/** Whether plain data has the form of an Int64: an integer within 64 bits in its one spelling. */
export function isInt64(value: unknown): value is Int64 {
  if (typeof value === 'number') return Number.isSafeInteger(value);
  if (typeof value !== 'string' || !/^-?[1-9]\d{15,18}$/.test(value)) return false;
  return int64OfBigInt(BigInt(value)) === value;
}
