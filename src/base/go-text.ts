/**
 * Text as Go's formatting verbs and JSON encoder write it: the messages that must equal upstream's to the letter are
 * made of it.
 */

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** What Go counts as printable, with the ASCII blank as the only blank. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** `%q` of a string: in double quotes, escaped where a character is not printable. */
export function quoteText(text: string): string {
  let quoted = '"';
  for (const character of text.toWellFormed()) quoted += SHORT_ESCAPES[character] ?? escapedUnlessPrintable(character);
  return `${quoted}"`;
}

function escapedUnlessPrintable(character: string): string {
  if (PRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

const JSON_ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/**
 * `json.Marshal` of plain data whose keys already stand in the order of the Go struct's fields: no blanks unless it is
 * indented (`json.MarshalIndent`), and the characters that are special in HTML escaped.
 */
export function jsonText(value: unknown, indentCount = 0): string {
  return JSON.stringify(value, null, indentCount).replace(
    /[<>&\u2028\u2029]/g,
    (character) => JSON_ESCAPES[character] ?? character,
  );
}

/** Length of the text in UTF-8, which is what Go's `len` counts. */
export function utf8ByteCount(text: string): number {
  let byteCount = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    byteCount += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return byteCount;
}
