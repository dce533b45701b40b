import { describe, expect, test } from 'vitest';
import { HOSTILE_QUERIES, REFUSED_QUERIES } from '../../../test/prometheus/hostile-queries.ts';
import { Failure } from '../../base/failure.ts';
import { HPA_QUERIES_TOLD_COUNT_MAX, HPA_QUERY_VALUES_COUNT_MAX } from '../../base/limits.ts';
import { SILENT_LOG } from '../../base/log.ts';
import type { QueryResult } from '../prometheus/answers.ts';
import { queriesAsReadOverHttp } from '../source/wire-rounding.ts';
import { listedNamespaces, type QueryAccess } from './query-access.ts';
import { createQuerySource } from './query-source.ts';
import { tellSeveralOnce } from './several-values.ts';

const SIGNAL = new AbortController().signal;
const NOW_MS = 1_700_000_000_750;
const ACCESS: QueryAccess = { confined: ['mine'], trusted: ['ours'], namespaceLabel: 'namespace' };

/** An instant vector of these values, each of a series of its own. */
function vectorOf(...values: readonly number[]): QueryResult {
  const samples = values.map((value, index) => {
    return { labels: { q: `q${index + 1}` }, atMs: NOW_MS, value, valueText: String(value) };
  });
  return { kind: 'vector', samples };
}

function sourceOf(result: QueryResult | Failure = vectorOf(1), access = ACCESS) {
  const asked: { readonly query: string; readonly atMs: number }[] = [];
  const told: string[] = [];
  const source = createQuerySource({
    prometheus: {
      query: async (query) => {
        asked.push(query);
        if (result instanceof Failure) throw result;
        return { value: result, warnings: [], infos: [] };
      },
    },
    clock: { nowMs: () => NOW_MS },
    access,
    onSeveral: ({ metric }, valueCount) => told.push(`${metric}: ${valueCount}`),
  });
  const read = (promql: string, namespace = 'mine', metricSelector = '') =>
    source.getValues({ namespace, metric: 'orders', metricSelector, promql }, SIGNAL);
  return { source, read, asked, told };
}

describe('what a query comes to', () => {
  test.each<{ why: string; result: QueryResult; values: readonly string[] }>([
    { why: 'a value of one series', result: vectorOf(1.5), values: ['1500m'] },
    { why: 'cut to thousandths, as external rules are', result: vectorOf(7.0009), values: ['7'] },
    { why: 'several, which the HPA adds up', result: vectorOf(1, 2), values: ['1', '2'] },
    { why: 'no series is no value', result: vectorOf(), values: [] },
    {
      why: 'NaN is no value, and neither is infinity',
      result: vectorOf(Number.NaN, Infinity, -Infinity, 3),
      values: ['3'],
    },
    { why: 'what no quantity holds is none', result: vectorOf(1e300), values: [] },
    { why: 'nothing is left of NaN alone', result: vectorOf(Number.NaN), values: [] },
    { why: 'zero is a value', result: vectorOf(0), values: ['0'] },
  ])('$why', async ({ result, values }) => {
    const made = await sourceOf(result).read('orders');
    expect(made.map(({ value }) => value)).toEqual(values);
  });

  test('a value has its labels and its instant; a scalar is of no series', async () => {
    const shared = { metric: 'orders', atMs: NOW_MS, windowMs: null };
    expect(await sourceOf(vectorOf(1)).read('orders')).toEqual([{ ...shared, labels: { q: 'q1' }, value: '1' }]);
    const scalar: QueryResult = { kind: 'scalar', sample: { atMs: NOW_MS, value: 2, valueText: '2' } };
    expect(await sourceOf(scalar).read('scalar(orders)')).toEqual([{ ...shared, labels: null, value: '2' }]);
  });

  test('in process it is as old as a client would read it', async () => {
    const { source } = sourceOf(vectorOf(1));
    const query = { namespace: 'mine', metric: 'orders', metricSelector: '', promql: 'orders' };
    const [value] = await queriesAsReadOverHttp(source).getValues(query, SIGNAL);
    expect(value).toEqual({
      metric: 'orders',
      labels: { q: 'q1' },
      atMs: 1_700_000_000_000,
      windowMs: null,
      value: '1',
    });
  });

  test.each([
    { why: 'labels that match', selector: 'q in (q1,q3)', values: ['1', '3'] },
    { why: 'labels that do not', selector: 'q=q4', values: [] },
    { why: 'a label that none has', selector: 'zone', values: [] },
  ])('the metric’s selector chooses among them: $why', async ({ selector, values }) => {
    const made = await sourceOf(vectorOf(1, 2, 3)).read('orders', 'mine', selector);
    expect(made.map(({ value }) => value)).toEqual(values);
  });

  test('a scalar has no labels that a selector could match', async () => {
    const scalar: QueryResult = { kind: 'scalar', sample: { atMs: NOW_MS, value: 2, valueText: '2' } };
    expect(await sourceOf(scalar).read('scalar(orders)', 'mine', 'q=q1')).toEqual([]);
  });

  test.each<{ why: string; result: QueryResult | Failure; kind: string; says: string }>([
    {
      why: 'a range',
      result: { kind: 'matrix', series: [] },
      kind: 'invalid',
      says: 'the query makes a range of values, and must make one of an instant',
    },
    {
      why: 'a text',
      result: { kind: 'string', atMs: NOW_MS, text: 'x' },
      kind: 'invalid',
      says: 'the query makes a text, and must make a number',
    },
    {
      why: 'more values than anybody means',
      result: vectorOf(...Array.from({ length: HPA_QUERY_VALUES_COUNT_MAX + 1 }, () => 1)),
      kind: 'invalid',
      says: 'the query must not make more than 1000 values, and makes 1001',
    },
    { why: 'no answer', result: new Failure('unavailable', 'down'), kind: 'unavailable', says: 'down' },
  ])('is refused: $why', async ({ result, kind, says }) => {
    await expect(sourceOf(result).read('orders')).rejects.toMatchObject({ kind, message: says });
  });

  test('as many values as may be', async () => {
    const result = vectorOf(...Array.from({ length: HPA_QUERY_VALUES_COUNT_MAX }, () => 1));
    expect(await sourceOf(result).read('orders')).toHaveLength(HPA_QUERY_VALUES_COUNT_MAX);
  });

  test('a selector that cannot be read is refused before anybody is asked', async () => {
    const { read, asked } = sourceOf();
    await expect(read('orders', 'mine', 'a>')).rejects.toMatchObject({ kind: 'invalid' });
    expect(asked).toEqual([]);
  });
});

describe('what a query sees', () => {
  test('is asked as of now, of its own namespace', async () => {
    const { read, asked } = sourceOf();
    await read('sum(orders)');
    expect(asked).toEqual([{ query: 'sum(orders{namespace="mine"})', atMs: NOW_MS }]);
  });

  test('by whatever label says it', async () => {
    const { read, asked } = sourceOf(vectorOf(1), { ...ACCESS, namespaceLabel: 'kubernetes_namespace' });
    await read('sum(orders)');
    expect(asked[0]?.query).toBe('sum(orders{kubernetes_namespace="mine"})');
  });

  test('in a trusted namespace everything, as it was written', async () => {
    const { read, asked } = sourceOf();
    await read('sum(\n orders) # of all', 'ours');
    expect(asked[0]?.query).toBe('sum(\n orders) # of all');
    const all = sourceOf(vectorOf(1), { ...ACCESS, confined: 'all', trusted: ['mine'] });
    await all.read('orders', 'mine');
    await all.read('orders', 'theirs');
    expect(all.asked.map(({ query }) => query)).toEqual(['orders', 'orders{namespace="theirs"}']);
  });

  test.each(HOSTILE_QUERIES)('is no more, whatever it says: $why', async ({ query, enforced }) => {
    const { read, asked } = sourceOf();
    await read(query);
    expect(asked.map((each) => each.query)).toEqual([enforced]);
  });

  test.each(REFUSED_QUERIES)('is nothing: $why', async ({ query, says }) => {
    const { read, asked } = sourceOf();
    await expect(read(query)).rejects.toThrow(says);
    expect(asked).toEqual([]);
  });

  test('a mistake is told with its place, in a trusted namespace too', async () => {
    const { read, asked } = sourceOf();
    for (const namespace of ['mine', 'ours'])
      await expect(read('sum(\n orders))', namespace)).rejects.toMatchObject({
        kind: 'invalid',
        message: 'PromQL 2:9: cannot be read from here on',
      });
    expect(asked).toEqual([]);
  });

  test('in any other namespace nobody is asked', async () => {
    const { read, asked } = sourceOf();
    await expect(read('vector(1)', 'theirs')).rejects.toMatchObject({
      kind: 'denied',
      message: 'HPAs of the namespace theirs must not bring queries',
    });
    expect(asked).toEqual([]);
  });

  test.each<{ why: string; access: Partial<QueryAccess>; listed: unknown }>([
    {
      why: 'both lists, each name once',
      access: { confined: ['a', 'b'], trusted: ['b', 'c'] },
      listed: ['a', 'b', 'c'],
    },
    { why: 'all by one of them', access: { confined: 'all', trusted: ['b'] }, listed: 'all' },
    { why: 'all by the other', access: { confined: [], trusted: 'all' }, listed: 'all' },
  ])('namespaces that may: $why', ({ access, listed }) => {
    expect(listedNamespaces({ ...ACCESS, ...access })).toEqual(listed);
  });
});

describe('several values', () => {
  test('are told of, one is not', async () => {
    const several = sourceOf(vectorOf(1, 2));
    await several.read('orders');
    expect(several.told).toEqual(['orders: 2']);
    const one = sourceOf(vectorOf(1, Number.NaN));
    await one.read('orders');
    expect(one.told).toEqual([]);
  });

  test('once until the query changes, and no more of them are remembered than may be', () => {
    const lines: unknown[] = [];
    const tell = tellSeveralOnce({ ...SILENT_LOG, info: (_message, fields) => lines.push(fields) });
    const query = { namespace: 'mine', metric: 'orders', metricSelector: '', promql: 'a\n+ b' };
    tell(query, 2);
    tell(query, 3);
    expect(lines).toEqual([
      { namespace: 'mine', annotation: 'podtide.dev/query.orders', query: 'a + b', valueCount: 2 },
    ]);
    tell({ ...query, promql: 'c' }, 2);
    tell({ ...query, namespace: 'ours', promql: 'c' }, 2);
    expect(lines).toHaveLength(3);
    for (let index = 0; index < HPA_QUERIES_TOLD_COUNT_MAX; index += 1) tell({ ...query, metric: `m${index}` }, 2);
    lines.splice(0);
    tell({ ...query, metric: 'm1' }, 2);
    expect(lines).toEqual([]);
    tell({ ...query, promql: 'c' }, 2);
    expect(lines).toHaveLength(1);
  });
});
