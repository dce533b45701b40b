const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/** Digits behind `\x`, `\u` and `\U`. */
const HEX_DIGIT_COUNTS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/**
 * The text that a string literal of PromQL stands for, quotation marks of any kind around it; undefined for one that
 * Prometheus would not read, and for bytes that are no UTF-8, which no label can be compared with.
 */
export function unquotePromql(literal: string): string | undefined {
  const quote = literal[0];
  const body = literal.slice(1, -1);
  if (literal.length < 2 || quote === undefined || literal.at(-1) !== quote) return undefined;
  if (quote === '`') return body.includes('`') ? undefined : body;
  if (quote !== '"' && quote !== "'") return undefined;
  return unescaped(body, quote);
}

function unescaped(body: string, quote: string): string | undefined {
  let text = '';
  let at = 0;
  while (at < body.length) {
    const character = String.fromCodePoint(body.codePointAt(at) ?? 0);
    if (character === quote || character === '\n') return undefined;
    if (character !== '\\') {
      text += character;
      at += character.length;
      continue;
    }
    const read = readEscape(body, at + 1, quote);
    if (read === undefined) return undefined;
    text += read.text;
    at = read.end;
  }
  return text;
}

function readEscape(
  body: string,
  at: number,
  quote: string,
): { readonly text: string; readonly end: number } | undefined {
  const kind = body[at] ?? '';
  const simple = SIMPLE_ESCAPES[kind];
  // Each kind of quotation mark is escaped within its own alone.
  if (simple !== undefined)
    return (kind === '"' || kind === "'") && kind !== quote ? undefined : { text: simple, end: at + 1 };
  const digitCount = HEX_DIGIT_COUNTS[kind];
  const isOctal = /[0-7]/.test(kind);
  if (digitCount === undefined && !isOctal) return undefined;
  const from = isOctal ? at : at + 1;
  const digits = body.slice(from, from + (digitCount ?? 3));
  if (digits.length !== (digitCount ?? 3) || !(isOctal ? /^[0-7]+$/ : /^[0-9a-fA-F]+$/).test(digits)) return undefined;
  const code = Number.parseInt(digits, isOctal ? 8 : 16);
  // `\x` and octal digits are single bytes, of which only those of ASCII are characters by themselves.
  const codeMax = kind === 'x' || isOctal ? 0x7f : 0x10ffff;
  if (code > codeMax || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  return { text: String.fromCodePoint(code), end: from + digits.length };
}
