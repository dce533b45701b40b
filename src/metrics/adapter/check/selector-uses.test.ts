import { expect, test } from 'vitest';
import { selectorUses } from './selector-uses.ts';

const PLAIN = { isRange: false, callers: [], isInSubquery: false };

test.each([
  { why: 'a name alone', query: 'up', expected: [{ ...PLAIN, metric: 'up' }] },
  {
    why: 'braces, with what looks like more in a string',
    query: `up{a="x{b} [5m]"}`,
    expected: [{ ...PLAIN, metric: 'up' }],
  },
  { why: 'a name in braces', query: '{__name__="up",a="b"}', expected: [{ ...PLAIN, metric: 'up' }] },
  { why: 'no name', query: '{a="b"}', expected: [{ ...PLAIN, metric: '' }] },
  {
    why: 'functions in each other',
    query: 'sum(rate(a_total{x="y"}[5m])) by (pod)',
    expected: [{ metric: 'a_total', isRange: true, callers: ['rate', 'sum'], isInSubquery: false }],
  },
  {
    why: 'labels in front',
    query: 'sum by (pod, b) (a) / on(pod) group_left(c) sum without (d) (e)',
    expected: [
      { ...PLAIN, metric: 'a', callers: ['sum'] },
      { ...PLAIN, metric: 'e', callers: ['sum'] },
    ],
  },
  {
    why: 'a subquery of an expression, and one of a selector',
    query: 'increase((a + b)[5m:1m]) + max_over_time(c[1h:])',
    expected: [
      { ...PLAIN, metric: 'a', callers: ['increase'], isInSubquery: true },
      { ...PLAIN, metric: 'b', callers: ['increase'], isInSubquery: true },
      { metric: 'c', isRange: true, callers: ['max_over_time'], isInSubquery: true },
    ],
  },
  {
    why: 'words of the language, numbers and comments',
    query: 'a offset 5m and bool 1e3 # b\n or Inf',
    expected: [{ ...PLAIN, metric: 'a' }],
  },
  { why: 'no PromQL at all', query: ') ]{', expected: [{ ...PLAIN, metric: '' }] },
])('$why', ({ query, expected }) => {
  expect(selectorUses(query)).toEqual(expected);
});
