import { describe, expect, test } from 'vitest';
import { countersWithoutRate } from './counter-use.ts';
import { parsePromql } from './promql-expression.ts';

const found = (query: string, isCounter?: (name: string) => boolean): readonly string[] =>
  countersWithoutRate(parsePromql(query), isCounter).map(({ from, to }) => query.slice(from, to));

describe('countersWithoutRate', () => {
  test.each([
    { why: 'a counter alone', query: 'a_total', counters: ['a_total'] },
    {
      why: 'an average by pod, as the blog has it',
      query: 'avg(myapp_processed_ops_total{namespace="x"}) by (pod)',
      counters: ['myapp_processed_ops_total{namespace="x"}'],
    },
    { why: 'its rate', query: 'sum(rate(a_total[2m])) by (pod)', counters: [] },
    { why: 'its rate within a subquery', query: 'max_over_time(rate(a_total[1m])[5m:])', counters: [] },
    { why: 'its increase with an offset', query: 'increase(a_total[1h] offset 5m)', counters: [] },
    { why: 'the greatest of its values', query: 'max_over_time(a_total[5m])', counters: ['a_total'] },
    { why: 'the difference of a gauge’s function', query: 'delta(a_total[5m])', counters: ['a_total'] },
    { why: 'a gauge', query: 'sum(queue_depth)', counters: [] },
    { why: 'how many there are', query: 'count(a_total)', counters: [] },
    { why: 'whether there is one', query: 'absent(a_total) or vector(0)', counters: [] },
    { why: 'a filter by its presence', query: 'queue_depth and on(pod) a_total', counters: [] },
    { why: 'a filter by something else', query: 'a_total unless b', counters: ['a_total'] },
    { why: 'a ratio of two totals', query: 'a_sum / b_count', counters: ['a_sum', 'b_count'] },
    { why: 'one with, one without', query: 'rate(a_total[1m]) / b_total', counters: ['b_total'] },
    {
      why: 'buckets without a rate',
      query: 'histogram_quantile(0.9, sum(a_bucket) by (le))',
      counters: ['a_bucket'],
    },
    { why: 'a name as a label', query: '{__name__="a_total"}', counters: ['{__name__="a_total"}'] },
    {
      why: 'names by an expression that ends as counters do',
      query: 'sum({__name__=~"^(.*)ops_total$"})',
      counters: ['{__name__=~"^(.*)ops_total$"}'],
    },
    { why: 'names by an expression of gauges', query: '{__name__=~"queue_depth|queue_size"}', counters: [] },
    {
      why: 'one counter of several names',
      query: '{__name__=~"depth|(?:a|b_total)"}',
      counters: ['{__name__=~"depth|(?:a|b_total)"}'],
    },
  ])('$why', ({ query, counters }) => expect(found(query)).toEqual(counters));

  test('metadata may know better than a name', () => {
    expect(found('processed + a_total', (name) => name === 'processed')).toEqual(['processed']);
  });
});
