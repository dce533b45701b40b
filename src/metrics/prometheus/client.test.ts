import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type FaultServer,
  faultServer,
  hangs,
  resets,
  type SocketAnswer,
  stalls,
} from '../../../test/kube/fault-server.ts';
import {
  answers,
  noting,
  plainBackend,
  reported,
  success,
  vectorOf,
} from '../../../test/prometheus/scripted-prometheus.ts';
import { Failure } from '../../base/failure.ts';
import {
  PROMETHEUS_LISTS_COUNT_MAX,
  PROMETHEUS_SERIES_LIST_MS_MAX,
  PROMETHEUS_WAITING_REQUESTS_COUNT_MAX,
} from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
import type { RequestRecord } from './api-caller.ts';
import type { PrometheusBackend } from './backend.ts';
import { createPrometheusClient, type PrometheusClient } from './client.ts';
import { PrometheusFailure } from './prometheus-failure.ts';

const SIGNAL = new AbortController().signal;
const AT_MS = 1_700_000_000_123;
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

async function serve(...script: SocketAnswer[]): Promise<FaultServer> {
  const server = await faultServer(script);
  opened.push(server);
  return server;
}

function clientOf(
  url: string,
  settings: Partial<PrometheusBackend> = {},
  options: Partial<Parameters<typeof createPrometheusClient>[1]> = {},
): PrometheusClient {
  const client = createPrometheusClient(plainBackend(url, settings), {
    ioClock: createSystemClock(),
    userAgent: 'podtide-test',
    ...options,
  });
  opened.push(client);
  return client;
}

const ask = (client: PrometheusClient, query = 'up', atMs = AT_MS) => client.query({ query, atMs }, SIGNAL);

async function failureOf(asked: Promise<unknown>): Promise<PrometheusFailure> {
  const thrown = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(PrometheusFailure);
  return thrown as PrometheusFailure;
}

describe('what is sent', () => {
  test('a query, by upstream’s form of instants, over connections that are kept', async () => {
    const server = await serve(vectorOf(1));
    const client = clientOf(`${server.url}/prom/`);
    expect(await ask(client, 'sum(up{a="b c"})')).toEqual({
      value: { kind: 'vector', samples: [{ labels: {}, atMs: 1_700_000_000_000, value: 1, valueText: '1' }] },
      warnings: [],
      infos: [],
    });
    await ask(client);
    expect(server.requests).toEqual([
      'GET /prom/api/v1/query?query=sum%28up%7Ba%3D%22b+c%22%7D%29&time=1700000000.123&timeout=10000ms',
      'GET /prom/api/v1/query?query=up&time=1700000000.123&timeout=10000ms',
    ]);
    expect(server.headers[0]).toMatchObject({
      accept: 'application/json',
      'accept-encoding': 'gzip',
      'user-agent': 'podtide-test',
    });
    expect(server.headers[0]).not.toHaveProperty('authorization');
    for (let more = 0; more < 5; more += 1) await ask(client);
    // The pool may open a second one before it knows that the first is free again.
    expect(server.connectionCount).toBeLessThanOrEqual(2);
  });

  test('the other calls', async () => {
    const matrix = success({ resultType: 'matrix', result: [{ metric: {}, values: [[1, '2']] }] });
    const server = await serve(
      matrix,
      success([{ __name__: 'up', job: 'a' }]),
      success(['a', 'b']),
      success({ up: [{ type: 'gauge', help: 'Is up.', unit: '' }] }),
      success({}),
      success({ version: '2.42.0', revision: 'abc', goVersion: 'go1.19', branch: 'x' }),
    );
    const client = clientOf(server.url);
    const range = await client.queryRange({ query: 'up', startMs: 0, endMs: 90_000, stepMs: 1_500 }, SIGNAL);
    expect(range.value).toMatchObject({ kind: 'matrix', series: [{ valueTexts: ['2'] }] });
    const selection = { selectors: ['up', '{job="x"}'], startMs: 1_000, endMs: 2_000 };
    expect((await client.series(selection, SIGNAL)).value).toEqual([
      { name: 'up', labelNames: ['job'], seriesCount: 1 },
    ]);
    expect((await client.labelValues('my/label', { selectors: [] }, SIGNAL)).value).toEqual(['a', 'b']);
    const metadata = new Map([['up', [{ type: 'gauge', help: 'Is up.', unit: '' }]]]);
    expect((await client.metadata('up', SIGNAL)).value).toEqual(metadata);
    expect((await client.metadata(null, SIGNAL)).value).toEqual(new Map());
    expect((await client.buildInfo(SIGNAL)).value).toEqual({ version: '2.42.0', revision: 'abc', goVersion: 'go1.19' });
    expect(server.requests).toEqual([
      'GET /api/v1/query_range?query=up&start=0&end=90&step=1.5&timeout=10000ms',
      'GET /api/v1/series?match%5B%5D=up&match%5B%5D=%7Bjob%3D%22x%22%7D&start=1&end=2',
      'GET /api/v1/label/my%2Flabel/values',
      'GET /api/v1/metadata?metric=up',
      'GET /api/v1/metadata',
      'GET /api/v1/status/buildinfo',
    ]);
  });

  const long = `up{pod=~"${Array.from({ length: 500 }, (_, index) => `pod-${index}`).join('|')}"}`;

  test.each([
    {
      why: 'a short query',
      verb: 'auto',
      query: 'up',
      form: /^GET \/p\/api\/v1\/query\?dedup=true&query=up&time=\S+$/,
    },
    {
      why: 'a long one, its backend’s own parameters still in the URL',
      verb: 'auto',
      query: long,
      form: /^POST \/p\/api\/v1\/query\?dedup=true query=up%7Bpod\S+&time=\S+$/,
    },
    { why: 'a long one where GET is fixed', verb: 'GET', query: long, form: /^GET \S+$/ },
    { why: 'a short one where POST is fixed', verb: 'POST', query: 'up', form: /^POST \S+ query=up&time=\S+$/ },
  ] as const)('GET or POST: $why', async ({ verb, query, form }) => {
    const notes: string[] = [];
    const server = await serve(noting(notes, vectorOf(1)));
    await ask(clientOf(`${server.url}/p`, { verb, parameters: [{ name: 'dedup', value: 'true' }] }), query);
    expect(notes).toEqual([expect.stringMatching(form)]);
  });

  test('what takes no POST is a GET where POST is fixed too', async () => {
    const server = await serve(success({}));
    await clientOf(server.url, { verb: 'POST' }).buildInfo(SIGNAL);
    expect(server.requests).toEqual(['GET /api/v1/status/buildinfo']);
  });

  test('headers of the backend go with every request, and before our credential', async () => {
    const server = await serve(vectorOf(1));
    const headers = [
      { name: 'x-scope-orgid', value: 'team-a' },
      { name: 'x-twice', value: '1' },
      { name: 'x-twice', value: '2' },
      { name: 'authorization', value: 'Custom x' },
    ];
    await ask(clientOf(server.url, { headers, authentication: { kind: 'token', token: 'ours' } }));
    expect(server.headers[0]).toMatchObject({
      'x-scope-orgid': 'team-a',
      'x-twice': '1, 2',
      authorization: 'Custom x',
    });
  });
});

describe('time', () => {
  test('a server that does not answer, and one that stops within its answer, end with the deadline', async () => {
    for (const answer of [hangs, stalls('{"status":')]) {
      const server = await serve(answer);
      const clock = new VirtualClock();
      const asked = failureOf(ask(clientOf(server.url, { deadlineMs: 5_000 }, { ioClock: clock })));
      await server.received(1);
      await new Promise((resolve) => setImmediate(resolve));
      clock.advanceBy(5_000);
      expect(await asked).toMatchObject({
        kind: 'unavailable',
        problem: { code: 'TimedOut', afterMs: 5_000 },
        message: 'prometheus main: query "up": no answer within 5 s',
      });
    }
  });

  test('a list of series has longer, whatever its backend’s queries have', async () => {
    const server = await serve(hangs);
    const clock = new VirtualClock();
    const client = clientOf(server.url, { deadlineMs: 1_000 }, { ioClock: clock });
    const asked = failureOf(client.series({ selectors: ['up'] }, SIGNAL));
    await server.received(1);
    await new Promise((resolve) => setImmediate(resolve));
    clock.advanceBy(PROMETHEUS_SERIES_LIST_MS_MAX - 1);
    clock.advanceBy(1);
    expect(await asked).toMatchObject({ problem: { code: 'TimedOut', afterMs: PROMETHEUS_SERIES_LIST_MS_MAX } });
  });

  test('a caller who gives up gets its own reason', async () => {
    const server = await serve(hangs);
    const controller = new AbortController();
    const asked = clientOf(server.url).query({ query: 'up', atMs: 1 }, controller.signal);
    await server.received(1);
    controller.abort(new Error('not needed any more'));
    await expect(asked).rejects.toThrow('not needed any more');
  });

  test('waiting for a place counts, and who would be one too many is told at once', async () => {
    const server = await serve(hangs);
    const clock = new VirtualClock();
    const client = clientOf(server.url, { deadlineMs: 5_000, queriesCountMax: 1 }, { ioClock: clock });
    const first = Promise.allSettled([ask(client)]);
    await server.received(1);
    const waiting = Promise.allSettled(
      Array.from({ length: PROMETHEUS_WAITING_REQUESTS_COUNT_MAX }, (_, index) => ask(client, `up + ${index}`)),
    );
    expect(await failureOf(ask(client, 'one too many'))).toMatchObject({
      problem: { code: 'QueueFull', waitingCountMax: PROMETHEUS_WAITING_REQUESTS_COUNT_MAX },
    });
    clock.advanceBy(5_000);
    await first;
    const outcomes = await waiting;
    expect(outcomes).toHaveLength(PROMETHEUS_WAITING_REQUESTS_COUNT_MAX);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { problem: { code: 'TimedOut' } } });
    }
  });

  test('no more lists are under way than there are places for them', async () => {
    const server = await serve(...Array.from({ length: PROMETHEUS_LISTS_COUNT_MAX }, () => hangs), vectorOf(1));
    const client = clientOf(server.url);
    const controller = new AbortController();
    const asked = Promise.allSettled(
      ['a', 'b', 'c'].map((selector) => client.series({ selectors: [selector] }, controller.signal)),
    );
    await server.received(PROMETHEUS_LISTS_COUNT_MAX);
    await ask(client);
    expect(server.requests.map((request) => request.slice(0, 18))).toEqual([
      ...Array.from({ length: PROMETHEUS_LISTS_COUNT_MAX }, () => 'GET /api/v1/series'),
      'GET /api/v1/query?',
    ]);
    controller.abort();
    await asked;
  });

  test('lists do not wait for queries', async () => {
    const server = await serve(hangs, success([]));
    const client = clientOf(server.url, { queriesCountMax: 1 });
    const controller = new AbortController();
    const stuck = Promise.allSettled([client.query({ query: 'up', atMs: 1 }, controller.signal)]);
    await server.received(1);
    expect((await client.series({ selectors: ['up'] }, SIGNAL)).value).toEqual([]);
    controller.abort();
    await stuck;
  });
});

describe('sharing', () => {
  test('equal queries of one instant, ranges and lists under way cost one request each', async () => {
    const server = await serve(vectorOf(1), success({ resultType: 'matrix', result: [] }), success([]), success(['a']));
    const client = clientOf(server.url);
    const selection = { selectors: ['up'] };
    const range = { query: 'up', startMs: 0, endMs: 1, stepMs: 1 };
    for (const twice of [
      () => ask(client),
      () => client.queryRange(range, SIGNAL),
      () => client.series(selection, SIGNAL),
      () => client.labelValues('job', selection, SIGNAL),
    ]) {
      const [first, second] = await Promise.all([twice(), twice()]);
      expect(second).toBe(first);
    }
    expect(server.requests).toHaveLength(4);
  });

  test('a fresh answer serves the next HPA, another query does not', async () => {
    const server = await serve(vectorOf(1));
    const client = clientOf(server.url, { freshnessMs: 1_000 });
    for (const atMs of [5_000, 5_400, 6_000, 6_001]) await ask(client, 'up', atMs);
    await ask(client, 'down', 6_001);
    expect(server.requests.map((request) => /time=(\d+\.?\d*)/.exec(request)?.[1])).toEqual(['5', '6.001', '6.001']);
  });
});

describe('connections', () => {
  test('a connection that broke under a request is tried once more', async () => {
    const [once, always] = [await serve(resets, vectorOf(1)), await serve(resets)];
    expect((await ask(clientOf(once.url))).value).toMatchObject({ kind: 'vector' });
    expect(await failureOf(ask(clientOf(always.url)))).toMatchObject({ problem: { code: 'Broken' } });
    expect([once.requests.length, always.requests.length]).toEqual([2, 2]);
  });

  test('the environment’s proxy counts, unless the backend goes without', async () => {
    const proxy = await serve(vectorOf(1));
    const proxies = { httpProxy: proxy.url };
    expect((await ask(clientOf('http://prom.invalid/x', {}, { proxies }))).value).toMatchObject({ kind: 'vector' });
    expect(proxy.requests).toEqual([expect.stringMatching(/^GET http:\/\/prom\.invalid\/x\/api\/v1\/query\?/)]);
    const straight = clientOf('http://prom.invalid/x', { isProxied: false }, { proxies });
    expect(await failureOf(ask(straight))).toMatchObject({ problem: { code: 'NameUnknown', host: 'prom.invalid' } });
  });

  test('nobody there', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };
    await new Promise((resolve) => server.close(resolve));
    const failure = await failureOf(ask(clientOf(`http://127.0.0.1:${port}`)));
    expect(failure.message).toBe(`prometheus main: query "up": 127.0.0.1:${port} refused the connection`);
  });

  test('redirects within the host are followed, a POST by its rules, others are told', async () => {
    const notes: string[] = [];
    const to = (status: number, location: string): SocketAnswer => noting(notes, answers(status, '', { location }));
    const server = await serve(
      to(301, '/prom/api/v1/query?query=up'),
      to(307, '/other'),
      noting(notes, vectorOf(1)),
      to(308, '/kept'),
      to(302, '/turned'),
      noting(notes, vectorOf(1)),
    );
    const client = clientOf(server.url);
    await ask(client);
    await ask(clientOf(server.url, { verb: 'POST' }));
    expect(notes.map((note) => note.replace(/&?time=\S+/, ''))).toEqual([
      'GET /api/v1/query?query=up',
      'GET /prom/api/v1/query?query=up',
      'GET /other',
      'POST /api/v1/query query=up',
      'POST /kept query=up',
      'GET /turned',
    ]);
  });

  test.each([
    {
      why: 'another host',
      location: 'http://user:secret@login.test/oauth?state=secret',
      told: 'http://login.test/oauth',
    },
    { why: 'no URL', location: 'http://[', told: 'http://[' },
    { why: 'nowhere', location: '', told: 'http://127.0.0.1' },
    { why: 'in a circle', location: '/again', told: '/again' },
  ])('is not followed: to $why', async ({ location, told }) => {
    const server = await serve(answers(302, '', location === '' ? {} : { location }));
    const { problem } = await failureOf(ask(clientOf(server.url)));
    expect(problem).toMatchObject({ code: 'Redirected', status: 302, location: expect.stringContaining(told) });
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  test('requests are told to telemetry, label values without their label, but not those that nobody waited for', async () => {
    const partial = success([], { warnings: ['a store is away'] });
    const server = await serve(vectorOf(1), partial, reported(400, 'bad_data', 'x'), hangs);
    const records: RequestRecord[] = [];
    const client = clientOf(`${server.url}/prom`, {}, { onRequest: (record) => records.push(record) });
    await ask(client);
    await client.labelValues('job', { selectors: [] }, SIGNAL);
    await failureOf(ask(client));
    const controller = new AbortController();
    const left = client.query({ query: 'up', atMs: 1 }, controller.signal);
    await server.received(4);
    controller.abort(new Failure('unavailable', 'enough'));
    await expect(left).rejects.toThrow('enough');
    // The request itself ends a little later than the waiting for it.
    await new Promise((resolve) => setImmediate(resolve));
    expect(records.map(({ durationMs, ...others }) => ({ ...others, isMeasured: durationMs > 0 }))).toEqual(
      ['/api/v1/query', '/api/v1/label/…/values', '/api/v1/query'].map((endpoint, index) => ({
        backend: 'main',
        server: `${server.url}/prom`,
        endpoint,
        problem: index === 2 ? { code: 'BadQuery', detail: 'x' } : null,
        isWarned: index === 1,
        isMeasured: true,
      })),
    );
  });
});
