import { quoteText } from '../../../base/go-text.ts';

/** A literal that Go refuses, in Go's words. */
export class LiteralProblem extends Error {}

const SYNTAX_PROBLEM = 'invalid syntax';

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** The text of a string in double quotes or in back quotes, as Go's `strconv.Unquote`. Throws LiteralProblem. */
export function unquote(literal: string): string {
  const body = literal.slice(1, -1);
  if (literal.startsWith('`')) return body.replaceAll('\r', '');
  return unescaped(body, '"');
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/**
 * What a number, or a character between single quotes, stands for: an integer when it is one of 64 bits, and a float
 * in any case. Throws LiteralProblem.
 */
export function numberOf(text: string): { readonly integer: bigint | undefined; readonly float: number } {
  if (text.startsWith("'")) return characterOf(text);
  const integer = integerOf(text);
  if (integer !== undefined && integer >= INT64_MIN && integer <= INT64_MAX) return { integer, float: Number(integer) };
  const float = floatOf(text);
  if (float === undefined) throw new LiteralProblem(`illegal number syntax: ${quoteText(text)}`);
  // Go keeps what only an unsigned integer holds, and finds no use for it later.
  if (integer !== undefined && integer > 0n && integer < 2n ** 64n) return { integer: undefined, float };
  if (!/[.eEpP]/.test(text)) throw new LiteralProblem(`integer overflow: ${quoteText(text)}`);
  const isWhole = Number.isInteger(float) && Math.abs(float) < 2 ** 63;
  return { integer: isWhole ? BigInt(float) : undefined, float };
}

function characterOf(text: string): { readonly integer: bigint; readonly float: number } {
  const characters = [...unescaped(text.slice(1, -1), "'")];
  const [first, ...others] = characters;
  if (first === undefined) throw new LiteralProblem(SYNTAX_PROBLEM);
  if (others.length > 0) throw new LiteralProblem(`malformed character constant: ${text}`);
  const code = first.codePointAt(0) ?? 0;
  return { integer: BigInt(code), float: code };
}

const DIGIT_SETS: Readonly<Record<string, RegExp>> = {
  '0x': /^[0-9a-f]+$/,
  '0o': /^[0-7]+$/,
  '0b': /^[01]+$/,
};

/** As Go's ParseInt of base 0: prefixes, a leading zero for octal, underscores between digits. */
function integerOf(text: string): bigint | undefined {
  const isNegative = text.startsWith('-');
  const body = text.replace(/^[+-]/, '').toLowerCase();
  const prefix = body.slice(0, 2);
  const digits = prefix in DIGIT_SETS ? body.slice(2) : body;
  if (body.includes('_') && !/^(0[xob]_?|)[0-9a-f]+(_[0-9a-f]+)*$/.test(body)) return undefined;
  const plain = digits.replaceAll('_', '');
  const isOctal = !(prefix in DIGIT_SETS) && plain.length > 1 && plain.startsWith('0');
  const allowed = DIGIT_SETS[isOctal ? '0o' : prefix] ?? /^[0-9]+$/;
  if (!allowed.test(plain)) return undefined;
  const magnitude = BigInt(prefix in DIGIT_SETS ? prefix + plain : isOctal ? `0o${plain}` : plain);
  return isNegative ? -magnitude : magnitude;
}

/** As Go's ParseFloat: decimal, or hexadecimal with a binary exponent. */
function floatOf(text: string): number | undefined {
  const body = text.replace(/^\+/, '');
  if (/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(body)) {
    const value = Number(body);
    return Number.isFinite(value) ? value : undefined;
  }
  const hex = /^(-?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)$/i.exec(body);
  if (hex === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = ''] = hex;
  if (whole + fraction === '') return undefined;
  const value = Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
  return Number.isFinite(value) ? (sign === '-' ? -value : value) : undefined;
}

function unescaped(body: string, quote: string): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const character = body[at] ?? '';
    if (character !== '\\') {
      text += character;
      at += 1;
      continue;
    }
    const [escaped, length] = escapeAt(body, at + 1, quote);
    text += escaped;
    at += 1 + length;
  }
  return text;
}

/** The character behind a backslash, and how many characters spell it. */
function escapeAt(body: string, at: number, quote: string): readonly [text: string, length: number] {
  const letter = body[at] ?? '';
  const short = SHORT_ESCAPES[letter];
  if (short !== undefined) return [short, 1];
  if (letter === quote) return [quote, 1];
  const digitCount = { x: 2, u: 4, U: 8 }[letter];
  const digits = digitCount === undefined ? body.slice(at, at + 3) : body.slice(at + 1, at + 1 + digitCount);
  const isWellFormed =
    digitCount === undefined ? /^[0-3][0-7]{2}$/.test(digits) : new RegExp(`^[0-9a-fA-F]{${digitCount}}$`).test(digits);
  if (!isWellFormed) throw new LiteralProblem(SYNTAX_PROBLEM);
  const code = Number.parseInt(digits, digitCount === undefined ? 8 : 16);
  const isCharacter = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (!isCharacter) throw new LiteralProblem(SYNTAX_PROBLEM);
  return [String.fromCodePoint(code), digitCount === undefined ? 3 : 1 + digitCount];
}
