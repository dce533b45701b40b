import { describe, expect, test } from 'vitest';
import { type PrometheusTale, tellingClient } from '../../../../test/adapter/told-prometheus.ts';
import { KINDS, rule } from '../../../../test/fixtures/adapter-check.ts';
import { parseSelector, type Selector } from '../../../base/label-selector.ts';
import { ADAPTER_TRACED_OBJECTS_COUNT_MAX } from '../../../base/limits.ts';
import type { MetricTrail } from '../../../core/explain/metric-trail.ts';
import type { QueryResult } from '../../prometheus/answers.ts';
import { PrometheusFailure } from '../../prometheus/prometheus-failure.ts';
import { decodeAdapterConfig } from '../config/config-decoding.ts';
import { type MetricQuestion, type ObjectsOfQuestion, type TracePorts, traceMetric } from './trace-metric.ts';

const NOW_MS = 1_700_000_000_000;
const SIGNAL = new AbortController().signal;
const PODS: ObjectsOfQuestion = { resource: 'pods', name: '*', selector: '' };

function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return parsed.selector;
  throw new Error(parsed.message);
}

interface Trial {
  readonly rules?: string;
  readonly tale?: PrometheusTale;
  readonly question?: Partial<MetricQuestion>;
  readonly prometheus?: Partial<ReturnType<TracePorts['prometheus']['get']>>;
  /** Who has the series; null is the one that is meant where none is named. */
  readonly backend?: string | null;
}

const WEB_1 = { __name__: 'requests', namespace: 'shop', pod: 'web-1' };
const WEB_2 = { __name__: 'requests', namespace: 'shop', pod: 'web-2' };
const TWO = 'sum(requests{namespace="shop",pod=~"web-1|web-2"}) by (pod)';
const TWO_AGES = 'max(timestamp(requests{namespace="shop",pod=~"web-1|web-2"})) by (pod)';

const TALE: PrometheusTale = {
  series: [WEB_1, WEB_2],
  rows: {
    [TWO]: [
      { labels: { pod: 'web-1' }, value: '1.5' },
      { labels: { pod: 'web-2' }, value: '0' },
    ],
    [TWO_AGES]: [
      { labels: { pod: 'web-1' }, value: String(NOW_MS / 1000 - 12) },
      { labels: { pod: 'web-2' }, value: String(NOW_MS / 1000 - 5) },
    ],
  },
};

function trace({
  rules = rule(),
  tale = TALE,
  question = {},
  prometheus = {},
  backend = null,
}: Trial): Promise<MetricTrail> {
  const decoded = decodeAdapterConfig(rules);
  if (decoded.kind === 'refused') throw new Error(JSON.stringify(decoded.problems));
  return traceMetric(
    { metric: 'requests', objects: PODS, namespace: 'shop', metricSelector: selectorOf(''), ...question },
    {
      files: [{ name: 'rules.yaml', config: decoded.config }],
      kinds: KINDS,
      prometheus: {
        get: (name) => ({ ...tellingClient(name === backend ? tale : { series: [] }), ...prometheus }),
      },
      nowMs: NOW_MS,
      maxAgeMs: 600_000,
    },
    SIGNAL,
  );
}

/** A row for each answer to the query that the trail asks. */
function answering(rows: readonly { readonly labels: Record<string, string>; readonly value: string }[], query = TWO) {
  return { tale: { ...TALE, rows: { [query]: rows } } };
}

const PLACE = { file: 'rules.yaml', line: 2, rule: 'rules[0]' };
const FOUND = { code: 'RuleFound', ...PLACE, series: 'requests', seriesCount: 2, labels: ['namespace', 'pod'] };
const NAMES = { code: 'NamesOfSeries', label: 'pod', nameCount: 2, askedCount: 2, selector: '' };

describe('a metric that is served', () => {
  test('is asked of the backend that its rule names', async () => {
    const backend = 'team-a';
    const rules = rule({ prometheus: backend });
    expect(await trace({ rules, backend })).toEqual(await trace({}));
    const [link] = (await trace({ rules })).links;
    expect(link).toMatchObject({ code: 'NoSuchSeries', ...PLACE });
  });

  test('from the rule to the values, each row with the age of its samples', async () => {
    expect(await trace({})).toEqual({
      metric: 'pods/requests',
      namespace: 'shop',
      atMs: NOW_MS,
      links: [
        FOUND,
        NAMES,
        { code: 'Asked', query: TWO },
        { code: 'Rows', rowCount: 2, newestAgeMs: 5_000 },
        { code: 'Values', valueCount: 2 },
      ],
      rows: [
        { labels: { pod: 'web-1' }, value: '1.5', sampleAgeMs: 12_000 },
        { labels: { pod: 'web-2' }, value: '0', sampleAgeMs: 5_000 },
      ],
      values: [
        { of: 'web-1', quantity: '1500m' },
        { of: 'web-2', quantity: '0' },
      ],
    });
  });

  test('one object by its name, with a metric selector', async () => {
    const query = 'sum(requests{verb="get",namespace="shop",pod="web-1"}) by (pod)';
    const { links, values } = await trace({
      ...answering([{ labels: { pod: 'web-1' }, value: '3' }], query),
      question: { objects: { ...PODS, name: 'web-1' }, metricSelector: selectorOf('verb=get') },
    });
    expect(links.slice(1, 3)).toEqual([
      { code: 'NameGiven', name: 'web-1', label: 'pod' },
      { code: 'Asked', query },
    ]);
    expect(values).toEqual([{ of: 'web-1', quantity: '3' }]);
  });

  test('external metrics: each row is a value of its labels', async () => {
    const query = 'max(requests{namespace="shop"}) by (queue)';
    const trail = await trace({
      rules: rule({ metricsQuery: `'max(<<.Series>>{<<.LabelMatchers>>}) by (queue)'` }, 'externalRules'),
      tale: {
        ...TALE,
        rows: {
          [query]: [{ labels: { queue: 'mail' }, value: '7' }],
          'max(timestamp(requests{namespace="shop"})) by ()': [{ labels: {}, value: String(NOW_MS / 1000 - 3) }],
        },
      },
      question: { objects: null },
    });
    expect(trail).toMatchObject({
      metric: 'requests',
      links: [
        { code: 'RuleFound', rule: 'externalRules[0]' },
        { code: 'NoObjectsNeeded', label: 'namespace' },
        { code: 'Asked', query },
        { code: 'Rows', newestAgeMs: 3_000 },
        { code: 'Values' },
      ],
      rows: [{ labels: { queue: 'mail' }, value: '7', sampleAgeMs: 3_000 }],
      values: [{ of: '{queue="mail"}', quantity: '7' }],
    });
  });

  test('objects outside of namespaces are asked for without one', async () => {
    const query = 'sum(requests{namespace="shop"}) by (namespace)';
    const trail = await trace({
      ...answering([{ labels: { namespace: 'shop' }, value: '3' }], query),
      question: { objects: { resource: 'Namespace', name: 'shop', selector: '' } },
    });
    expect([trail.metric, trail.namespace, trail.values]).toEqual([
      'namespaces/requests',
      null,
      [{ of: 'shop', quantity: '3' }],
    ]);
  });

  test('so many objects are asked for, and no more', async () => {
    const count = ADAPTER_TRACED_OBJECTS_COUNT_MAX + 7;
    const series = Array.from({ length: count }, (_, index) => ({ ...WEB_1, pod: `web-${index}` }));
    const { links } = await trace({ tale: { series } });
    expect(links[1]).toEqual({
      ...NAMES,
      nameCount: count,
      askedCount: ADAPTER_TRACED_OBJECTS_COUNT_MAX,
    });
    const asked = links[2]?.code === 'Asked' ? links[2].query : '';
    expect(asked.match(/web-\d+/g)).toHaveLength(ADAPTER_TRACED_OBJECTS_COUNT_MAX);
  });
});

const scalar = (value: number): QueryResult => ({
  kind: 'scalar',
  sample: { atMs: NOW_MS, value, valueText: `${value}` },
});
const told = (value: QueryResult) => async () => ({ value, warnings: [], infos: [] });
const refusing = (code: 'BadQuery' | 'Refused') => () =>
  Promise.reject(
    new PrometheusFailure(
      'told',
      'what was asked',
      code === 'Refused' ? { code, address: 'p:9090' } : { code, detail: 'said the server' },
    ),
  );

describe('the first step at which it is lost', () => {
  const RENAMING = rule({
    seriesQuery: `'{__name__=~"^http_.*_total$",namespace!="",pod!=""}'`,
    name: `{matches: '^(.*)_total$', as: '\${1}_per_second'}`,
  });
  const HTTP = { __name__: 'http_requests_total', namespace: 'shop', pod: 'web-1' };
  test.each<{ readonly why: string; readonly trial: Trial; readonly last: object }>([
    {
      why: 'no rule, and one that is called nearly so',
      trial: { question: { metric: 'requests_rate' } },
      last: { code: 'NoRule', near: ['requests'] },
    },
    {
      why: 'a kind that not every cluster has',
      trial: { question: { objects: { ...PODS, resource: 'widgets' } } },
      last: { code: 'KindUnknown', resource: 'widgets' },
    },
    {
      why: 'it is one of the other API',
      trial: { question: { objects: null } },
      last: { code: 'OtherApi', isExternal: false },
    },
    {
      why: 'it is called otherwise',
      trial: { rules: RENAMING, tale: { series: [HTTP] }, question: { metric: 'http_requests_total' } },
      last: { code: 'Renamed', ...PLACE, series: 'http_requests_total', calledAs: 'http_requests_per_second' },
    },
    {
      why: 'no label means the resource',
      trial: { question: { objects: { ...PODS, resource: 'services' } } },
      last: {
        code: 'LabelUnmapped',
        ...PLACE,
        series: 'requests',
        resource: 'services',
        labels: ['namespace', 'pod'],
        made: ['namespaces', 'pods'],
      },
    },
    {
      why: 'a filter leaves it out',
      trial: { rules: rule({ seriesQuery: `'{namespace!=""}'`, seriesFilters: '[{isNot: ^req}]' }) },
      last: { code: 'LeftOut', ...PLACE, series: 'requests', by: 'rules[0].seriesFilters[0].isNot' },
    },
    {
      why: 'a rule for it, and no series',
      trial: {
        rules: RENAMING.replace('^http_.*_total$', 'http_requests_total'),
        tale: { series: [] },
        question: { metric: 'http_requests_per_second' },
      },
      last: {
        code: 'NoSuchSeries',
        ...PLACE,
        selector: '{__name__=~"http_requests_total",namespace!="",pod!=""}',
        window: '10m0s',
      },
    },
    {
      why: 'a rule for it, whose selector is refused',
      trial: { prometheus: { series: refusing('BadQuery') } },
      last: {
        code: 'SelectorRefused',
        ...PLACE,
        selector: 'requests{namespace!="",pod!=""}',
        problem: { code: 'BadQuery', detail: 'said the server' },
      },
    },
    {
      why: 'no series in this namespace',
      trial: { question: { namespace: 'elsewhere' } },
      last: { code: 'NoObjects', label: 'pod', selector: 'requests{namespace="elsewhere"}' },
    },
    {
      why: 'no label for the namespace',
      trial: { rules: rule({ resources: '{overrides: {pod: {resource: pod}}}' }) },
      last: { code: 'NoQuery', reason: expect.stringContaining('unable to convert resource namespaces into label') },
    },
    {
      why: 'an operator that no query has',
      trial: { question: { objects: { ...PODS, name: 'web-1' }, metricSelector: selectorOf('a>1') } },
      last: { code: 'NoQuery', reason: 'operator not supported by prometheus' },
    },
    {
      why: 'a query that the server refuses',
      trial: { prometheus: { query: refusing('BadQuery') } },
      last: { code: 'QueryRefused', query: TWO, problem: { code: 'BadQuery', detail: 'said the server' } },
    },
    {
      why: 'a query that makes one number for all',
      trial: { prometheus: { query: told(scalar(1)) } },
      last: { code: 'NotRows', kind: 'scalar' },
    },
    { why: 'no rows', trial: answering([]), last: { code: 'NoRows' } },
    {
      why: 'rows that are nobody’s',
      trial: answering([{ labels: { job: 'web' }, value: '1' }]),
      last: { code: 'RowsWithoutLabel', label: 'pod', labels: ['job'] },
    },
    {
      why: 'rows of others',
      trial: {
        ...answering(
          [{ labels: { pod: 'web-9' }, value: '1' }],
          'sum(requests{namespace="shop",pod="web-1"}) by (pod)',
        ),
        question: { objects: { ...PODS, name: 'web-1' } },
      },
      last: { code: 'NoRowOfObject', label: 'pod', name: 'web-1', others: ['web-9'] },
    },
  ])('$why', async ({ trial, last }) => {
    const { links, values } = await trace(trial);
    expect(links.at(-1)).toEqual(last);
    expect(values).toEqual([]);
  });

  test('a server that is not there is no step of the way', async () => {
    for (const prometheus of [{ series: refusing('Refused') }, { query: refusing('Refused') }])
      await expect(trace({ prometheus })).rejects.toMatchObject({ kind: 'unavailable' });
  });
});

describe('values that are not what they seem', () => {
  test.each<{
    readonly why: string;
    readonly trial: Trial;
    readonly links: readonly object[];
    readonly values: readonly string[];
  }>([
    {
      why: 'not a number is left out',
      trial: answering([
        { labels: { pod: 'web-1' }, value: 'NaN' },
        { labels: { pod: 'web-2' }, value: '1' },
      ]),
      links: [{ code: 'NotANumber', of: 'web-1', count: 1 }],
      values: ['web-2 1'],
    },
    {
      why: 'infinite is left out',
      trial: answering([
        { labels: { pod: 'web-1' }, value: '+Inf' },
        { labels: { pod: 'web-2' }, value: '1' },
      ]),
      links: [{ code: 'Unbounded', of: 'web-1', count: 1 }],
      values: ['web-2 1'],
    },
    {
      why: 'several rows of one object: the last counts',
      trial: answering([
        { labels: { pod: 'web-1', code: '200' }, value: '1' },
        { labels: { pod: 'web-2', code: '200' }, value: '2' },
        { labels: { pod: 'web-1', code: '500' }, value: '3' },
      ]),
      links: [{ code: 'RowsShadowed', name: 'web-1', rowCount: 2, objectCount: 1 }],
      values: ['web-1 3', 'web-2 2'],
    },
    {
      why: 'an object without a row is left out',
      trial: answering([{ labels: { pod: 'web-2' }, value: '2' }]),
      links: [{ code: 'ObjectsWithoutRow', names: ['web-1'], nameCount: 1 }],
      values: ['web-2 2'],
    },
  ])('$why', async ({ trial, links, values }) => {
    const trail = await trace(trial);
    expect(trail.links.slice(5)).toEqual(links);
    expect(trail.values.map(({ of, quantity }) => `${of} ${quantity}`)).toEqual(values);
  });

  test('a scalar is an external value of no labels', async () => {
    const trail = await trace({
      rules: rule({}, 'externalRules'),
      question: { objects: null },
      prometheus: { query: told(scalar(4)) },
    });
    expect(trail.values).toEqual([{ of: '{}', quantity: '4' }]);
    expect(trail.links.map(({ code }) => code).slice(3)).toEqual(['Rows', 'Values']);
  });

  test('ages that the server does not tell are not told', async () => {
    const { query } = tellingClient(TALE);
    const trail = await trace({
      prometheus: {
        query: (asked, signal) =>
          asked.query.startsWith('max(timestamp') ? refusing('BadQuery')() : query(asked, signal),
      },
    });
    expect(trail.rows.map(({ sampleAgeMs }) => sampleAgeMs)).toEqual([null, null]);
    expect(trail.links[3]).toEqual({ code: 'Rows', rowCount: 2, newestAgeMs: null });
  });
});
