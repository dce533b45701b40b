/**
 * The double that Go's `ParseFloat` reads from ASCII bytes, exactly rounded; undefined when it refuses them: no number, or
 * one beyond the range of doubles. Hexadecimal forms and underscores are refused, as Prometheus' parser refuses them.
 */
export function readDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at += 1;
  let mantissa = 0;
  let digitCount = 0;
  let exponent = 0;
  let isFraction = false;
  let hasDigit = false;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      hasDigit = true;
      // Leading zeros cost no precision.
      if (mantissa !== 0) digitCount += 1;
      if (isFraction) exponent -= 1;
    } else if (bytes[at] === POINT && !isFraction) isFraction = true;
    else break;
  }
  if (at < end) {
    const written = readExponent(bytes, at, end);
    if (written === undefined) return readRareDouble(bytes, start, end);
    exponent += written;
  }
  // Both factors are exact doubles, so that one multiplication or division rounds once and correctly.
  if (!hasDigit || digitCount > 15 || exponent < -22 || exponent > 22) return readRareDouble(bytes, start, end);
  const power = POWERS[Math.abs(exponent)] ?? 1;
  const value = exponent < 0 ? mantissa / power : mantissa * power;
  return sign === MINUS ? -value : value;
}

const ZERO = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const POWERS = [
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
  1e21, 1e22,
];

/** `e+09` up to the end, of at most three digits. */
function readExponent(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (((bytes[start] ?? 0) | 0x20) !== 0x65) return undefined;
  let at = start + 1;
  const sign = bytes[at];
  if (sign === MINUS || sign === PLUS) at += 1;
  if (at >= end || end - at > 3) return undefined;
  let exponent = 0;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    exponent = exponent * 10 + digit;
  }
  return sign === MINUS ? -exponent : exponent;
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** More digits than a product of two doubles can carry, and the words for infinity and no number. */
function readRareDouble(bytes: Uint8Array, start: number, end: number): number | undefined {
  const text = String.fromCharCode(...bytes.subarray(start, Math.min(end, start + TEXT_LENGTH_MAX)));
  if (end - start > TEXT_LENGTH_MAX) return undefined;
  if (DECIMAL.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?inf(?:inity)?$/i.test(text)) return undefined;
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** The longest double that Go prints in full, `-0.` and 1,074 digits, is shorter. */
const TEXT_LENGTH_MAX = 1100;
