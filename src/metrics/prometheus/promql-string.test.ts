import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteText } from '../../base/go-text.ts';
import { unquotePromql } from './promql-string.ts';

describe('unquotePromql', () => {
  test.each([
    { literal: '"a"', text: 'a' },
    { literal: "'a'", text: 'a' },
    { literal: '`a\\n"\'\n`', text: 'a\\n"\'\n' },
    { literal: '"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', text: '\u0007\b\f\n\r\t\v\\"' },
    { literal: "'\\''", text: "'" },
    { literal: '"\\x41\\101\\u00e9\\U0001F600"', text: 'AAé😀' },
    { literal: '"é😀"', text: 'é😀' },
    { literal: '""', text: '' },
    { literal: '"', text: undefined },
    { literal: 'a', text: undefined },
    { literal: '"a\'', text: undefined },
    { literal: '"a"b"', text: undefined },
    { literal: '`a`b`', text: undefined },
    { literal: '"\\"', text: undefined },
    { literal: '"\\\'"', text: undefined },
    { literal: '"\\q"', text: undefined },
    { literal: '"\\x4"', text: undefined },
    { literal: '"\\x4g"', text: undefined },
    { literal: '"\\80"', text: undefined },
    { literal: '"\\777"', text: undefined },
    { literal: '"\\xe9"', text: undefined },
    { literal: '"\\udfff"', text: undefined },
    { literal: '"\\U00110000"', text: undefined },
    { literal: '"a\nb"', text: undefined },
  ])('$literal', ({ literal, text }) => expect(unquotePromql(literal)).toBe(text));

  test('what is quoted as Go quotes is read as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unquotePromql(quoteText(text))).toBe(text);
      }),
    );
  });
});
