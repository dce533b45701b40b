import { describe, expect, test } from 'vitest';
import { LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX, LAB_PROMETHEUS_QUERY_SAMPLES_COUNT_MAX } from '../../../base/limits.ts';
import { ExecutionRefusal } from '../execution-refusal.ts';
import { SeriesStore } from '../series-store.ts';
import { evaluate, SampleBudget } from './evaluation.ts';
import { readExpression } from './expression-reader.ts';

const AT_MS = 1_000_000;

/** Series by their pods, each with values ten seconds apart until now; null ends a series. */
function storeOf(series: Readonly<Record<string, readonly (number | null)[]>>): SeriesStore {
  const store = new SeriesStore();
  for (const [pod, values] of Object.entries(series)) {
    for (const [index, value] of values.entries()) {
      store.append({ __name__: 'a_total', pod }, AT_MS - (values.length - 1 - index) * 10_000, value);
    }
  }
  return store;
}

/** What a query comes to, by pod; '' without one. */
function valuesOf(query: string, store: SeriesStore): unknown {
  const value = evaluate(readExpression(query), { store, budget: new SampleBudget(), atMs: AT_MS });
  if (value.kind !== 'vector') return value;
  return Object.fromEntries(value.elements.map(({ labels, value: number }) => [labels['pod'] ?? '', number]));
}

describe('evaluate', () => {
  test.each([
    {
      why: 'a growth of 3 in 30 s is carried on to the ends of the range: 30 s of 40 s were sampled, both ends are near',
      query: 'increase(a_total[40s])',
      series: { x: [10, 11, 12, 13] },
      values: { x: 4 },
    },
    {
      why: 'a series that began inside is carried on by half a step',
      query: 'increase(a_total[5m])',
      series: { x: [10, 11, 12, 13] },
      values: { x: 3.5 },
    },
    {
      why: 'and never below zero',
      query: 'increase(a_total[40s])',
      series: { x: [3, 7, 11, 15] },
      values: { x: 15 },
    },
    {
      why: 'a reset counts from zero on',
      query: 'increase(a_total[30s])',
      series: { x: [100, 103, 1, 4] },
      values: { x: 7 },
    },
    {
      why: 'a second of it is the rate',
      query: 'rate(a_total[30s])',
      series: { x: [30, 60, 90, 120], y: [5] },
      values: { x: 3 },
    },
    {
      why: 'the last two samples are the instantaneous rate',
      query: 'irate(a_total[5m])',
      series: { x: [0, 1, 2, 22] },
      values: { x: 2 },
    },
    {
      why: 'a series that has ended has no value, and its earlier ones are there',
      query: 'a_total or count_over_time(a_total[1m])',
      series: { x: [1, 2, null] },
      values: { x: 2 },
    },
    {
      why: 'the mean of numbers whose sum is too large for a double',
      query: 'avg(a_total)',
      series: { x: [1.7e308], y: [1.7e308] },
      values: { '': 1.7e308 },
    },
    {
      why: 'sums lose nothing to rounding',
      query: 'sum(a_total)',
      series: { x: [1], y: [1e100], z: [1], u: [-1e100] },
      values: { '': 2 },
    },
  ])('$why', ({ query, series, values }) => {
    expect(valuesOf(query, storeOf(series))).toEqual(values);
  });

  test('a query that looks at too many samples is refused', () => {
    const store = storeOf({ x: [1, 2, 3], y: [1, 2, 3] });
    const ask = (count: number) => () =>
      evaluate(readExpression('sum_over_time(a_total[1m])'), { store, budget: new SampleBudget(count), atMs: AT_MS });
    const whole = new SampleBudget();
    whole.spend(LAB_PROMETHEUS_QUERY_SAMPLES_COUNT_MAX);
    expect(() => whole.spend(1)).toThrow(ExecutionRefusal);
    expect(ask(6)).not.toThrow();
    expect(ask(5)).toThrow(
      new ExecutionRefusal('query processing would load too many samples into memory in query execution'),
    );
  });

  test('parts may stand in each other as deep as the bound, and no deeper', () => {
    const nested = (depth: number): string => `${'('.repeat(depth)}1${')'.repeat(depth)}`;
    expect(valuesOf(nested(LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX), storeOf({}))).toEqual({ kind: 'scalar', value: 1 });
    expect(() => readExpression(nested(LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX + 1))).toThrow(
      `parts stand in each other more than ${LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX} deep`,
    );
  });
});
