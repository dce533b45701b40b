/** Doubles with a given number of digits, rounded as Go rounds: from the exact value, a tie to the even digit. */

/** With so many digits behind the point; the value is finite and not negative. */
export function fixedText(value: number, fractionCount: number): string {
  const digits = roundedAt(value, fractionCount)
    .toString()
    .padStart(fractionCount + 1, '0');
  const pointAt = digits.length - fractionCount;
  return fractionCount === 0 ? digits : `${digits.slice(0, pointAt)}.${digits.slice(pointAt)}`;
}

/** One digit before the point, so many behind it, and the exponent; the value is finite and not negative. */
export function scientificText(value: number, fractionCount: number): string {
  const exponent = value === 0 ? 0 : Number(value.toExponential().split('e')[1]);
  let digits = roundedAt(value, fractionCount - exponent)
    .toString()
    .padStart(fractionCount + 1, '0');
  const isCarried = digits.length > fractionCount + 1;
  if (isCarried) digits = digits.slice(0, -1);
  const fraction = digits.slice(1);
  return `${digits[0]}${fraction === '' ? '' : `.${fraction}`}${exponentText(exponent + (isCarried ? 1 : 0))}`;
}

/** Go's exponents have a sign and two digits at least. */
export function exponentText(exponent: number): string {
  return `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const FRACTION_BITS = 1074;

/** value × 10^position as an integer. */
function roundedAt(value: number, position: number): bigint {
  // Every double is a multiple of 2^-1074.
  const { mantissa, exponent } = binaryParts(value);
  const multiple = mantissa << BigInt(exponent + FRACTION_BITS);
  const scale = 10n ** BigInt(Math.abs(position));
  const numerator = position > 0 ? multiple * scale : multiple;
  const denominator = (1n << BigInt(FRACTION_BITS)) * (position < 0 ? scale : 1n);
  const quotient = numerator / denominator;
  const doubledRest = (numerator % denominator) * 2n;
  const isUp = doubledRest > denominator || (doubledRest === denominator && quotient % 2n === 1n);
  return isUp ? quotient + 1n : quotient;
}

/** value = mantissa × 2^exponent. */
function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const field = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  return field === 0
    ? { mantissa: fraction, exponent: -FRACTION_BITS }
    : { mantissa: fraction | (1n << 52n), exponent: field - 1075 };
}
