import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { PASS_THROUGH_ANSWER_BYTES_MAX, PASS_THROUGH_REQUESTS_COUNT_MAX } from '../../base/limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { AccessUser } from '../../platform/access/user.ts';
import type { OutboundAnswer, OutboundRequest } from '../../platform/http/outbound.ts';
import { MetricFailure } from './metric-failure.ts';
import { createPassThrough, type PassThroughOptions } from './pass-through.ts';
import type { CustomMetricsQuery } from './port.ts';

const SIGNAL = new AbortController().signal;
const DEADLINE_MS = 10_000;

const CALLER: AccessUser = {
  name: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  uid: '1-2',
  groups: ['system:serviceaccounts', 'system:authenticated'],
  extra: { 'authentication.kubernetes.io/pod-name': ['kcm'] },
};

type Answering = (request: OutboundRequest) => Promise<OutboundAnswer>;

/** Another server, and the requests that reached it. */
function passThrough(answering: Answering, options: Partial<PassThroughOptions> = {}) {
  const clock = new VirtualClock();
  const requests: OutboundRequest[] = [];
  const sources = createPassThrough({
    name: 'keda',
    url: 'https://keda.example:443',
    outbound: {
      request: (request) => {
        requests.push(request);
        return answering(request);
      },
    },
    isCallerNamed: false,
    ioClock: clock,
    deadlineMs: DEADLINE_MS,
    userAgent: 'podtide/test',
    ...options,
  });
  return { clock, requests, ...sources };
}

function answer(status: number, body: string | object, headers: Record<string, string> = {}): OutboundAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const contentType = typeof body === 'string' ? 'text/plain' : 'application/json';
  return { status, headers: { 'content-type': contentType, ...headers }, body: chunks([Buffer.from(text)]) };
}

async function* chunks(parts: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
}

const refusal = (code: number, reason: string, message: string) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  ...{ code, reason, message },
});

const EMPTY = { kind: 'ExternalMetricValueList', items: [] };
const EXTERNAL = { namespace: 'shop', metric: 's0-rabbitmq', metricSelector: 'scaledobject.keda.sh/name=worker' };
const CUSTOM: CustomMetricsQuery = {
  namespace: 'shop',
  resource: 'pods',
  name: '*',
  labelSelector: 'app=web',
  metric: 'orders',
  metricSelector: 'a in (b)',
};

describe('what is asked', () => {
  test('the same question, as ourselves, with a token that is read again', async () => {
    let tokenCount = 0;
    const token = async () => {
      tokenCount += 1;
      return `token-${tokenCount}`;
    };
    const { external, custom, requests } = passThrough(async () => answer(200, EMPTY), { token });
    await external.getValues({ ...EXTERNAL, caller: CALLER }, SIGNAL);
    await custom.getValues(CUSTOM, SIGNAL);
    const asked = requests.map(({ method, url, headers }) => ({ method, url, headers }));
    const root = 'https://keda.example:443/apis';
    const headers = (index: number) => ({
      accept: 'application/json',
      'user-agent': 'podtide/test',
      authorization: `Bearer token-${index}`,
    });
    expect(asked).toEqual([
      {
        method: 'GET',
        url: `${root}/external.metrics.k8s.io/v1beta1/namespaces/shop/s0-rabbitmq?labelSelector=scaledobject.keda.sh%2Fname%3Dworker`,
        headers: headers(1),
      },
      {
        method: 'GET',
        url: `${root}/custom.metrics.k8s.io/v1beta1/namespaces/shop/pods/%2A/orders?labelSelector=app%3Dweb&metricLabelSelector=a%20in%20(b)`,
        headers: headers(2),
      },
    ]);
  });

  test('in the caller’s name where that server takes us for a front proxy; without a caller in ours', async () => {
    const { external, requests } = passThrough(async () => answer(200, EMPTY), { isCallerNamed: true });
    await external.getValues({ ...EXTERNAL, caller: CALLER }, SIGNAL);
    await external.getValues(EXTERNAL, SIGNAL);
    const common = { accept: 'application/json', 'user-agent': 'podtide/test' };
    expect(requests.map(({ headers }) => headers)).toEqual([
      {
        ...common,
        'x-remote-user': CALLER.name,
        'x-remote-uid': '1-2',
        'x-remote-group': CALLER.groups,
        'x-remote-extra-authentication.kubernetes.io%2Fpod-name': ['kcm'],
      },
      common,
    ]);
  });

  test('the version of custom metrics that it is known to have', async () => {
    const { custom, requests } = passThrough(async () => answer(200, EMPTY), { customVersion: 'v1beta2' });
    await custom.getValues(CUSTOM, SIGNAL);
    expect(requests[0]?.url).toContain('/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/');
  });

  test.each([
    ['a namespace that leads out of its place', { namespace: '..' }],
    ['a metric', { metric: '..' }],
    ['a segment that means nothing', { namespace: '.' }],
  ])('%s is not asked for', async (_why, change) => {
    const { external, requests } = passThrough(async () => answer(200, EMPTY));
    await expect(external.getValues({ ...EXTERNAL, ...change }, SIGNAL)).rejects.toThrow('is no path of a metric');
    expect(requests).toEqual([]);
  });

  test('slashes in a name stay in it', async () => {
    const { custom, requests } = passThrough(async () => answer(200, EMPTY));
    await custom.getValues(
      { ...CUSTOM, resource: 'pods/../..', name: 'a/b', labelSelector: '', metricSelector: '' },
      SIGNAL,
    );
    expect(requests[0]?.url).toMatch(/\/namespaces\/shop\/pods%2F\.\.%2F\.\.\/a%2Fb\/orders$/);
  });
});

test('values come as they were told, also those of no series', async () => {
  const items = [
    { metricName: 's0-rabbitmq', metricLabels: null, timestamp: '2026-03-01T10:00:00Z', value: '42' },
    { metricName: 's0-rabbitmq', metricLabels: { a: 'b' }, timestamp: null, window: 60, value: '1500m' },
  ];
  const { external } = passThrough(async () => answer(200, { ...EMPTY, items }));
  expect(await external.getValues(EXTERNAL, SIGNAL)).toEqual([
    { metric: 's0-rabbitmq', labels: null, atMs: Date.UTC(2026, 2, 1, 10), windowMs: null, value: '42' },
    { metric: 's0-rabbitmq', labels: { a: 'b' }, atMs: -62_135_596_800_000, windowMs: 60_000, value: '1500m' },
  ]);
});

describe('what goes wrong', () => {
  const down = 'the metrics server keda gave no answer: ';
  const rows: readonly [why: string, answering: Answering, options: Partial<PassThroughOptions>, told: object][] = [
    [
      'it says no in its own words',
      async () => answer(404, refusal(404, 'NotFound', 'No matching metrics found for s0-rabbitmq')),
      {},
      { reason: 'refused', kind: 'notFound', said: [404, 'NotFound', 'No matching metrics found for s0-rabbitmq'] },
    ],
    [
      'it refuses the caller that we name',
      async () => answer(403, refusal(403, 'Forbidden', 'u may not')),
      { isCallerNamed: true },
      { reason: 'refused', kind: 'denied', said: [403, 'Forbidden', 'u may not'] },
    ],
    [
      'it has too much to do',
      async () => answer(429, 'later', { 'retry-after': '1' }),
      {},
      {
        reason: 'refused',
        kind: 'unavailable',
        said: [429, 'TooManyRequests', expect.stringContaining('try again later')],
      },
    ],
    [
      'it fails in words that are no Status',
      async () => answer(500, 'panic'),
      {},
      { reason: 'refused', kind: 'unavailable', said: [500, 'InternalError', expect.stringContaining('"panic"')] },
    ],
    [
      'it does not know us: nothing that the caller could mend',
      async () => answer(401, refusal(401, 'Unauthorized', 'Unauthorized')),
      {},
      { kind: 'unavailable', message: `${down}HTTP status 401: Unauthorized` },
    ],
    [
      'we may not ask it',
      async () => answer(403, refusal(403, 'Forbidden', 'podtide may not')),
      {},
      { kind: 'unavailable', message: `${down}HTTP status 403: podtide may not` },
    ],
    [
      'it sends us elsewhere',
      async () => answer(302, '', { location: 'https://elsewhere' }),
      {},
      { kind: 'unavailable', message: expect.stringContaining(`${down}HTTP status 302`) },
    ],
    [
      'half an answer',
      async () => answer(200, '{"kind":"ExternalMetricVal', { 'content-type': 'application/json' }),
      {},
      { kind: 'unavailable', message: expect.stringMatching(/^the metrics server keda gave no answer: .*JSON/) },
    ],
    [
      'an answer that is no list',
      async () => answer(200, { items: 3 }),
      {},
      { kind: 'unavailable', message: expect.stringContaining('items of the ExternalMetricValueList is no list') },
    ],
    [
      'an answer without end',
      async () => ({
        status: 200,
        headers: {},
        body: chunks(Array.from({ length: 17 }, () => Buffer.alloc(PASS_THROUGH_ANSWER_BYTES_MAX / 16))),
      }),
      {},
      { kind: 'unavailable', message: `${down}answer is larger than ${PASS_THROUGH_ANSWER_BYTES_MAX} bytes` },
    ],
    [
      'nobody listens, and where nobody listens is our affair',
      async () => {
        throw new Error('Get "https://keda.example:443/apis": dial tcp: connect: connection refused');
      },
      {},
      { kind: 'unavailable', message: `${down}dial tcp: connect: connection refused` },
    ],
    [
      'our token cannot be read',
      async () => answer(200, EMPTY),
      { token: () => Promise.reject(new Error('ENOENT: /var/run/token')) },
      { kind: 'unavailable', message: `${down}ENOENT: /var/run/token` },
    ],
  ];
  test.each(rows)('%s', async (_why, answering, options, told) => {
    const { external } = passThrough(answering, options);
    const thrown: unknown = await external.getValues({ ...EXTERNAL, caller: CALLER }, SIGNAL).catch((each) => each);
    if (!(thrown instanceof MetricFailure)) return expect(thrown).toMatchObject(told);
    const { reason, kind, answer: said } = thrown;
    expect({ reason, kind, said: [said?.status, said?.reason, said?.message] }).toEqual(told);
  });

  test('no answer in time', async () => {
    const { external, clock } = passThrough(untilAborted);
    const asked = external.getValues(EXTERNAL, SIGNAL);
    clock.advanceBy(DEADLINE_MS);
    await expect(asked).rejects.toThrow(`${down}no answer within ${DEADLINE_MS} ms`);
  });

  test('the caller leaves', async () => {
    const { external } = passThrough(untilAborted);
    const leaving = new AbortController();
    const asked = external.getValues(EXTERNAL, leaving.signal);
    leaving.abort(new Error('the request is over'));
    await expect(asked).rejects.toThrow('the request is over');
  });

  test('more than it can be asked at once: the next is refused, and taken when one is over', async () => {
    const { external, clock } = passThrough(untilAborted);
    const asked = Array.from({ length: PASS_THROUGH_REQUESTS_COUNT_MAX }, () =>
      external.getValues(EXTERNAL, SIGNAL).catch(() => 'over'),
    );
    await expect(external.getValues(EXTERNAL, SIGNAL)).rejects.toThrow(
      `${PASS_THROUGH_REQUESTS_COUNT_MAX} requests to the metrics server keda are under way`,
    );
    clock.advanceBy(DEADLINE_MS);
    await Promise.all(asked);
    const next = external.getValues(EXTERNAL, SIGNAL);
    clock.advanceBy(DEADLINE_MS);
    await expect(next).rejects.toThrow('no answer within');
  });
});

const untilAborted: Answering = ({ signal }) =>
  new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

test('its metrics are listed, once for all who ask within half a minute', async () => {
  const resources = [{ name: 'externalmetrics', namespaced: true }];
  const { external, requests, clock } = passThrough(async () => answer(200, { resources }));
  expect(await external.listMetrics(SIGNAL)).toEqual(['externalmetrics']);
  await external.listMetrics(SIGNAL);
  expect(requests.map(({ url }) => url)).toEqual(['https://keda.example:443/apis/external.metrics.k8s.io/v1beta1']);
  clock.advanceBy(30_000);
  await external.listMetrics(SIGNAL);
  expect(requests.length).toBe(2);
});
