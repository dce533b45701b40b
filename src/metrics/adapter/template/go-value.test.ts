import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byCodePoint } from './go-value.ts';

test('texts are ordered by their bytes in UTF-8, as Go orders them', () => {
  const text = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(byCodePoint(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
});

test.each([
  { why: 'a code point of the second plane comes after all of the first', a: '\u{1f600}', b: '\uffee', expected: 1 },
  { why: 'a beginning comes first', a: 'pod', b: 'pods', expected: -1 },
  { why: 'equal', a: 'pod', b: 'pod', expected: 0 },
])('$why', ({ a, b, expected }) => expect(Math.sign(byCodePoint(a, b))).toBe(expected));
