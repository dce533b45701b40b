import { quoteText } from '../../../base/go-text.ts';
import { exponentText, fixedText, scientificText } from './decimal-text.ts';

/** What stands between the percent sign of a verb and its letter. */
export interface VerbFlags {
  readonly isPlus?: boolean;
  readonly isMinus?: boolean;
  readonly isSharp?: boolean;
  readonly isSpace?: boolean;
  readonly isZero?: boolean;
  /** Smallest width in characters. */
  readonly width?: number;
  readonly precision?: number;
}

/** Writes one string or number by the flags of its verb, as Go's `fmt`. */
export class TextField {
  readonly #flags: VerbFlags;

  constructor(flags: VerbFlags) {
    this.#flags = flags;
  }

  /** Filled up to the width: blanks on the left, on the right with a minus; zeros on the left where asked for. */
  padded(text: string): string {
    const { width = 0, isMinus = false, isZero = false } = this.#flags;
    const missing = Math.max(0, width - [...text].length);
    if (isMinus) return text + ' '.repeat(missing);
    return (isZero ? '0' : ' ').repeat(missing) + text;
  }

  string(text: string): string {
    return this.padded(this.#cut(text));
  }

  /** In double quotes, or in back quotes with `#` where they can hold it; only ASCII with `+`. */
  quoted(text: string, { isSharp = false, isPlus = false }: VerbFlags): string {
    const cut = this.#cut(text);
    if (isSharp && !/[`\u007f\ufeff]|[^\P{Cc}\t]/u.test(cut)) return this.padded(`\`${cut}\``);
    return this.padded(isPlus ? asciiOnly(quoteText(cut)) : quoteText(cut));
  }

  /** Its bytes in UTF-8. */
  hexadecimal(text: string, isUpper: boolean): string {
    const { isSharp = false, isSpace = false, precision } = this.#flags;
    const bytes = [...new TextEncoder().encode(text)]
      .slice(0, precision)
      .map((byte) => byte.toString(16).padStart(2, '0'));
    const prefix = isSharp && bytes.length > 0 ? '0x' : '';
    const joined = isSpace ? bytes.map((byte) => prefix + byte).join(' ') : prefix + bytes.join('');
    return this.padded(isUpper ? joined.toUpperCase() : joined);
  }

  integer(value: bigint, base: number, verb: string): string {
    const {
      isPlus = false,
      isSpace = false,
      isSharp = false,
      isZero = false,
      isMinus = false,
      width,
      precision,
    } = this.#flags;
    if (precision === 0 && value === 0n) return new TextField({ ...this.#flags, isZero: false }).padded('');
    const sign = value < 0n ? '-' : isPlus ? '+' : isSpace ? ' ' : '';
    const digits = (value < 0n ? -value : value).toString(base);
    const isZeroFilled = isZero && !isMinus && width !== undefined && precision === undefined;
    const least = isZeroFilled ? width - sign.length : (precision ?? 0);
    const filled = digits.padStart(least, '0');
    const prefix = isSharp || verb === 'O' ? prefixOf(base, verb, filled) : '';
    const text = sign + prefix + (verb === 'X' ? filled.toUpperCase() : filled);
    return new TextField({ ...this.#flags, isZero: false }).padded(text);
  }

  float(value: number, verb: string): string {
    const { isPlus = false, isSpace = false, isZero = false, isMinus = false, width = 0, precision } = this.#flags;
    const magnitude = magnitudeText(Math.abs(value), verb, precision);
    const isNegative = value < 0 || Object.is(value, -0);
    const sign = isNegative ? '-' : isPlus ? '+' : isSpace ? ' ' : '';
    if (!Number.isFinite(value))
      return new TextField({ ...this.#flags, isZero: false }).padded(infinityText(value, isPlus));
    if (isZero && !isMinus) return sign + magnitude.padStart(width - sign.length, '0');
    return this.padded(sign + magnitude);
  }

  #cut(text: string): string {
    const { precision } = this.#flags;
    return precision === undefined ? text : [...text].slice(0, precision).join('');
  }
}

function prefixOf(base: number, verb: string, digits: string): string {
  if (base === 16) return verb === 'X' ? '0X' : '0x';
  if (base === 2) return '0b';
  if (verb === 'O') return '0o';
  return base === 8 && !digits.startsWith('0') ? '0' : '';
}

function infinityText(value: number, isPlus: boolean): string {
  if (Number.isNaN(value)) return isPlus ? '+NaN' : 'NaN';
  return value < 0 ? '-Inf' : '+Inf';
}

/** Fixed and scientific with six digits unless told; general with as few digits as tell the number from all others. */
function magnitudeText(value: number, verb: string, precision: number | undefined): string {
  const lower = verb.toLowerCase();
  const text =
    lower === 'f'
      ? fixedText(value, precision ?? DIGITS_COUNT_DEFAULT)
      : lower === 'e'
        ? scientificText(value, precision ?? DIGITS_COUNT_DEFAULT)
        : generalText(value, precision);
  return verb === 'E' || verb === 'G' ? text.toUpperCase() : text;
}

const DIGITS_COUNT_DEFAULT = 6;

function generalText(value: number, precision: number | undefined): string {
  const digitCount = precision === undefined ? undefined : Math.max(precision, 1);
  const scientific = digitCount === undefined ? value.toExponential() : scientificText(value, digitCount - 1);
  const [mantissa = '', exponentDigits = '0'] = scientific.split('e');
  const exponent = Number(exponentDigits);
  const digits = mantissa.replace('.', '').replace(/0+$/, '') || '0';
  if (exponent < -4 || exponent >= exponentMax(digits.length, exponent, digitCount)) {
    const fraction = digits.slice(1);
    return `${digits[0]}${fraction === '' ? '' : `.${fraction}`}${exponentText(exponent)}`;
  }
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? whole : `${whole}.${fraction}`;
}

/** From this exponent on the general form is scientific. */
function exponentMax(significantCount: number, exponent: number, digitCount: number | undefined): number {
  if (digitCount === undefined) return DIGITS_COUNT_DEFAULT;
  return digitCount > significantCount && significantCount >= exponent + 1 ? significantCount : digitCount;
}

function asciiOnly(quoted: string): string {
  return [...quoted]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      if (code < 0x80) return character;
      const hex = code.toString(16);
      return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
    })
    .join('');
}
