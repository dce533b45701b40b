import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { embeddedPrometheus } from '../../../test/prometheus/embedded-prometheus.ts';
import { QUESTIONS_AT_MS, type QuestionedSeries } from '../../../test/prometheus/promql-questions.ts';
import { plainBackend } from '../../../test/prometheus/scripted-prometheus.ts';
import {
  LAB_PROMETHEUS_FORM_BYTES_MAX,
  LAB_PROMETHEUS_INSTANTS_COUNT_MAX,
  LAB_PROMETHEUS_SERIES_COUNT_MAX,
} from '../../base/limits.ts';
import { createPrometheusClient, type PrometheusClient } from '../../metrics/prometheus/client.ts';
import { type Listener, openListener } from '../../platform/http/listener.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import { MetricCatalogue } from './metric-catalogue.ts';

const SIGNAL = new AbortController().signal;

const SERIES: readonly QuestionedSeries[] = ['b', 'a'].map((pod) => ({
  labels: { __name__: 'ops_total', namespace: 'default', pod },
  samples: [
    { atMs: QUESTIONS_AT_MS - 10_500, value: 1 },
    { atMs: QUESTIONS_AT_MS, value: 1.5 },
  ],
}));

const catalogue = new MetricCatalogue();
catalogue.describe('ops_total', { type: 'counter', help: 'What was done.', unit: '' });
const embedded = embeddedPrometheus(SERIES, catalogue);
let listener: Listener;
let client: PrometheusClient;

beforeAll(async () => {
  const ioClock = createSystemClock();
  listener = await openListener({
    port: 0,
    ioClock,
    handle: async (request) => {
      const { pathname, search } = new URL(request.url);
      const form = request.method === 'POST' ? new URLSearchParams(await request.text()) : undefined;
      return embedded.fetch(`${pathname}${search}`, form);
    },
  });
  client = createPrometheusClient(plainBackend(listener.url), { ioClock, userAgent: 'podtide-test' });
});

afterAll(async () => {
  await client?.close();
  await listener?.close(0);
});

describe("the lab's Prometheus, asked by the client that the adapter has", () => {
  test('says what it is', async () => {
    const { value } = await client.buildInfo(SIGNAL);
    expect(value).toEqual({ version: '2.42.0', revision: 'podtide-0.0.0', goVersion: '' });
  });

  test('answers an instant, by labels', async () => {
    const { value } = await client.query({ query: 'ops_total', atMs: QUESTIONS_AT_MS }, SIGNAL);
    const sample = { atMs: QUESTIONS_AT_MS, value: 1.5, valueText: '1.5' };
    expect(value).toEqual({
      kind: 'vector',
      samples: ['a', 'b'].map((pod) => ({ labels: { __name__: 'ops_total', namespace: 'default', pod }, ...sample })),
    });
  });

  test('answers many instants, of which each series has its own', async () => {
    const range = { startMs: QUESTIONS_AT_MS - 20_000, endMs: QUESTIONS_AT_MS, stepMs: 10_000 };
    const { value } = await client.queryRange({ query: 'sum(ops_total)', ...range }, SIGNAL);
    const [series] = value.kind === 'matrix' ? value.series : [];
    expect([...(series?.atMs ?? [])]).toEqual([QUESTIONS_AT_MS - 10_000, QUESTIONS_AT_MS]);
    expect(series?.valueTexts).toEqual(['2', '3']);
  });

  test('lists series, labels and metadata', async () => {
    const selectors = ['{__name__=~"ops.*"}', 'ops_total{pod="a"}'];
    expect((await client.series({ selectors }, SIGNAL)).value).toEqual([
      { name: 'ops_total', labelNames: ['namespace', 'pod'], seriesCount: 2 },
    ]);
    const later = { selectors, startMs: QUESTIONS_AT_MS + 1 };
    expect((await client.series(later, SIGNAL)).value).toEqual([]);
    expect((await client.labelValues('pod', { selectors: ['ops_total'] }, SIGNAL)).value).toEqual(['a', 'b']);
    const known = new Map([['ops_total', [{ type: 'counter', help: 'What was done.', unit: '' }]]]);
    expect((await client.metadata(null, SIGNAL)).value).toEqual(known);
    expect((await client.metadata('nothing', SIGNAL)).value).toEqual(new Map());
  });

  test('a long query comes as a form', async () => {
    const pods = Array.from({ length: 5_000 }, (_, index) => `pod-${index}`).join('|');
    const query = `ops_total{pod=~"a|${pods}"}`;
    const { value } = await client.query({ query, atMs: QUESTIONS_AT_MS }, SIGNAL);
    expect(value).toMatchObject({ kind: 'vector', samples: [{ labels: { pod: 'a' } }] });
  });

  test.each([
    { why: 'no end', query: 'sum(', code: 'BadQuery', detail: '1:5' },
    {
      why: 'what it does not know',
      query: 'topk(1, ops_total)',
      code: 'BadQuery',
      detail: 'does not know the aggregation topk',
    },
    { why: 'many to many', query: 'ops_total + on () ops_total', code: 'NotExecuted', detail: 'many-to-many' },
  ])('refuses: $why', async ({ query, code, detail }) => {
    const asked = client.query({ query, atMs: QUESTIONS_AT_MS }, SIGNAL);
    await expect(asked).rejects.toMatchObject({ problem: { code, detail: expect.stringContaining(detail) } });
  });
});

describe("the lab's Prometheus", () => {
  test('without an instant it answers now', async () => {
    const answer = await embedded.fetch('/api/v1/query?query=time()');
    expect(await answer.json()).toEqual({
      status: 'success',
      data: { resultType: 'scalar', result: [QUESTIONS_AT_MS / 1000, String(QUESTIONS_AT_MS / 1000)] },
    });
  });

  test('a range has as many instants as the bound, and no more', async () => {
    const ask = async (count: number) => {
      const end = String(count - 1);
      return (await embedded.fetch(`/api/v1/query_range?query=1&start=0&end=${end}&step=1`)).status;
    };
    expect(await ask(LAB_PROMETHEUS_INSTANTS_COUNT_MAX)).toBe(200);
    expect(await ask(LAB_PROMETHEUS_INSTANTS_COUNT_MAX + 1)).toBe(400);
  });

  test('a form beyond the bound is refused', async () => {
    const formOf = (lengthBytes: number) => new URLSearchParams({ query: '1', x: 'a'.repeat(lengthBytes - 10) });
    expect((await embedded.fetch('/api/v1/query', formOf(LAB_PROMETHEUS_FORM_BYTES_MAX))).status).toBe(200);
    const refused = await embedded.fetch('/api/v1/query', formOf(LAB_PROMETHEUS_FORM_BYTES_MAX + 1));
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { status: 'error', errorType: 'bad_data', error: `form: must not exceed ${LAB_PROMETHEUS_FORM_BYTES_MAX} bytes` },
    ]);
  });

  test.each([
    { path: '/api/v1/metadata', allow: 'GET' },
    { path: '/api/v1/label/pod/values', allow: 'GET' },
  ])('$path takes no form', async ({ path, allow }) => {
    const answer = await embedded.fetch(path, new URLSearchParams());
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
  });

  test('metadata of a name beyond the bound is left out', () => {
    const full = new MetricCatalogue();
    const metadata = { type: 'gauge', help: '', unit: '' };
    for (let index = 0; index <= LAB_PROMETHEUS_SERIES_COUNT_MAX; index += 1)
      full.describe(`metric_${index}`, metadata);
    full.describe('metric_0', { ...metadata, type: 'counter' });
    expect(full.entries().size).toBe(LAB_PROMETHEUS_SERIES_COUNT_MAX);
    expect(full.entries('metric_0')).toEqual(new Map([['metric_0', { ...metadata, type: 'counter' }]]));
  });
});
