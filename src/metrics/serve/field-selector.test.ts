import { describe, expect, test } from 'vitest';
import { matchesFields, parseFieldSelector } from './field-selector.ts';

const FIELDS = ['metadata.name', 'metadata.namespace'];
const WEB = { 'metadata.name': 'web', 'metadata.namespace': 'shop' };

describe('field selectors', () => {
  const rows: readonly (readonly [why: string, text: string, isMatch: boolean | string])[] = [
    ['nothing asked for', '', true],
    ['commas alone ask for nothing', ',,', true],
    ['equal', 'metadata.name=web', true],
    ['equal, as code writes it', 'metadata.name==web', true],
    ['not equal', 'metadata.name!=web', false],
    ['all terms hold', 'metadata.name=web,metadata.namespace=shop', true],
    ['one term does not', 'metadata.name=web,metadata.namespace!=shop', false],
    ['a field that the object does not have is empty', 'metadata.namespace=', false],
    ['an escaped comma is part of the value', 'metadata.name=web\\,x', false],
    ['blanks count', 'metadata.name= web', false],
    ['no operator', 'web', "invalid selector: 'web'; can't understand 'web'"],
    ['a bare equals sign in a value', 'metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
    ['an escape that is none', 'metadata.name=a\\b', 'invalid field selector: invalid escape sequence: \\b'],
    ['an escape of nothing', 'metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
    [
      'an unknown field',
      'status.phase=Running',
      '"status.phase" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ],
    [
      'a bad value is told of before an unknown field',
      'x=1,metadata.name=a\\',
      'invalid field selector: invalid escape sequence: \\',
    ],
  ];
  test.each(rows)('%s', (_why, text, expected) => {
    const parsed = parseFieldSelector(text, FIELDS);
    expect(parsed.kind === 'invalid' ? parsed.message : matchesFields(parsed.terms, WEB)).toBe(expected);
  });

  test('a value comes back from its escapes', () => {
    expect(parseFieldSelector('metadata.name!=a\\,b\\=c\\\\d', FIELDS)).toEqual({
      kind: 'terms',
      terms: [{ field: 'metadata.name', isEqual: false, value: 'a,b=c\\d' }],
    });
  });
});
