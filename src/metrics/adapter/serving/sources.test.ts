import { describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import type { SeriesFold } from '../../prometheus/answers.ts';
import { builtInKinds } from '../check/built-in-kinds.ts';
import { compileConfig } from '../compiled-config.ts';
import { decodeAdapterConfig } from '../config/config-decoding.ts';
import { createCustomSource } from './custom-source.ts';
import { createExternalSource } from './external-source.ts';
import type { MeasuredObject } from './measured-objects.ts';
import { createResourceSource } from './resource-source.ts';
import { makeRuleBook, type RuleBook } from './rule-book.ts';

const NOW_MS = 1_700_000_000_000;
const RULES = `rules: &rules
- seriesQuery: q
  resources: {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, service: {resource: service}}}
  metricsQuery: 'sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)'
externalRules: *rules
`;
const FOUND: readonly SeriesFold[] = [{ name: 'work', labelNames: ['namespace', 'pod'], seriesCount: 3 }];

function bookOf(rules: string): RuleBook {
  const decoded = decodeAdapterConfig(rules);
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded.problems));
  const kinds = builtInKinds();
  const result = compileConfig([{ name: 'rules.yaml', config: decoded.config }], kinds);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result.problems));
  return makeRuleBook(result.compiled, new Map([['q', FOUND]]), kinds);
}

type Answer = () => Promise<readonly { readonly pod: string; readonly value: number }[]>;

/** Sources over one series of pods, a list of pods, and an answer of Prometheus; rules say more where that is given. */
function sourcesOver(answer: Answer, pods: () => Promise<readonly string[]> = async () => ['p1', 'p2'], more = '') {
  const book = bookOf(RULES.replace('\nexternalRules', `${more}\nexternalRules`));
  const queries: string[] = [];
  const ports = {
    book: () => book,
    clock: { nowMs: () => NOW_MS },
    prometheus: {
      get: () => ({
        query: async ({ query, atMs }: { readonly query: string; readonly atMs: number }) => {
          queries.push(query);
          const samples = (await answer()).map(({ pod, value }) => ({ labels: { pod }, atMs, value, valueText: '' }));
          return { value: { kind: 'vector', samples } as const, warnings: [], infos: [] };
        },
      }),
    },
    objects: {
      list: async <T>() => {
        const items = (await pods()).map((name) => ({ metadata: { name } })) as T[];
        return { items, resourceVersion: '1' };
      },
    },
  };
  return {
    queries,
    custom: createCustomSource(ports),
    external: createExternalSource(ports),
  };
}

const SIGNAL = new AbortController().signal;
const OF_PODS = {
  namespace: 'shop',
  resource: 'pods',
  name: '*',
  labelSelector: '',
  metric: 'work',
  metricSelector: '',
};
const EXTERNAL = { namespace: 'shop', metric: 'work', metricSelector: 'tier=web' };

describe('what is no number', () => {
  const ROWS = [
    { pod: 'p1', value: Number.NaN },
    { pod: 'p2', value: Number.POSITIVE_INFINITY },
    { pod: 'p3', value: 1e300 },
    { pod: 'p4', value: 4 },
  ];
  const PODS = ['p0', 'p1', 'p2', 'p3', 'p4'];

  test.each([
    { why: 'is missing', more: '', custom: 'p4=4', external: 'p4=4', none: [] },
    {
      why: 'but for NaN, where the rule says so; never for what is infinite',
      more: '\n  nan: zero',
      custom: 'p1=0 p4=4',
      external: 'p1=0 p4=4',
      none: [],
    },
    {
      why: 'and so for what has no row',
      more: '\n  absent: zero',
      custom: 'p0=0 p4=4',
      external: 'p4=4',
      none: [{ labels: null, value: '0' }],
    },
    {
      why: 'and for both',
      more: '\n  nan: zero\n  absent: zero',
      custom: 'p0=0 p1=0 p4=4',
      external: 'p1=0 p4=4',
      none: [{ labels: null, value: '0' }],
    },
  ])('$why', async ({ more, custom, external, none }) => {
    const sources = sourcesOver(
      async () => ROWS,
      async () => PODS,
      more,
    );
    const pods = await sources.custom.getValues(OF_PODS, SIGNAL);
    expect(pods.map(({ describedObject, value }) => `${describedObject.name}=${value}`).join(' ')).toBe(custom);
    const rows = await sources.external.getValues(EXTERNAL, SIGNAL);
    expect(rows.map(({ labels, value }) => `${labels?.['pod']}=${value}`).join(' ')).toBe(external);
    const empty = sourcesOver(async () => [], undefined, more);
    const single = await empty.external.getValues(EXTERNAL, SIGNAL);
    expect(single.map(({ labels, value }) => ({ labels, value }))).toEqual(none);
  });

  test('of one object says what the row is, and what to do', async () => {
    const { custom } = sourcesOver(async () => ROWS);
    for (const [name, value] of [
      ['p1', 'NaN'],
      ['p2', 'Infinity'],
    ])
      await expect(custom.getValues({ ...OF_PODS, name: name ?? '' }, SIGNAL)).rejects.toMatchObject({
        reason: 'noValue',
        message: expect.stringContaining(`${value} is no number that can be served`),
        hint: expect.stringContaining('nan: zero'),
      });
  });
});

describe('custom metrics by rules', () => {
  test('one query asks for all objects, and those without a row are left out', async () => {
    const { custom, queries } = sourcesOver(async () => [
      { pod: 'p2', value: 1.5 },
      { pod: 'foreign', value: 9 },
    ]);
    expect(await custom.getValues(OF_PODS, SIGNAL)).toEqual([
      {
        describedObject: { apiVersion: '/v1', kind: 'Pod', namespace: 'shop', name: 'p2' },
        metric: 'work',
        atMs: NOW_MS,
        windowMs: null,
        value: '1500m',
      },
    ]);
    expect(queries).toEqual(['sum(work{namespace="shop",pod=~"p1|p2"}) by (pod)']);
  });

  const refusals = [
    { why: 'a metric that no rule makes', asked: { metric: 'other' }, reason: 'unknownMetric', queryCount: 0 },
    { why: 'a metric of other objects', asked: { resource: 'services' }, reason: 'unknownMetric', queryCount: 0 },
    { why: 'outside of a namespace', asked: { namespace: null }, reason: 'unknownMetric', queryCount: 0 },
    { why: 'a kind that there is not', asked: { resource: 'widgets' }, reason: 'unlistedObjects', queryCount: 0 },
    { why: 'that kind by name', asked: { resource: 'widgets', name: 'w' }, reason: 'unknownMetric', queryCount: 0 },
    { why: 'an operator of numbers', asked: { metricSelector: 'a>1' }, reason: 'unknownMetric', queryCount: 0 },
    { why: 'an object without a row', asked: { name: 'p1' }, reason: 'noValue', queryCount: 1 },
  ] as const;
  test.each(refusals)('$why is refused', async ({ asked, reason, queryCount }) => {
    const { custom, queries } = sourcesOver(async () => []);
    await expect(custom.getValues({ ...OF_PODS, ...asked }, SIGNAL)).rejects.toMatchObject({ reason });
    expect(queries).toHaveLength(queryCount);
  });

  test('no object at all is no metric, and no row is no value', async () => {
    const { custom } = sourcesOver(async () => []);
    expect(await custom.getValues(OF_PODS, SIGNAL)).toEqual([]);
    const none = sourcesOver(
      async () => [],
      async () => [],
    );
    await expect(none.custom.getValues(OF_PODS, SIGNAL)).rejects.toMatchObject({ reason: 'unknownMetric' });
    expect(none.queries).toEqual([]);
  });

  test('the world’s refusals are told apart; a bug is none of them', async () => {
    const denied = () => Promise.reject(new Failure('denied', 'forbidden'));
    const bug = () => Promise.reject(new TypeError('bug'));
    const cases = [
      {
        sources: sourcesOver(async () => [], denied),
        expected: { reason: 'unlistedObjects', message: expect.stringContaining('forbidden') },
      },
      { sources: sourcesOver(denied), expected: { reason: 'unfetched' } },
      { sources: sourcesOver(async () => [], bug), expected: { name: 'TypeError' } },
      { sources: sourcesOver(bug), expected: { name: 'TypeError' } },
    ];
    for (const { sources, expected } of cases)
      await expect(sources.custom.getValues(OF_PODS, SIGNAL)).rejects.toMatchObject(expected);
  });

  test('whoever asks no longer gets their own reason', async () => {
    const gone = new AbortController();
    const { custom } = sourcesOver(async () => {
      gone.abort(new Error('gone'));
      throw new Failure('unavailable', 'aborted');
    });
    await expect(custom.getValues(OF_PODS, gone.signal)).rejects.toThrow('gone');
  });

  test('those that rules make are owned, in the form that they are asked for', () => {
    const { custom, external } = sourcesOver(async () => []);
    const asked = [
      OF_PODS,
      { ...OF_PODS, resource: 'Pod' },
      { ...OF_PODS, metric: 'other' },
      { ...OF_PODS, namespace: null },
    ];
    expect(asked.map((query) => custom.owns?.(query))).toEqual([true, true, false, false]);
    expect([EXTERNAL, { ...EXTERNAL, metric: 'other' }].map((query) => external.owns?.(query))).toEqual([true, false]);
  });
});

describe('external metrics by rules', () => {
  test('each row is a value of its labels', async () => {
    const { external, queries } = sourcesOver(async () => [{ pod: 'p2', value: 3 }]);
    expect(await external.getValues(EXTERNAL, SIGNAL)).toEqual([
      { metric: 'work', labels: { pod: 'p2' }, atMs: NOW_MS, windowMs: null, value: '3' },
    ]);
    expect(queries).toEqual(['sum(work{tier="web",namespace="shop"}) by ()']);
  });

  test.each([
    { why: 'a metric that no rule makes', asked: { metric: 'other' }, reason: 'unknownMetric' },
    { why: 'an operator of numbers', asked: { metricSelector: 'a>1' }, reason: 'unfetched' },
  ])('$why is refused', async ({ asked, reason }) => {
    const { external } = sourcesOver(async () => []);
    await expect(external.getValues({ ...EXTERNAL, ...asked }, SIGNAL)).rejects.toMatchObject({ reason });
  });
});

const RESOURCE_RULES = `resourceRules:
  cpu: {containerQuery: 'cpu{<<.LabelMatchers>>}', nodeQuery: 'cpu{<<.LabelMatchers>>}', resources: &of {overrides: {namespace: {resource: namespace}, pod: {resource: pod}, node: {resource: node}}}}
  memory: {containerQuery: 'memory{<<.LabelMatchers>>}', nodeQuery: 'memory{<<.LabelMatchers>>}', resources: *of}
`;

interface UsageRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Usage by rules of three pods and two nodes, of which Prometheus has these rows, whatever it is asked for. */
function usageSource(rows: readonly UsageRow[] = []) {
  const book = bookOf(RESOURCE_RULES);
  const object = (namespace: string, name: string): MeasuredObject => ({ namespace, name, labels: {} });
  const queries: string[] = [];
  const source = createResourceSource({
    book: () => book,
    clock: { nowMs: () => NOW_MS },
    prometheus: {
      get: () => ({
        query: async ({ query }) => {
          queries.push(query);
          return {
            value: { kind: 'vector', samples: rows.map((row) => ({ ...row, atMs: NOW_MS, valueText: '' })) },
            warnings: [],
            infos: [],
          };
        },
      }),
    },
    objects: {
      pods: () => [object('shop', 'web-1'), object('shop', 'web-2'), object('other', 'web-2')],
      nodes: () => [object('', 'node-a'), object('', 'node-b')],
      pod: () => undefined,
      node: () => undefined,
    },
    onAnswer: () => {},
    onFailure: (failure) => {
      throw failure;
    },
  });
  return { source, queries };
}

describe('usage by resource rules', () => {
  test.each([
    { why: 'all', wanted: null, matchers: ['namespace="shop",pod=~"web-1|web-2"', 'namespace="other",pod="web-2"'] },
    { why: 'some', wanted: 'web-2', matchers: ['namespace="shop",pod="web-2"', 'namespace="other",pod="web-2"'] },
    { why: 'one', wanted: 'web-1', matchers: ['namespace="shop",pod="web-1"'] },
    { why: 'none', wanted: 'web-3', matchers: [] },
  ])('Prometheus is asked for the pods that are wanted: $why', async ({ wanted, matchers }) => {
    const { source, queries } = usageSource();
    const narrowed = wanted === null ? {} : { isWanted: ({ name }: { readonly name: string }) => name === wanted };
    expect(await source.listPods({ namespace: null, labelSelector: '', ...narrowed }, SIGNAL)).toEqual([]);
    expect(queries.toSorted()).toEqual(matchers.flatMap((each) => [`cpu{${each}}`, `memory{${each}}`]).toSorted());
  });

  test('and for the nodes', async () => {
    const { source, queries } = usageSource();
    const isWanted = ({ name }: { readonly name: string }) => name === 'node-b';
    expect(await source.listNodes({ labelSelector: '', isWanted }, SIGNAL)).toEqual([]);
    expect(queries).toEqual(['cpu{node="node-b"}', 'memory{node="node-b"}']);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300])(
    'a pod or node of which a row is %s is missing, instead of using nothing',
    async (value) => {
      const rows = [
        { labels: { pod: 'web-1', container: 'app', node: 'node-a' }, value: 2 },
        { labels: { pod: 'web-2', container: 'app', node: 'node-b' }, value },
        { labels: { pod: 'web-2', container: 'helper' }, value: 1 },
      ];
      const { source } = usageSource(rows);
      const pods = await source.listPods({ namespace: 'shop', labelSelector: '' }, SIGNAL);
      expect(pods.map(({ name }) => name)).toEqual(['web-1']);
      const nodes = await source.listNodes({ labelSelector: '' }, SIGNAL);
      expect(nodes.map(({ name, usage }) => [name, usage])).toEqual([['node-a', { cpu: '2', memory: '2' }]]);
    },
  );
});
