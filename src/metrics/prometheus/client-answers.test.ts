import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { cuts, type FaultServer, faultServer, type SocketAnswer, whole } from '../../../test/kube/fault-server.ts';
import { answers, plainBackend, reported, success } from '../../../test/prometheus/scripted-prometheus.ts';
import { PROMETHEUS_ELEMENT_BYTES_MAX, PROMETHEUS_ENVELOPE_BYTES_MAX } from '../../base/limits.ts';
import { createSystemClock } from '../../platform/time/system-clock.ts';
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

describe('what comes back', () => {
  test('warnings and infos are kept', async () => {
    const data = { resultType: 'scalar', result: [1, '2'] };
    const server = await serve(success(data, { warnings: ['partial'], infos: ['PromQL info: x', 7] }));
    expect(await ask(clientOf(server.url))).toEqual({
      value: { kind: 'scalar', sample: { atMs: 1000, value: 2, valueText: '2' } },
      warnings: ['partial'],
      infos: ['PromQL info: x'],
    });
  });

  test('compressed answers, and those of other programs that speak the API', async () => {
    const victoria = {
      status: 'success',
      isPartial: false,
      data: { resultType: 'vector', result: [{ metric: {}, value: [1, '3'], group: 1 }] },
      stats: { seriesFetched: '1' },
    };
    const gzip = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    const server = await serve(answers(200, gzipSync(JSON.stringify(victoria)), gzip));
    expect((await ask(clientOf(server.url))).value).toMatchObject({ kind: 'vector', samples: [{ value: 3 }] });
  });

  const html = '<!DOCTYPE html><html><head><style>p{}</style></head><body>\n<p>Log in</p></body></html>';
  const cut = '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}';

  test.each([
    {
      why: 'a query that cannot be read',
      answer: reported(400, 'bad_data', 'invalid parameter "query": 1:4: parse error: unclosed left parenthesis'),
      problem: {
        code: 'BadQuery',
        detail: 'invalid parameter "query": 1:4: parse error: unclosed left parenthesis',
      },
      kind: 'invalid',
    },
    {
      why: 'one that cannot be carried out',
      answer: reported(422, 'execution', 'found duplicate series for the match group'),
      problem: { code: 'NotExecuted', detail: 'found duplicate series for the match group' },
      kind: 'unavailable',
    },
    {
      why: 'one that took the server too long',
      answer: reported(503, 'timeout', 'query timed out in expression evaluation'),
      problem: { code: 'GaveUp', detail: 'query timed out in expression evaluation' },
      kind: 'unavailable',
    },
    {
      why: 'one that the server dropped',
      answer: reported(503, 'canceled', 'query was canceled'),
      problem: { code: 'GaveUp', detail: 'query was canceled' },
      kind: 'unavailable',
    },
    {
      why: 'an error inside the server',
      answer: reported(500, 'internal', 'block is corrupt'),
      problem: { code: 'ServerError', errorType: 'internal', detail: 'block is corrupt' },
      kind: 'unavailable',
    },
    {
      why: 'VictoriaMetrics, whose kinds of error are statuses',
      answer: reported(422, '422', 'cannot parse "up("'),
      problem: { code: 'NotExecuted', detail: 'cannot parse "up("' },
      kind: 'unavailable',
    },
    {
      why: 'an error without a kind and a reason',
      answer: whole({ status: 'error' }, 500),
      problem: { code: 'ServerError', errorType: '500', detail: 'no reason given' },
      kind: 'unavailable',
    },
    {
      why: 'an error with a status of success, as upstream takes it too',
      answer: whole({ status: 'error', errorType: 'bad_data', error: 'x' }, 200),
      problem: { code: 'BadQuery', detail: 'x' },
      kind: 'invalid',
    },
    {
      why: 'a tenant’s limit, as Mimir reports it',
      answer: reported(429, 'too_many_requests', 'too many outstanding requests'),
      problem: { code: 'TooManyRequests', answer: 'too many outstanding requests' },
      kind: 'unavailable',
    },
    {
      why: 'no tenant',
      answer: answers(401, 'no org id'),
      problem: { code: 'Unauthorized' },
      kind: 'denied',
    },
    {
      why: 'a right that is missing',
      answer: answers(403, 'Forbidden (user=x)\n'),
      problem: { code: 'Forbidden', answer: 'Forbidden (user=x)' },
      kind: 'denied',
    },
    {
      why: 'a wrong path',
      answer: answers(404, '404 page not found'),
      problem: { code: 'PathNotFound', path: '/api/v1/query' },
      kind: 'notFound',
    },
    {
      why: 'a proxy without its server',
      answer: answers(502, '<html><body><h1>502 Bad Gateway</h1>\n<hr>nginx</body></html>'),
      problem: { code: 'HttpStatus', status: 502, answer: '502 Bad Gateway nginx' },
      kind: 'unavailable',
    },
    {
      why: 'a refusal without end is read as far as it is shown',
      answer: answers(500, `{"status":"error","error":"${'x'.repeat(1_000_000)}"}`),
      problem: { code: 'HttpStatus', status: 500, answer: `{"status":"error","error":"${'x'.repeat(273)}` },
      kind: 'unavailable',
    },
    {
      why: 'a login page',
      answer: answers(200, html, { 'content-type': 'text/html' }),
      problem: { code: 'NotPrometheus', contentType: 'text/html', answer: 'Log in' },
      kind: 'unavailable',
    },
    {
      why: 'JSON of something else',
      answer: whole([]),
      problem: { code: 'NotPrometheus', contentType: 'application/json', answer: '[]' },
      kind: 'unavailable',
    },
    {
      why: 'JSON whose end is missing',
      answer: answers(200, cut),
      problem: { code: 'Malformed', detail: expect.stringContaining('ends within its list') },
      kind: 'unavailable',
    },
    {
      why: 'nothing',
      answer: answers(200, ''),
      problem: { code: 'Malformed', detail: expect.stringContaining('Unexpected end') },
      kind: 'unavailable',
    },
    {
      why: 'no data',
      answer: whole({ status: 'success', data: null }),
      problem: { code: 'Malformed', detail: 'data is no object' },
      kind: 'unavailable',
    },
    {
      why: 'data without a list',
      answer: success({ resultType: 'vector', result: {} }),
      problem: { code: 'Malformed', detail: 'data has no list' },
      kind: 'unavailable',
    },
    {
      why: 'an answer that breaks off',
      answer: cuts(cut),
      problem: { code: 'Broken', address: expect.any(String), detail: 'unexpected EOF' },
      kind: 'unavailable',
    },
    {
      why: 'an answer that says gzip and is none',
      answer: answers(200, cut, { 'content-encoding': 'gzip' }),
      problem: { code: 'Broken', address: expect.any(String), detail: expect.any(String) },
      kind: 'unavailable',
    },
    {
      why: 'an answer that is small on the wire and large when decompressed',
      answer: answers(200, gzipSync(`{"status":"success","x":"${'x'.repeat(1_000_000)}"}`), {
        'content-encoding': 'gzip',
      }),
      problem: { code: 'AnswerTooLarge', bytesMax: 1_000_000 },
      kind: 'invalid',
    },
    {
      why: 'more series than the backend may bring',
      answer: success({
        resultType: 'vector',
        result: Array.from({ length: 1_001 }, () => ({ metric: {}, value: [1, '1'] })),
      }),
      problem: { code: 'TooManySeries', countMax: 1_000 },
      kind: 'invalid',
    },
  ])('names the problem: $why', async ({ answer, problem, kind }) => {
    const server = await serve(answer);
    const failure = await failureOf(ask(clientOf(server.url), 'sum(\n  up)'));
    expect(failure.problem).toEqual(problem);
    expect(failure).toMatchObject({ kind, backend: 'main', subject: 'query "sum( up)"' });
    expect(failure.message).toMatch(/^prometheus main: query "sum\( up\)": /);
    expect(failure.hint).toBeTruthy();
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    { why: 'one element', data: ['x'.repeat(2 * PROMETHEUS_ELEMENT_BYTES_MAX)], says: PROMETHEUS_ELEMENT_BYTES_MAX },
    { why: 'what is beside the list', data: [], says: PROMETHEUS_ENVELOPE_BYTES_MAX },
  ])('whatever the backend may bring, $why is bounded', async ({ data, says }) => {
    const server = await serve(success(data, { warnings: ['x'.repeat(PROMETHEUS_ENVELOPE_BYTES_MAX)] }));
    const client = clientOf(server.url, { answerBytesMax: 1_000_000_000 });
    const failure = await failureOf(client.labelValues('job', { selectors: [] }, SIGNAL));
    expect(failure.problem).toEqual({ code: 'Malformed', detail: expect.stringContaining(`${says} bytes`) });
  });

  test('lists and other data that are not what they should be', async () => {
    const server = await serve(success({}), success([1]), success([1]), success({ up: {} }), success('x'));
    const client = clientOf(server.url);
    const problems = [
      await failureOf(client.series({ selectors: ['up'] }, SIGNAL)),
      await failureOf(client.series({ selectors: ['up'] }, SIGNAL)),
      await failureOf(client.labelValues('job', { selectors: [] }, SIGNAL)),
      await failureOf(client.metadata('up', SIGNAL)),
      await failureOf(client.buildInfo(SIGNAL)),
    ].map(({ message }) => message);
    expect(problems).toEqual([
      'prometheus main: series of "up": the answer breaks the format of Prometheus\' API: data has no list',
      'prometheus main: series of "up": the answer breaks the format of Prometheus\' API: a series is no set of labels',
      'prometheus main: values of the label "job": the answer breaks the format of Prometheus\' API: the value of a label is no text',
      "prometheus main: metadata of up: the answer breaks the format of Prometheus' API: the metadata of up is no list",
      "prometheus main: build info: the answer breaks the format of Prometheus' API: data is no object",
    ]);
  });

  test('a long query is shown with its middle left out', async () => {
    const server = await serve(reported(400, 'bad_data', 'no'));
    const { subject } = await failureOf(ask(clientOf(server.url), `a${'x'.repeat(100_000)}b`));
    expect(subject).toMatch(/^query "ax+ … x+b"$/);
    expect(subject.length).toBeLessThan(520);
  });
});
