import { expect, it } from 'vitest';
import { jsonText, quoteText, utf8ByteCount } from './go-text.ts';

it.each([
  ['web', '"web"', 'plain'],
  ['a"b\\', '"a\\"b\\\\"', 'quotes and backslashes'],
  ['\u0001\u007f\n', '"\\x01\\x7f\\n"', 'control characters'],
  ['é<&>', '"é<&>"', 'printable ones stay, HTML or not'],
  ['\u2028\u00a0', '"\\u2028\\u00a0"', 'blanks other than the blank'],
  ['\ud800', '"\ufffd"', 'half a character is the replacement, as after decoding'],
  ['\u{e0001}', '"\\U000e0001"', 'beyond the first plane'],
])('quotes %j as %s: %s', (text, quoted) => {
  expect(quoteText(text)).toBe(quoted);
});

it('escapes in JSON what is special in HTML', () => {
  expect(jsonText({ a: '<b>&\u2028', c: [1, null] })).toBe('{"a":"\\u003cb\\u003e\\u0026\\u2028","c":[1,null]}');
});

it.each([
  ['abc', 3],
  ['é', 2],
  ['€', 3],
  ['😀', 4],
])('%s takes %i bytes', (text, byteCount) => {
  expect(utf8ByteCount(text)).toBe(byteCount);
});
