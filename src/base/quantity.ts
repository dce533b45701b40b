import { type Int64, int64OfBigInt } from './int64.ts';
import { QUANTITY_EXPONENT_MAX, QUANTITY_TEXT_LENGTH_MAX } from './limits.ts';

/** How a quantity is spelt: `12M`, `12Mi` or `12e6`. */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/**
 * An exact Kubernetes quantity: mantissa × 10^exponent. Behaves as `resource.Quantity` of Kubernetes 1.36, whose two
 * inner forms are told apart because they overflow differently.
 */
export interface Quantity {
  /** An integer: a number while it is safe, else a bigint. */
  readonly mantissa: number | bigint;
  readonly exponent: number;
  readonly format: QuantityFormat;
  /** Whether upstream holds it as an unbounded decimal rather than as int64 × power of ten. */
  readonly isUnbounded: boolean;
  /** The text it was read from, where upstream repeats that instead of the canonical form. */
  readonly text?: string;
}

const FORMAT_PROBLEM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const NUMERIC_PROBLEM = 'unable to parse numeric part of quantity';
const SUFFIX_PROBLEM = "unable to parse quantity's suffix";

/** Reads a quantity as upstream's parser does, its leniencies (`+`, `.`, `m` are 0) included; undefined when it refuses. */
export function parseQuantity(text: string): Quantity | undefined {
  const read = readQuantity(text);
  return typeof read === 'string' ? undefined : read;
}

/** Why upstream's parser refuses the text, in its words; undefined when it accepts it. */
export function quantityProblem(text: string): string | undefined {
  const read = readQuantity(text);
  return typeof read === 'string' ? read : undefined;
}

/** -1, 0 or 1. */
export function quantitySign(quantity: Quantity): number {
  return quantity.mantissa > 0 ? 1 : quantity.mantissa < 0 ? -1 : 0;
}

/** Negative, zero or positive as `a` is less than, equal to or greater than `b`; exact. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  if (a.exponent === b.exponent) return a.mantissa === b.mantissa ? 0 : a.mantissa < b.mantissa ? -1 : 1;
  const lowest = Math.min(a.exponent, b.exponent);
  const left = BigInt(a.mantissa) * tenTo(a.exponent - lowest);
  const right = BigInt(b.mantissa) * tenTo(b.exponent - lowest);
  return left === right ? 0 : left < right ? -1 : 1;
}

/** The double that upstream computes for a tolerance: mantissa × 10^exponent, rounded twice (`50m` is 50 × 0.001). */
export function quantityToNumber(quantity: Quantity): number {
  const base = Number(quantity.mantissa);
  return quantity.exponent === 0 ? base : base * powerOfTen(quantity.exponent);
}

/**
 * The value in thousandths, rounded away from zero. Beyond 64 bits it is what upstream's conversion happens to leave:
 * 0 for `9E`, the wrapped-around product for plain integers (specification 13.1).
 */
export function quantityMilli(quantity: Quantity): Int64 {
  const shift = quantity.exponent + 3;
  const { mantissa } = quantity;
  if (typeof mantissa === 'number' && shift >= 0 && shift <= 15) {
    const milli = mantissa * 10 ** shift;
    if (Number.isSafeInteger(milli)) return milli + 0;
  }
  if (quantity.isUnbounded) return unboundedMilli(BigInt(mantissa), shift);
  return shift < 0 ? dividedAwayFromZero(mantissa, -shift) : scaledUp(BigInt(mantissa), shift);
}

/** The canonical spelling of a quantity's text, or undefined when it is none: `1000m` is `1`, `0.5` is `500m`. */
export function canonicalQuantity(text: string): string | undefined {
  const quantity = parseQuantity(text);
  return quantity && formatQuantity(quantity);
}

/** The quantity as upstream writes it: the text it came from where that counts as canonical, else computed. */
export function formatQuantity(quantity: Quantity): string {
  if (quantity.text !== undefined) return quantity.text;
  if (quantity.mantissa === 0) return '0';
  if (quantity.format === 'BinarySI') {
    const whole = wholeOf(quantity);
    if (whole !== undefined && (whole >= 1024 || whole <= -1024)) return binaryText(whole);
  }
  return decimalText(quantity.mantissa, quantity.exponent, quantity.format === 'DecimalExponent');
}

/**
 * The text of `milli` thousandths, as the controller sends it: `1311m`, `2`, `1k`; in BinarySI `100Mi` where 1024
 * divides evenly, plain bytes where it does not (`900000000`), `1834665691428m` when fractional.
 */
export function formatMilliQuantity(milli: Int64, format: QuantityFormat): string {
  const mantissa = typeof milli === 'number' ? milli : BigInt(milli);
  return formatQuantity({ mantissa, exponent: -3, format, isUnbounded: false });
}

const SUFFIXES: Readonly<Record<string, readonly [exponent: number, format: QuantityFormat]>> = {
  '': [0, 'DecimalSI'],
  n: [-9, 'DecimalSI'],
  u: [-6, 'DecimalSI'],
  m: [-3, 'DecimalSI'],
  k: [3, 'DecimalSI'],
  M: [6, 'DecimalSI'],
  G: [9, 'DecimalSI'],
  T: [12, 'DecimalSI'],
  P: [15, 'DecimalSI'],
  E: [18, 'DecimalSI'],
  Ki: [10, 'BinarySI'],
  Mi: [20, 'BinarySI'],
  Gi: [30, 'BinarySI'],
  Ti: [40, 'BinarySI'],
  Pi: [50, 'BinarySI'],
  Ei: [60, 'BinarySI'],
};

const DECIMAL_SUFFIXES = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const BINARY_SUFFIXES = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Finer values are rounded up to this exponent. */
const NANO_EXPONENT = -9;
const INT64_DIGITS_MAX = 18;
const INT64_MAX_VALUE = 2n ** 63n - 1n;

/** A quantity's text cut into its parts: digits before the point without leading zeros, digits after it, suffix. */
interface QuantityParts {
  readonly isNegative: boolean;
  readonly whole: string;
  readonly fraction: string;
  /** Whether there is any digit at all; upstream's slow path insists on one. */
  readonly hasDigit: boolean;
  readonly suffix: string;
}

/** The quantity, or why upstream's parser refuses it. */
function readQuantity(text: string): Quantity | string {
  if (text === '0') return { mantissa: 0, exponent: 0, format: 'DecimalSI', isUnbounded: false };
  if (text === '' || text.length > QUANTITY_TEXT_LENGTH_MAX) return FORMAT_PROBLEM;
  const parts = splitQuantity(text);
  if (parts === undefined) return FORMAT_PROBLEM;
  const suffix = readSuffix(parts.suffix);
  if (suffix === undefined) return SUFFIX_PROBLEM;
  const [exponent, format] = suffix;
  return readInt64Form(text, parts, exponent, format) ?? readUnboundedForm(parts, exponent, format);
}

const PARTS = /^([+-]?)(0*)(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;

function splitQuantity(text: string): QuantityParts | undefined {
  const match = PARTS.exec(text);
  if (match === null) return undefined;
  const [, sign, zeros = '', digits = '', fraction = '', suffix = ''] = match;
  return {
    isNegative: sign === '-',
    whole: digits === '' ? '0' : digits,
    fraction,
    hasDigit: zeros !== '' || digits !== '' || fraction !== '',
    suffix,
  };
}

function readSuffix(suffix: string): readonly [exponent: number, format: QuantityFormat] | undefined {
  const known = SUFFIXES[suffix];
  if (known !== undefined) return known;
  const digits = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  if (digits === undefined) return undefined;
  const exponent = Number(digits);
  return Math.abs(exponent) > QUANTITY_EXPONENT_MAX ? undefined : [exponent + 0, 'DecimalExponent'];
}

/** The form for values that surely fit into int64 × power of ten; undefined when upstream takes the other one. */
function readInt64Form(
  text: string,
  { isNegative, whole, fraction }: QuantityParts,
  suffixExponent: number,
  format: QuantityFormat,
): Quantity | undefined {
  const isBinary = format === 'BinarySI';
  if (isBinary) {
    // Upstream's estimate of the digits that are left: 2^20 has about six.
    const spareDigits = 15 - whole.length - Math.trunc((suffixExponent * 3) / 10) - 1;
    if (fraction !== '' || spareDigits < 0) return undefined;
  } else if (whole.length + fraction.length > INT64_DIGITS_MAX) return undefined;
  const exponent = (isBinary ? 0 : suffixExponent) - fraction.length;
  if (exponent < NANO_EXPONENT) return undefined;
  const digits = whole + fraction;
  const value = digits.length <= 15 ? Number(digits) : BigInt(digits);
  const product = isBinary ? scaledByTwoTo(value, suffixExponent) : value;
  const mantissa = isNegative ? negated(product) : product;
  const isKept = isBinary ? !isMultipleOfEight(value) : exponent % 3 === 0 && isWithoutNeedlessZeros(digits);
  return isKept
    ? { mantissa, exponent, format, isUnbounded: false, text }
    : { mantissa, exponent, format, isUnbounded: false };
}

function isMultipleOfEight(value: number | bigint): boolean {
  return typeof value === 'number' ? value % 8 === 0 : value % 8n === 0n;
}

/** Upstream's test of decimal digits for being canonical. */
function isWithoutNeedlessZeros(digits: string): boolean {
  return !digits.startsWith('0') && !digits.endsWith('000');
}

function scaledByTwoTo(value: number | bigint, exponent: number): number | bigint {
  const product = Number(value) * 2 ** exponent;
  return Number.isSafeInteger(product) ? product : BigInt(value) << BigInt(exponent);
}

/** -value without the negative zero of doubles. */
function negated(value: number | bigint): number | bigint {
  return typeof value === 'number' ? 0 - value : -value;
}

/** Any number of digits; rounded up to nano, binary quantities capped at 2^63 - 1. */
function readUnboundedForm(parts: QuantityParts, suffixExponent: number, format: QuantityFormat): Quantity | string {
  if (!parts.hasDigit) return NUMERIC_PROBLEM;
  const isBinary = format === 'BinarySI';
  let mantissa = BigInt(parts.whole + parts.fraction);
  let exponent = -parts.fraction.length;
  if (isBinary) mantissa <<= BigInt(suffixExponent);
  else exponent += suffixExponent;
  if (mantissa === 0n) return { mantissa: 0, exponent: 0, format, isUnbounded: true };
  mantissa = atNano(mantissa, exponent);
  exponent = NANO_EXPONENT;
  if (isBinary && mantissa > INT64_MAX_VALUE * tenTo(-NANO_EXPONENT)) {
    mantissa = INT64_MAX_VALUE;
    exponent = 0;
  }
  const isBelowOne = exponent === NANO_EXPONENT && mantissa < tenTo(-NANO_EXPONENT);
  return {
    mantissa: compact(parts.isNegative ? -mantissa : mantissa),
    exponent,
    format: isBinary && isBelowOne ? 'DecimalSI' : format,
    isUnbounded: true,
  };
}

function atNano(mantissa: bigint, exponent: number): bigint {
  if (exponent >= NANO_EXPONENT) return mantissa * tenTo(exponent - NANO_EXPONENT);
  const divisor = tenTo(NANO_EXPONENT - exponent);
  return (mantissa + divisor - 1n) / divisor;
}

function compact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function dividedAwayFromZero(mantissa: number | bigint, digitCount: number): Int64 {
  if (typeof mantissa === 'number') {
    const divisor = 10 ** digitCount;
    const rest = mantissa % divisor;
    return (mantissa - rest) / divisor + Math.sign(rest);
  }
  const divisor = tenTo(digitCount);
  const rest = mantissa % divisor;
  return int64OfBigInt(mantissa / divisor + (rest === 0n ? 0n : rest > 0n ? 1n : -1n));
}

/** The scales that upstream multiplies by at once and wraps; at others it multiplies by ten repeatedly and gives up. */
const SINGLE_STEP_SHIFTS: ReadonlySet<number> = new Set([0, 1, 2, 3, 6, 9]);

function scaledUp(mantissa: bigint, shift: number): Int64 {
  const product = mantissa * tenTo(shift);
  const isFitting = BigInt.asIntN(64, product) === product;
  return isFitting || SINGLE_STEP_SHIFTS.has(shift) ? int64OfBigInt(product) : 0;
}

/**
 * As upstream converts unbounded decimals: a value below 2^63 is wrapped before it is divided, however negative, and a
 * remainder adds one, so that negative values round towards zero.
 */
function unboundedMilli(mantissa: bigint, shift: number): Int64 {
  if (shift >= 0) return int64OfBigInt(mantissa * tenTo(shift));
  const divisor = tenTo(-shift);
  const dividend = mantissa < INT64_MAX_VALUE ? BigInt.asIntN(64, mantissa) : mantissa;
  return int64OfBigInt(dividend / divisor + (dividend % divisor === 0n ? 0n : 1n));
}

/** The value as an integer, or undefined when it has a fraction. Most are sizes in bytes, which need no large integers. */
function wholeOf({ mantissa, exponent }: Quantity): number | bigint | undefined {
  if (exponent === 0) return mantissa;
  if (exponent > 0) return BigInt(mantissa) * tenTo(exponent);
  const divisor = tenTo(-exponent);
  const exact = BigInt(mantissa);
  return exact % divisor === 0n ? exact / divisor : undefined;
}

function binaryText(whole: number | bigint): string {
  return typeof whole === 'number' ? smallBinaryText(whole) : largeBinaryText(whole);
}

/** Of a safe integer: divided by powers of two it stays exact. */
function smallBinaryText(whole: number): string {
  let rest = whole;
  let power = 0;
  while (rest % 1024 === 0) {
    rest /= 1024;
    power += 1;
  }
  return `${rest}${BINARY_SUFFIXES[power] ?? ''}`;
}

function largeBinaryText(whole: bigint): string {
  let rest = whole;
  let power = 0;
  while (rest % 1024n === 0n && rest !== 0n) {
    rest /= 1024n;
    power += 1;
  }
  return `${rest}${BINARY_SUFFIXES[power] ?? ''}`;
}

/** The largest multiple-of-three exponent that leaves an integer. Beyond E, upstream loses the suffix (`1000E` is `1`). */
function decimalText(mantissa: number | bigint, exponent: number, isExponentFormat: boolean): string {
  const excess = ((exponent % 3) + 3) % 3;
  let power = exponent - excess;
  let digits = excess === 0 ? String(mantissa) : String(BigInt(mantissa) * tenTo(excess));
  while (digits.endsWith('000')) {
    digits = digits.slice(0, -3);
    power += 3;
  }
  if (power === 0) return digits;
  return digits + (isExponentFormat ? `e${power}` : (DECIMAL_SUFFIXES[power / 3 + 3] ?? ''));
}

function tenTo(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** Go's `math.Pow10`: a product or a quotient of two table values, so not always the nearest double. */
function powerOfTen(exponent: number): number {
  if (exponent < -323) return 0;
  if (exponent > 308) return Number.POSITIVE_INFINITY;
  const magnitude = Math.abs(exponent);
  const low = magnitude % 32;
  const high = magnitude - low;
  return exponent < 0 ? Number(`1e-${high}`) / Number(`1e${low}`) : Number(`1e${high}`) * Number(`1e${low}`);
}
