import { describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { METRIC_OVERLAPS_COUNT_MAX } from '../../base/limits.ts';
import { MetricFailure } from './metric-failure.ts';
import { createOrderedCustomSource, createOrderedExternalSource, type NamedSource } from './ordered-sources.ts';
import type { ExternalMetricsSource } from './port.ts';

const SIGNAL = new AbortController().signal;

interface Scripted {
  readonly names: readonly string[];
  /** What it owns; everything when absent. */
  readonly owned?: readonly string[];
}

/** A source whose values say whose they are. */
function scripted(name: string, { names, owned }: Scripted): NamedSource<ExternalMetricsSource> {
  return {
    name,
    source: {
      listMetrics: async () => names,
      ...(owned === undefined ? {} : { owns: ({ metric }) => owned.includes(metric) }),
      async getValues({ metric }) {
        if (owned !== undefined && !owned.includes(metric))
          throw new MetricFailure('unknownMetric', `${name}: no ${metric}`);
        if (metric === 'broken') throw new MetricFailure('unfetched', `${name} is down`);
        return [{ metric, labels: { source: name }, atMs: 0, windowMs: null, value: '1' }];
      },
    },
  };
}

const rules = scripted('rules', { names: ['backlog', 'broken'], owned: ['backlog', 'broken'] });
const queries = scripted('queries', { names: ['backlog', 'rate'], owned: ['backlog', 'rate', 'broken'] });
const keda = scripted('keda', { names: ['externalmetrics', 'rate'] });

describe('who answers', () => {
  const rows: readonly [
    why: string,
    sources: readonly NamedSource<ExternalMetricsSource>[],
    metric: string,
    by: string,
  ][] = [
    ['the only owner', [rules, queries], 'rate', 'queries'],
    ['the first of two owners', [rules, queries], 'backlog', 'rules'],
    ['the order counts, not the list', [queries, rules], 'backlog', 'queries'],
    ['what nobody owns goes to the one that takes everything', [rules, queries, keda], 's0-cron', 'keda'],
    ['an owner goes before it', [rules, queries, keda], 'rate', 'queries'],
    ['an owner’s failure is the answer: no other is asked', [rules, queries, keda], 'broken', 'rules is down'],
    ['without such a one the first refuses in its words', [rules, queries], 'nothing', 'rules: no nothing'],
    ['no source at all', [], 'nothing', 'no source has the metric nothing'],
  ];
  test.each(rows)('%s', async (_why, sources, metric, by) => {
    const { source } = createOrderedExternalSource(sources);
    const answer = source.getValues({ namespace: 'shop', metric, metricSelector: '' }, SIGNAL);
    const told = await answer.then(([value]) => value?.labels?.['source']).catch((thrown: Error) => thrown.message);
    expect(told).toBe(by);
  });

  test('a list of lists: it owns what one of its sources owns', () => {
    const query = (metric: string) => ({ namespace: 'shop', metric, metricSelector: '' });
    const { source } = createOrderedExternalSource([rules, queries]);
    expect(['rate', 'nothing'].map((metric) => source.owns?.(query(metric)))).toEqual([true, false]);
  });
});

describe('what is listed', () => {
  test('everybody’s, each name once, and which names several have', async () => {
    const ordered = createOrderedExternalSource([rules, queries, keda]);
    expect(ordered.findings()).toEqual([]);
    expect(await ordered.source.listMetrics(SIGNAL)).toEqual(['backlog', 'broken', 'rate', 'externalmetrics']);
    expect(ordered.findings()).toEqual([
      { code: 'MetricOverlap', metric: 'backlog', answeredBy: 'rules', hidden: ['queries'] },
      { code: 'MetricOverlap', metric: 'rate', answeredBy: 'queries', hidden: ['keda'] },
    ]);
  });

  test('custom metrics are told apart by resource and name', async () => {
    const custom = (name: string, resource: string) => ({
      name,
      source: {
        listMetrics: async () => [{ resource, isNamespaced: true, metric: 'lag' }],
        getValues: async () => [],
      },
    });
    const ordered = createOrderedCustomSource([custom('a', 'pods'), custom('b', 'services'), custom('c', 'pods')]);
    expect(await ordered.source.listMetrics(SIGNAL)).toEqual([
      { resource: 'pods', isNamespaced: true, metric: 'lag' },
      { resource: 'services', isNamespaced: true, metric: 'lag' },
    ]);
    expect(ordered.findings()).toEqual([{ code: 'MetricOverlap', metric: 'pods/lag', answeredBy: 'a', hidden: ['c'] }]);
  });

  test('the same array until some source has another one', async () => {
    let names: readonly string[] = ['a'];
    const changing = { name: 'x', source: { listMetrics: async () => names, getValues: async () => [] } };
    const { source } = createOrderedExternalSource([changing, rules]);
    const first = await source.listMetrics(SIGNAL);
    expect(await source.listMetrics(SIGNAL)).toBe(first);
    names = ['b'];
    expect(await source.listMetrics(SIGNAL)).toEqual(['b', 'backlog', 'broken']);
  });

  test('a bad source hides nobody: what it had stands in, and it is told of', async () => {
    let isDown = false;
    const shaky: NamedSource<ExternalMetricsSource> = {
      name: 'shaky',
      source: {
        listMetrics: async () => {
          if (isDown) throw new Failure('unavailable', 'keda:443: connection refused');
          return list;
        },
        getValues: async () => [],
      },
    };
    const list = ['theirs'];
    const ordered = createOrderedExternalSource([shaky, rules]);
    const before = await ordered.source.listMetrics(SIGNAL);
    isDown = true;
    expect(await ordered.source.listMetrics(SIGNAL)).toBe(before);
    const unlisted = { code: 'SourceUnlisted', source: 'shaky', detail: 'keda:443: connection refused' };
    expect(ordered.findings()).toEqual([unlisted]);
    isDown = false;
    await ordered.source.listMetrics(SIGNAL);
    expect(ordered.findings()).toEqual([]);

    isDown = true;
    const never = createOrderedExternalSource([shaky, rules]);
    expect(await never.source.listMetrics(SIGNAL)).toEqual(['backlog', 'broken']);
  });

  test('overlaps are counted beyond the bound and named up to it', async () => {
    const names = Array.from({ length: METRIC_OVERLAPS_COUNT_MAX + 1 }, (_, index) => `m${index}`);
    const ordered = createOrderedExternalSource([scripted('a', { names }), scripted('b', { names })]);
    await ordered.source.listMetrics(SIGNAL);
    const findings = ordered.findings();
    expect([findings.length, findings.at(-1)]).toEqual([
      METRIC_OVERLAPS_COUNT_MAX + 1,
      { code: 'MoreOverlaps', count: 1 },
    ]);
  });
});
