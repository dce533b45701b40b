import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HOSTILE_QUERIES, REFUSED_QUERIES } from '../../../test/prometheus/hostile-queries.ts';
import { Failure, InvariantError } from '../../base/failure.ts';
import { PROMQL_EXPRESSION_LENGTH_MAX } from '../../base/limits.ts';
import { enforceMatcher } from './namespace-enforcement.ts';
import { parsePromql } from './promql-expression.ts';
import { selectorsOf } from './promql-selectors.ts';

const MINE = { label: 'namespace', value: 'mine' };
const enforce = (query: string): string => enforceMatcher(query, MINE);

describe('enforceMatcher', () => {
  test('there are enough hostile queries', () => {
    expect(HOSTILE_QUERIES.length + REFUSED_QUERIES.length).toBeGreaterThanOrEqual(60);
  });

  test.each(HOSTILE_QUERIES)('$why', ({ query, enforced }) => expect(enforce(query)).toBe(enforced));

  test.each(REFUSED_QUERIES)('refuses: $why', ({ query, says }) => {
    expect(() => enforce(query)).toThrow(Failure);
    expect(() => enforce(query)).toThrow(says);
  });

  test('every selector of what comes out has the matcher, whatever else it has', () => {
    for (const { query } of HOSTILE_QUERIES) {
      for (const { matchers } of selectorsOf(parsePromql(enforce(query)))) {
        expect({ query, matchers }).toEqual({
          query,
          matchers: expect.arrayContaining([{ label: 'namespace', operator: '=', value: 'mine' }]),
        });
      }
    }
  });

  test('what was enforced once stays as it is but for the matcher', () => {
    for (const { query } of HOSTILE_QUERIES) {
      const once = enforce(query);
      expect(enforce(once).replaceAll('namespace="mine",namespace="mine"', 'namespace="mine"')).toBe(once);
    }
  });

  test.each([
    { why: 'quotation marks', value: 'a"} or secret{x="', enforced: 'up{namespace="a\\"} or secret{x=\\""}' },
    { why: 'a backslash at the end', value: 'a\\', enforced: 'up{namespace="a\\\\"}' },
    { why: 'a line break', value: 'a\nb', enforced: 'up{namespace="a\\nb"}' },
    { why: 'nothing', value: '', enforced: 'up{namespace=""}' },
  ])('a value cannot break out of its quotation marks: $why', ({ value, enforced }) => {
    expect(enforceMatcher('up', { label: 'namespace', value })).toBe(enforced);
  });

  test('a label that is no word is a bug of ours', () => {
    expect(() => enforceMatcher('up', { label: 'a"b', value: 'x' })).toThrow(InvariantError);
  });

  test('an expression beyond the bound is not read', () => {
    expect(() => enforce('x'.repeat(PROMQL_EXPRESSION_LENGTH_MAX + 1))).toThrow('must not exceed');
    expect(enforce('x'.repeat(PROMQL_EXPRESSION_LENGTH_MAX))).toMatch(/x\{namespace="mine"\}$/);
  });

  test('whatever is handed in: refused as unreadable, or every selector has the matcher', () => {
    const piece = fc.constantFrom(
      ...['up', 'sum', 'by', '(', ')', '{', '}', '[5m]', '[5m:]', ',', '"', "'", '`', '\\', '#', '\n', '\r', ' '],
      ...['=', '!=', '=~', 'offset', '@', 'start()', '+', '-', 'or', 'and', 'on', 'namespace', '"x"', '1', 'rate', ':'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        let enforced: string;
        try {
          enforced = enforce(pieces.join(''));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
          return;
        }
        for (const { matchers } of selectorsOf(parsePromql(enforced))) {
          expect(matchers).toContainEqual({ label: 'namespace', operator: '=', value: 'mine' });
        }
        expect(enforced).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 2_000 },
    );
  });
});
