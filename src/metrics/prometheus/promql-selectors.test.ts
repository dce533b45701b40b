import { describe, expect, test } from 'vitest';
import { parsePromql } from './promql-expression.ts';
import { selectorsOf } from './promql-selectors.ts';

const equal = (label: string, value: string) => ({ label, operator: '=', value });

describe('selectorsOf', () => {
  test.each([
    {
      why: 'a name with conditions of every kind',
      query: `up{a="1",b!='2',c=~\`3\`,d!~"4"}`,
      name: 'up',
      matchers: [
        equal('__name__', 'up'),
        equal('a', '1'),
        { label: 'b', operator: '!=', value: '2' },
        { label: 'c', operator: '=~', value: '3' },
        { label: 'd', operator: '!~', value: '4' },
      ],
    },
    { why: 'a name as a label', query: '{__name__="up"}', name: 'up', matchers: [equal('__name__', 'up')] },
    {
      why: 'names by an expression',
      query: '{__name__=~"up|down"}',
      name: undefined,
      matchers: [{ label: '__name__', operator: '=~', value: 'up|down' }],
    },
    {
      why: 'names and labels that need quotation marks, with a comment between',
      query: '{"my.metric", # x\n"my label"="\\u00e9"}',
      name: 'my.metric',
      matchers: [equal('__name__', 'my.metric'), equal('my label', 'é')],
    },
    { why: 'nothing', query: '{}', name: undefined, matchers: [] },
  ])('$why', ({ query, name, matchers }) => {
    expect(selectorsOf(parsePromql(query))).toEqual([{ name, matchers, from: 0, to: query.length }]);
  });

  test('all of an expression, in order, and where they stand', () => {
    const query = 'sum(rate(a[5m] offset 1m)) / on(x) group_left(y) max_over_time(b{c="d"}[1h:]) # e';
    const found = selectorsOf(parsePromql(query)).map(({ name, from, to }) => [name, query.slice(from, to)]);
    expect(found).toEqual([
      ['a', 'a'],
      ['b', 'b{c="d"}'],
    ]);
  });
});
