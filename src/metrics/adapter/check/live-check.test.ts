import { describe, expect, test } from 'vitest';
import { type PrometheusTale, tellingClient } from '../../../../test/adapter/told-prometheus.ts';
import { KINDS, rule } from '../../../../test/fixtures/adapter-check.ts';
import { PrometheusFailure } from '../../prometheus/prometheus-failure.ts';
import { checkWithPrometheus, type LiveCheckPorts, type LiveReport } from './live-check.ts';

const SIGNAL = new AbortController().signal;
const POD = { namespace: 'shop', pod: 'web-1' };
const RATE = `'sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m])) by (<<.GroupBy>>)'`;

function check(
  text: string,
  tale: PrometheusTale,
  changed: Partial<ReturnType<LiveCheckPorts['prometheus']['get']>> = {},
): Promise<LiveReport> {
  return checkOver(text, { get: () => ({ ...tellingClient(tale), ...changed }) });
}

function checkOver(
  text: string,
  prometheus: LiveCheckPorts['prometheus'],
  backends: readonly string[] = [],
): Promise<LiveReport> {
  const ports = { prometheus, backends, nowMs: 1_700_000_000_000, maxAgeMs: 600_000 };
  return checkWithPrometheus(text, KINDS, ports, SIGNAL);
}

/** Each finding as `line path code`, and what it says. */
function toldBy({ findings }: LiveReport): readonly string[] {
  return findings.map(({ finding: { code, ...params }, path, place }) => {
    return `${place.line} ${path} ${code} ${JSON.stringify(params)}`;
  });
}

describe('rules that name a backend', () => {
  const one = (name: string) => rule({ seriesQuery: name, prometheus: 'team-a', metricsQuery: RATE });
  const get = (backend: string | null) =>
    tellingClient({
      series: [{ __name__: backend === null ? 'requests' : 'orders', ...POD }],
      types: backend === null ? {} : { orders: 'gauge', requests: 'counter' },
    });

  test('are tried on its series and its types, and no other', async () => {
    const { rules, findings } = await checkOver(one('orders'), { get }, ['team-a']);
    expect(findings.map(({ finding }) => finding.code)).not.toContain('BackendUnknown');
    expect(rules.map(({ summary }) => summary.seriesCount)).toEqual([1]);
    const elsewhere = await checkOver(one('requests'), { get }, ['team-a']);
    expect(elsewhere.findings.map(({ finding }) => finding.code)).toContain('NoSeries');
  });

  test('are not tried where there is no such backend, which is a finding', async () => {
    const { rules, findings, isLoadable } = await checkOver(one('orders'), { get });
    expect([rules, isLoadable]).toEqual([[], false]);
    expect(findings.map(({ finding }) => finding)).toContainEqual({
      code: 'BackendUnknown',
      name: 'team-a',
      known: [],
    });
  });
});

describe('what each rule comes to', () => {
  test('its series, what it leaves out, labels without a kind, and its metrics with their queries', async () => {
    const text = rule({
      seriesQuery: `'{__name__=~"^http_.*",namespace!=""}'`,
      seriesFilters: `[{isNot: '_bucket$'}]`,
      name: `{matches: '^(.*)_total$', as: '\${1}_per_second'}`,
      metricsQuery: RATE,
    });
    const { rules, findings } = await check(text, {
      series: [
        { __name__: 'http_requests_total', ...POD, job: 'web', code: '200' },
        { __name__: 'http_requests_total', ...POD, pod: 'web-2', job: 'web', code: '500' },
        { __name__: 'http_duration_bucket', ...POD, le: '1' },
        { __name__: 'http_duration_sum', ...POD },
        { __name__: 'http_up', namespace: '' },
      ],
    });
    expect(findings).toEqual([expect.objectContaining({ finding: { code: 'LabelNotRequired', labels: ['pod'] } })]);
    expect(rules.map(({ place, summary, metrics }) => ({ place, summary, metrics }))).toEqual([
      {
        place: { line: 2, column: 3 },
        summary: {
          seriesCount: 4,
          nameCount: 3,
          leftOut: [
            { by: 'rules[0].seriesFilters[0].isNot', seriesCount: 1, nameCount: 1 },
            { by: 'rules[0].name.matches', seriesCount: 1, nameCount: 1 },
          ],
          unmappedLabels: ['code', 'job'],
          metricCount: 2,
        },
        metrics: [
          {
            name: 'namespaces/http_requests_per_second',
            series: 'http_requests_total',
            query: {
              kind: 'query',
              query: 'sum(rate(http_requests_total{namespace="shop"}[2m])) by (namespace)',
            },
            absentLabels: [],
          },
          {
            name: 'pods/http_requests_per_second',
            series: 'http_requests_total',
            query: {
              kind: 'query',
              query: 'sum(rate(http_requests_total{namespace="shop",pod="web-2"}[2m])) by (pod)',
            },
            absentLabels: [],
          },
        ],
      },
    ]);
  });

  test('external metrics too, which are of no objects', async () => {
    const text = rule(
      { seriesQuery: `'queue_depth{queue!=""}'`, metricsQuery: `'max(<<.Series>>{<<.LabelMatchers>>})'` },
      'externalRules',
    );
    const { rules, findings } = await check(text, {
      series: [{ __name__: 'queue_depth', namespace: 'shop', queue: 'mail' }],
    });
    expect(findings).toEqual([
      expect.objectContaining({ finding: expect.objectContaining({ code: 'LabelNotRequired' }) }),
    ]);
    expect(rules).toMatchObject([
      {
        summary: { seriesCount: 1, nameCount: 1, unmappedLabels: [], metricCount: 1 },
        metrics: [{ name: 'queue_depth', query: { query: 'max(queue_depth{namespace="shop"})' } }],
      },
    ]);
  });

  test('a file that cannot be read is asked nothing about', async () => {
    const asked = () => Promise.reject(new Error('nobody is asked'));
    const report = await check('rulez: []', { series: [] }, { series: asked, metadata: asked });
    expect([report.isLoadable, report.rules, toldBy(report).length]).toEqual([false, [], 1]);
  });
});

const requests = (name: string, labels = {}): PrometheusTale => ({ series: [{ __name__: name, ...POD, ...labels }] });

describe('what series show', () => {
  test.each<{
    readonly why: string;
    readonly text: string;
    readonly tale: PrometheusTale;
    readonly says: readonly string[];
  }>([
    { why: 'a rule that is well', text: rule(), tale: requests('requests'), says: [] },
    {
      why: 'no series of that name',
      text: rule(),
      tale: requests('request'),
      says: ['2 rules[0].seriesQuery NoSeries {"series":"requests","window":"10m0s"}'],
    },
    {
      why: 'no series of a selector that says no name',
      text: rule({ seriesQuery: `'{__name__=~"^http_.*",namespace!="",pod!=""}'` }),
      tale: requests('requests'),
      says: ['2 rules[0].seriesQuery NoSeries {"series":null,"window":"10m0s"}'],
    },
    {
      why: 'series of that name without a label that is wanted',
      text: rule(),
      tale: { series: [{ __name__: 'requests', namespace: 'shop', instance: 'a' }] },
      says: [
        '2 rules[0].seriesQuery MatchersUnmet {"series":"requests","seriesCount":1,"missing":["pod"],"labels":["instance","namespace"]}',
      ],
    },
    {
      why: 'series of that name with other values',
      text: rule({ seriesQuery: `'requests{namespace!="",pod!="",job="web"}'` }),
      tale: requests('requests', { job: 'api' }),
      says: [
        '2 rules[0].seriesQuery MatchersUnmet {"series":"requests","seriesCount":1,"missing":[],"labels":["job","namespace","pod"]}',
      ],
    },
    {
      why: 'all of them are left out',
      text: rule({ seriesQuery: `'{__name__=~"^http_.*",namespace!="",pod!=""}'`, seriesFilters: `[{is: '_total$'}]` }),
      tale: { series: [requests('http_b'), requests('http_a')].flatMap(({ series }) => series) },
      says: [
        '5 rules[0].seriesFilters[0].is AllLeftOut {"by":"rules[0].seriesFilters[0].is","names":["http_a","http_b"],"nameCount":2}',
      ],
    },
    {
      why: 'no label means a kind',
      text: rule({ seriesQuery: 'requests', resources: '{template: kube_<<.Resource>>}' }),
      tale: requests('requests'),
      says: ['3 rules[0].resources NoMappedLabel {"labels":["namespace","pod"]}'],
    },
    {
      why: 'a label by which queries ask, and which the series lack',
      text: rule({ seriesQuery: 'requests', resources: '{template: <<.Resource>>}' }),
      tale: { series: [{ __name__: 'requests', Namespace: 'shop', pod: 'web-1' }] },
      says: [
        '3 rules[0].resources LabelAbsent {"label":"namespace","resource":"namespaces","metric":"namespaces/requests","metricCount":2,"series":"requests","labels":["Namespace","pod"]}',
      ],
    },
    {
      why: 'a counter by its type, whose name does not say so',
      text: rule(),
      tale: { ...requests('requests'), types: { requests: 'counter' } },
      says: [
        '4 rules[0].metricsQuery CounterByType {"series":"requests","seriesCount":1,"query":"sum(requests{namespace=\\"shop\\",pod=\\"web-1\\"}) by (pod)"}',
      ],
    },
    {
      why: 'a gauge that is called like a counter is none',
      text: rule({ seriesQuery: `'workers_count{namespace!="",pod!=""}'` }),
      tale: { ...requests('workers_count'), types: { workers_count: 'gauge' } },
      says: [],
    },
    {
      why: 'nobody says a type: the name decides',
      text: rule({ seriesQuery: `'work_total{namespace!="",pod!=""}'` }),
      tale: requests('work_total'),
      says: [
        '4 rules[0].metricsQuery CounterWithoutRate {"series":"work_total","query":"sum(work_total{namespace=\\"shop\\",pod=\\"web-1\\"}) by (pod)"}',
      ],
    },
    {
      why: 'the rule goes by the exporter’s label, and the other one is there',
      text: rule(),
      tale: requests('requests', { exported_pod: 'db-1', exported_job: 'db' }),
      says: [
        '3 rules[0].resources ExportedSeries {"series":"requests","label":"exported_pod","plain":"pod","resource":"pods"}',
      ],
    },
    {
      why: 'a later rule has the metrics',
      text: `${rule({ name: '{as: work}' })}${rule({ seriesQuery: `'jobs{namespace!="",pod!=""}'`, name: '{as: work}' }).replace('rules:\n', '')}`,
      tale: { series: [requests('requests'), requests('jobs')].flatMap(({ series }) => series) },
      says: ['2 rules[0] MetricLost {"metrics":["namespaces/work","pods/work"],"metricCount":2,"winnerLine":6}'],
    },
    {
      why: 'an external one too',
      text: `${rule({ name: '{as: work}' }, 'externalRules')}${rule({ seriesQuery: `'jobs{namespace!="",pod!=""}'`, name: '{as: work}' }).replace('rules:\n', '')}`,
      tale: { series: [requests('requests'), requests('jobs')].flatMap(({ series }) => series) },
      says: ['2 externalRules[0] MetricLost {"metrics":["work"],"metricCount":1,"winnerLine":6}'],
    },
    {
      why: 'rules that would collide, and do not: one has no series',
      text: `${rule({ name: '{as: work}' })}${rule({ seriesQuery: `'jobs{namespace!="",pod!=""}'`, name: '{as: work}' }).replace('rules:\n', '')}`,
      tale: requests('jobs'),
      says: ['2 rules[0].seriesQuery NoSeries {"series":"requests","window":"10m0s"}'],
    },
    {
      why: 'several series of one rule are called alike',
      text: rule({ seriesQuery: `'{__name__=~"^work_.*",namespace!="",pod!=""}'`, name: '{as: work}' }),
      tale: { series: [requests('work_a'), requests('work_b')].flatMap(({ series }) => series) },
      says: ['5 rules[0].name.as SeriesLost {"metric":"work","used":"work_b","lost":["work_a"],"lostCount":1}'],
    },
    {
      why: 'a real name that comes out empty',
      text: rule({ seriesQuery: `'{__name__=~"^work.*",namespace!="",pod!=""}'`, name: `{matches: '^work_?(.*)$'}` }),
      tale: requests('work'),
      says: ['5 rules[0].name.matches EmptyName {"series":"work","reference":null}'],
    },
    {
      why: 'a template that fails with the labels of the series',
      text: rule({
        metricsQuery: `'<<if eq .Series "requests">><<index .GroupBySlice 3>><<else>>sum(x{<<.LabelMatchers>>}) by (<<.GroupBy>>)<<end>>'`,
      }),
      tale: requests('requests'),
      says: [expect.stringMatching(/^4 rules\[0\]\.metricsQuery TemplateFails /)],
    },
  ])('$why', async ({ text, tale, says }) => {
    expect(toldBy(await check(text, tale))).toEqual(says);
  });
});

describe('a server that is not as it should be', () => {
  const failing = (code: 'BadQuery' | 'GaveUp' | 'Refused') => () => {
    const problem =
      code === 'Refused' ? ({ code, address: 'p:9090' } as const) : ({ code, detail: 'said the server' } as const);
    return Promise.reject(new PrometheusFailure('told', 'what was asked', problem));
  };

  test('a selector that it refuses is a finding, and the other rules are looked at', async () => {
    const text = `${rule({ seriesQuery: 'bad' })}${rule().replace('rules:\n', '')}`;
    const { series } = tellingClient(requests('requests'));
    const report = await check(text, requests('requests'), {
      series: (request, signal) => (request.selectors[0] === 'bad' ? failing('BadQuery')() : series(request, signal)),
    });
    expect(toldBy(report)).toEqual([
      '2 rules[0].seriesQuery LabelNotRequired {"labels":["namespace","pod"]}',
      '2 rules[0].seriesQuery SeriesQueryRefused {"problem":{"code":"BadQuery","detail":"said the server"}}',
    ]);
    expect(report.rules.map(({ summary }) => summary.metricCount)).toEqual([0, 2]);
  });

  test('types that it does not tell are a note', async () => {
    const report = await check(rule(), requests('requests'), { metadata: failing('GaveUp') });
    expect(toldBy(report)).toEqual(['1  TypesUnknown {"problem":{"code":"GaveUp","detail":"said the server"}}']);
  });

  test('one that is not there ends the check', async () => {
    await expect(check(rule(), { series: [] }, { series: failing('Refused') })).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });

  test('a bug is no finding', async () => {
    const bug = () => Promise.reject(new TypeError('bug'));
    await expect(check(rule(), { series: [] }, { series: bug })).rejects.toThrow('bug');
    await expect(check(rule(), requests('requests'), { metadata: bug })).rejects.toThrow('bug');
  });
});
