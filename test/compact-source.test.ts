import { expect, test } from 'vitest';
import { compactSource } from '../scripts/compact-source.ts';

/** Long enough for escapes to be less than a second byte for each character. */
const LONG = `/*${'x'.repeat(500)}*/`;
const NOT_LATIN_1 = /[^\0-\xff]/;

test.each([
  ['a string', '"a…b"'],
  ['a template', '`a…’`'],
  ['one after the other', '"……源"'],
  ['a backslash before it', '"\\…"'],
  ['a backslash that is escaped before it', '"\\\\…"'],
  ['three of them', '"\\\\\\…"'],
  ['a surrogate pair', '"😀"'],
  ['a class of a regular expression', '["…", "😀", "x"].map((text) => /^[…😀]$/.test(text))'],
  ['the same by code points', '["…", "😀", "x"].map((text) => /^[…😀]$/u.test(text))'],
  ['Latin-1', '"é"'],
])('%s means the same and is of one byte a character', (_what, code) => {
  const compact = compactSource(`${LONG}${code}`, 'a.js');
  expect(compact).not.toMatch(NOT_LATIN_1);
  // biome-ignore lint/security/noGlobalEval: what the text means is what is asked.
  const [before, after]: readonly unknown[] = [code, compact].map((each) => globalThis.eval(each));
  expect(after).toEqual(before);
});

test('a text that would be longer stays as it is', () => {
  expect(compactSource('"源源源源"', 'a.js')).toBe('"源源源源"');
});

test('a raw template, which would show the escape, is refused', () => {
  expect(() => compactSource(`${LONG}String.raw\`…\``, 'a.js')).toThrow(
    'a.js: a raw template has a character that is not of Latin-1',
  );
});
