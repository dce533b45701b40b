import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ApiCallerOptions } from '../../src/metrics/prometheus/api-caller.ts';
import type { PrometheusBackend } from '../../src/metrics/prometheus/backend.ts';
import { createPrometheusClient, type PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { createSystemClock } from '../../src/platform/time/system-clock.ts';
import { plainBackend } from '../prometheus/scripted-prometheus.ts';
import { type ScrapingPrometheus, startScrapingPrometheus } from './support/scraping-prometheus.ts';

const SIGNAL = new AbortController().signal;
const OPTIONS: ApiCallerOptions = { ioClock: createSystemClock(), userAgent: 'podtide-test' };

const TEXT = `# HELP requests_total Requests that were answered.
# TYPE requests_total counter
requests_total{namespace="a",pod="p1"} 0.1
requests_total{namespace="a",pod="p2"} +Inf
requests_total{namespace="b"} NaN
# TYPE depth gauge
depth{queue="é \\"q\\" \\\\"} 1e-300
`;

let prometheus: ScrapingPrometheus;
const clients: PrometheusClient[] = [];

beforeAll(async () => {
  prometheus = await startScrapingPrometheus(TEXT);
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await prometheus?.stop();
});

function clientOf(settings: Partial<PrometheusBackend> = {}, path = ''): PrometheusClient {
  const client = createPrometheusClient(plainBackend(`${prometheus.url}${path}`, settings), OPTIONS);
  clients.push(client);
  return client;
}

const ask = (query: string, settings?: Partial<PrometheusBackend>) =>
  clientOf(settings).query({ query, atMs: Date.now() }, SIGNAL);

async function problemOf(asked: Promise<unknown>): Promise<unknown> {
  return asked.then(
    () => 'it went well',
    (thrown: { readonly problem?: unknown }) => thrown.problem ?? thrown,
  );
}

describe('a real Prometheus', () => {
  test('says which it is', async () => {
    const { value } = await clientOf().buildInfo(SIGNAL);
    expect(value.version).toMatch(/^2\.42\./);
    expect(value.goVersion).toMatch(/^go1/);
  });

  test('numbers come as it wrote them', async () => {
    const { value, warnings } = await ask('sort(requests_total)');
    expect(warnings).toEqual([]);
    const samples = value.kind === 'vector' ? value.samples : [];
    expect(
      samples.map(({ labels, value, valueText }) => [labels['namespace'], labels['pod'], value, valueText]),
    ).toEqual(
      expect.arrayContaining([
        ['a', 'p1', 0.1, '0.1'],
        ['a', 'p2', Number.POSITIVE_INFINITY, '+Inf'],
        ['b', undefined, Number.NaN, 'NaN'],
      ]),
    );
    const { value: tiny } = await ask('depth');
    expect(tiny).toMatchObject({ samples: [{ labels: { queue: 'é "q" \\' }, value: 1e-300 }] });
  });

  test('all kinds of result', async () => {
    const nowMs = Date.now();
    expect((await ask('1 / 3')).value).toMatchObject({ kind: 'scalar', sample: { value: 1 / 3 } });
    expect((await ask('"a \\"b\\""')).value).toMatchObject({ kind: 'string', text: 'a "b"' });
    expect((await ask('up[1m]')).value).toMatchObject({ kind: 'matrix' });
    expect((await ask('nothing')).value).toEqual({ kind: 'vector', samples: [] });
    const range = { query: 'vector(2)', startMs: nowMs - 10_000, endMs: nowMs, stepMs: 2_500 };
    const { value } = await clientOf().queryRange(range, SIGNAL);
    expect(value).toMatchObject({ kind: 'matrix', series: [{ labels: {}, valueTexts: ['2', '2', '2', '2', '2'] }] });
    const [series] = value.kind === 'matrix' ? value.series : [];
    expect([...(series?.atMs ?? [])]).toEqual([0, 1, 2, 3, 4].map((step) => nowMs - 10_000 + step * 2_500));
  });

  test('series, label values and metadata', async () => {
    const client = clientOf();
    const { value } = await client.series(
      { selectors: ['{__name__=~"requests.*"}', 'depth'], startMs: Date.now() - 60_000 },
      SIGNAL,
    );
    expect(value).toEqual([
      { name: 'depth', labelNames: ['instance', 'job', 'queue'], seriesCount: 1 },
      { name: 'requests_total', labelNames: ['instance', 'job', 'namespace', 'pod'], seriesCount: 2 },
      { name: 'requests_total', labelNames: ['instance', 'job', 'namespace'], seriesCount: 1 },
    ]);
    expect((await client.series({ selectors: ['nothing'] }, SIGNAL)).value).toEqual([]);
    expect((await client.labelValues('namespace', { selectors: ['requests_total'] }, SIGNAL)).value).toEqual([
      'a',
      'b',
    ]);
    expect((await client.metadata('requests_total', SIGNAL)).value).toEqual(
      new Map([['requests_total', [{ type: 'counter', help: 'Requests that were answered.', unit: '' }]]]),
    );
    expect((await client.metadata(null, SIGNAL)).value.size).toBeGreaterThan(1);
  });

  test.each([{ verb: 'auto' }, { verb: 'POST' }] as const)('a long query goes well: $verb', async ({ verb }) => {
    const pods = Array.from({ length: 5_000 }, (_, index) => `pod-${index}`).join('|');
    const { value } = await ask(`requests_total{pod=~"p1|${pods}"}`, { verb });
    expect(value).toMatchObject({ kind: 'vector', samples: [{ labels: { pod: 'p1' } }] });
  });

  test('its refusals are understood', async () => {
    expect(await problemOf(ask('sum('))).toEqual({
      code: 'BadQuery',
      detail: expect.stringContaining('1:5: parse error'),
    });
    expect(await problemOf(ask('requests_total + on(namespace) requests_total'))).toEqual({
      code: 'NotExecuted',
      detail: expect.stringContaining('duplicate series'),
    });
    const selector = clientOf().series({ selectors: ['{a=~".*"}'] }, SIGNAL);
    expect(await problemOf(selector)).toEqual({
      code: 'BadQuery',
      detail: expect.stringContaining('at least one non-empty'),
    });
    const elsewhere = clientOf({}, '/prefix').query({ query: 'up', atMs: 1 }, SIGNAL);
    expect(await problemOf(elsewhere)).toEqual({ code: 'PathNotFound', path: '/prefix/api/v1/query' });
    expect(await problemOf(ask('{__name__=~".+"}', { seriesCountMax: 3 }))).toEqual({
      code: 'TooManySeries',
      countMax: 3,
    });
    expect(await problemOf(ask('{__name__=~".+"}', { answerBytesMax: 300 }))).toEqual({
      code: 'AnswerTooLarge',
      bytesMax: 300,
    });
  });

  test('a query that takes longer than the deadline ends there, on whichever side', async () => {
    const heavy = `count(${Array.from({ length: 200 }, () => 'max_over_time(up[1h:1s])').join(' + ')})`;
    expect(await problemOf(ask(heavy, { deadlineMs: 20 }))).toEqual(
      expect.objectContaining({ code: expect.stringMatching(/^(TimedOut|GaveUp)$/) }),
    );
  });
});
