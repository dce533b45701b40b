import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createGuardedPki,
  GUARDED_PATH,
  type GuardedPki,
  GuardedServer,
} from '../../../test/fixtures/guarded-server.ts';
import { Failure } from '../../base/failure.ts';
import type { ReadingRequest } from '../http/reading-request.ts';
import type { KubeObject, ResourceType } from '../kube/client.ts';
import { createTelemetry } from '../telemetry/registry.ts';

const MASTER = ['X-Remote-User: admin', 'X-Remote-Group: system:masters'];
const ROBOT = ['Authorization: Bearer good-token'];

let pki: GuardedPki;
let server: GuardedServer;

beforeAll(async () => {
  pki = await createGuardedPki();
});

beforeEach(() => {
  server = new GuardedServer(pki);
});

afterEach(() => server.close());

function bodyOf(text: string): unknown {
  return JSON.parse(text.split('\r\n\r\n')[1] ?? '');
}

describe('refusals, word for word', () => {
  const forbidden = (message: string, details: unknown) => ({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'Forbidden',
    details,
    code: 403,
  });
  const rows: readonly (readonly [why: string, target: string, body: unknown])[] = [
    [
      'in a namespace',
      '/apis/metrics.k8s.io/v1beta1/namespaces/ns/pods',
      forbidden(
        'pods.metrics.k8s.io is forbidden: User "jane" cannot list resource "pods" in API group "metrics.k8s.io" in the namespace "ns"',
        { group: 'metrics.k8s.io', kind: 'pods' },
      ),
    ],
    [
      'at the cluster scope, of one object',
      '/apis/metrics.k8s.io/v1beta1/nodes/n1',
      forbidden(
        'nodes.metrics.k8s.io "n1" is forbidden: User "jane" cannot get resource "nodes" in API group "metrics.k8s.io" at the cluster scope',
        { name: 'n1', group: 'metrics.k8s.io', kind: 'nodes' },
      ),
    ],
    [
      'a subresource, and nothing that looks like HTML',
      '/apis/g/v1/namespaces/a%3Cb/pods/p/s',
      forbidden(
        'pods.g "p" is forbidden: User "jane" cannot get resource "pods/s" in API group "g" in the namespace "a&lt;b"',
        { name: 'p', group: 'g', kind: 'pods' },
      ),
    ],
    ['a path', '/metrics', forbidden('forbidden: User "jane" cannot get path "/metrics"', {})],
  ];
  test.each(rows)('%s', async (_why, target, body) => {
    await server.open();
    const answer = await server.ask({ certificate: 'user', target });
    expect([answer.status, bodyOf(answer.text)]).toEqual([403, body]);
    expect(answer.text).toContain('x-content-type-options: nosniff');
  });

  test('bad credentials', async () => {
    await server.open();
    expect(bodyOf((await server.ask({ headers: ['Authorization: Bearer bad'] })).text)).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  });

  test('nobody can be asked: 500 for rights, 401 for a token, and masters and probes get in', async () => {
    const client = { create: () => Promise.reject(new Failure('unavailable', 'connection <refused>')) };
    await server.open({ client });
    const answer = await server.ask({ certificate: 'user', target: '/metrics?a=b' });
    expect([answer.status, answer.text.split('\r\n\r\n')[1]]).toEqual([
      500,
      'Internal Server Error: "/metrics?a=b": connection &lt;refused&gt;\n',
    ]);
    expect((await server.ask({ headers: ROBOT })).status).toBe(401);
    expect((await server.ask({ certificate: 'proxy', headers: MASTER })).status).toBe(200);
    expect((await server.ask({ target: '/livez' })).status).toBe(200);
  });
});

describe('too much', () => {
  test('beyond the bound others are turned away, masters and probes are not; the count ends with the answer', async () => {
    const waiting: ((response: Response) => void)[] = [];
    const telemetry = createTelemetry();
    await server.open({ requestsCountMax: 2, telemetry }, () => new Promise((resolve) => waiting.push(resolve)));
    const until = async (count: number): Promise<void> => {
      while (waiting.length < count) await setImmediate();
    };
    const first = [server.ask({ headers: ROBOT }), server.ask({ headers: ROBOT })];
    await until(2);
    const turnedAway = await server.ask({ headers: ROBOT });
    expect([turnedAway.status, /retry-after: 1\r\n/.test(turnedAway.text)]).toEqual([429, true]);
    expect(turnedAway.text).toContain('Too many requests, please try again later.\n');
    const others = [server.ask({ certificate: 'proxy', headers: MASTER }), server.ask({ target: '/livez' })];
    await until(4);
    // Nobody is even asked about now: there is room for as many again that are not yet known, and no more.
    expect((await server.ask({ certificate: 'proxy', headers: MASTER })).status).toBe(429);
    for (const resolve of waiting) resolve(new Response('done'));
    const statuses = (await Promise.all([...first, ...others])).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200]);
    const again = server.ask({ headers: ROBOT });
    await until(5);
    waiting.at(-1)?.(new Response('done'));
    expect((await again).status).toBe(200);
    expect((await telemetry.expose()).text).toContain('podtide_access_refusals_total{reason="overloaded"} 2');
  });

  test('a client that leaves is no longer counted, and its handler hears of it', async () => {
    const heard = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    await server.open({ requestsCountMax: 1 }, (request) => {
      if (new URL(request.url).pathname !== GUARDED_PATH) return new Response('served');
      request.signal.addEventListener('abort', () => heard.resolve());
      begun.resolve();
      return new Promise(() => {});
    });
    const socket = await server.connect();
    const lost = server.askOn(socket, { headers: ROBOT });
    await begun.promise;
    socket.destroy();
    await heard.promise;
    expect((await lost).status).toBe(0);
    expect((await server.ask({ headers: ROBOT, target: '/metrics' })).status).toBe(200);
  });

  test('a request that takes too long is told so; one whose answer has begun is broken off', async () => {
    let aborted = 0;
    const begun = Promise.withResolvers<void>();
    await server.open({ requestMs: 60_000 }, (request) => {
      request.signal.addEventListener('abort', () => {
        aborted += 1;
      });
      const isSlowHead = new URL(request.url).pathname === GUARDED_PATH;
      begun.resolve();
      if (isSlowHead) return new Promise(() => {});
      return new Response(new ReadableStream({}), { headers: { 'transfer-encoding': 'chunked' } });
    });
    const slow = server.ask({ headers: ROBOT });
    await begun.promise;
    server.clock.advanceBy(60_000);
    const answer = await slow;
    expect([answer.status, bodyOf(answer.text)]).toMatchObject([
      504,
      { reason: 'Timeout', message: 'Timeout: request did not complete within the allotted timeout' },
    ]);
    const socket = await server.connect();
    const head = new Promise((resolve) => socket.once('data', resolve));
    const endless = server.askOn(socket, { headers: ROBOT, target: '/metrics' });
    await head;
    server.clock.advanceBy(60_000);
    expect((await endless).text).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(aborted).toBe(2);
  });

  test.each([
    ['less than a request may take', '?timeout=5s', 5_000],
    ['the first of two counts', '?timeout=5s&timeout=1s', 5_000],
    ['more than it may take', '?timeout=10m', 60_000],
    ['no time at all is none that is named', '?timeout=0s', 60_000],
    ['no time', '?timeout=soon', 60_000],
  ])('a client that says how long it waits: %s', async (_why, query, endsAfterMs) => {
    const begun = Promise.withResolvers<AbortSignal>();
    await server.open({ requestMs: 60_000 }, ({ signal }) => {
      begun.resolve(signal);
      return new Promise(() => {});
    });
    const slow = server.ask({ headers: ROBOT, target: `${GUARDED_PATH}${query}` });
    const signal = await begun.promise;
    server.clock.advanceBy(endsAfterMs - 1);
    expect(signal.aborted).toBe(false);
    server.clock.advanceBy(1);
    expect(signal.aborted).toBe(true);
    expect((await slow).status).toBe(504);
  });
});

test('three thousand groups arrive, each of them', async () => {
  await server.open();
  const groups = Array.from({ length: 3_000 }, (_, index) => `group-${index}`);
  const headers = ['X-Remote-User: proxied', ...groups.map((group) => `X-Remote-Group: ${group}`)];
  expect((await server.ask({ certificate: 'proxy', headers })).status).toBe(200);
  expect(server.served[0]?.grant.user.groups).toEqual([...groups, 'system:authenticated']);
});

test('an open path with a star in the middle is refused at the start', async () => {
  await expect(server.open({ openPaths: ['/a*b'] })).rejects.toMatchObject({
    kind: 'invalid',
    message: '--authorization-always-allow-paths: "/a*b": * may only be the last character',
  });
});

test('an open prefix opens what begins so, and nothing of the API', async () => {
  await server.open({ openPaths: ['/health*', 'x', '/apis/metrics.k8s.io/v1beta1/*'] });
  const statuses = await Promise.all(
    ['/healthz/ping', '/x', '/xy', '/livez', GUARDED_PATH].map(async (target) => (await server.ask({ target })).status),
  );
  expect(statuses).toEqual([200, 200, 403, 403, 403]);
});

describe('answers that are begun before the verdict', () => {
  const TARGET = '/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/web-0/orders';

  /** Asks once, which is allowed, and then again, for which the verdict is yours. */
  async function askAgain(answersEarly: boolean, handle: (request: ReadingRequest) => Response | Promise<Response>) {
    const begun: ReadingRequest[] = [];
    const verdicts: PromiseWithResolvers<boolean>[] = [];
    const client = {
      create: async <T extends KubeObject>(type: ResourceType, object: T) => {
        if (type.resource === 'tokenreviews') return server.reviews.client.create(type, object, { deadlineMs: 0 });
        const verdict = Promise.withResolvers<boolean>();
        verdicts.push(verdict);
        if (verdicts.length === 1) verdict.resolve(true);
        return { ...object, status: { allowed: await verdict.promise } };
      },
    };
    await server.open({ client, answersEarly, allowedMs: 0 }, (request) => {
      begun.push(request);
      return begun.length === 1 ? new Response('first') : handle(request);
    });
    expect((await server.ask({ headers: ROBOT, target: TARGET })).status).toBe(200);
    const answer = server.ask({ headers: ROBOT, target: TARGET });
    while (verdicts.length < 2 || begun.length < (answersEarly ? 2 : 1)) await setImmediate();
    return { begun, answer, decide: (isAllowed: boolean) => verdicts[1]?.resolve(isAllowed), verdicts };
  }

  test('are handed out after a yes, and not a byte of them before', async () => {
    const { begun, answer, decide } = await askAgain(true, () => new Response('second'));
    const soon = async (): Promise<string> => {
      for (let turn = 0; turn < 100; turn += 1) await setImmediate();
      return 'nothing';
    };
    expect([await Promise.race([answer, soon()]), begun.length]).toEqual(['nothing', 2]);
    decide(true);
    const { status, text } = await answer;
    expect([status, text.endsWith('second')]).toEqual([200, true]);
    expect(begun).toHaveLength(2);
  });

  test('are given up after a no, and begun for that reader no more', async () => {
    let isCancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        isCancelled = true;
      },
    });
    const { begun, answer, decide } = await askAgain(true, () => new Response(body));
    decide(false);
    const { status, text } = await answer;
    expect([status, text.includes('cannot get resource \\"pods/orders\\"')]).toEqual([403, true]);
    expect([begun[1]?.signal.aborted, isCancelled]).toEqual([true, true]);
    const third = server.ask({ headers: ROBOT, target: TARGET });
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(begun).toHaveLength(2);
    await server.close();
    await third;
  });

  test('are given up when nobody can be asked', async () => {
    const { begun, answer, verdicts } = await askAgain(true, () => new Promise(() => {}));
    verdicts[1]?.reject(new Failure('unavailable', 'gone'));
    expect([(await answer).status, begun[1]?.signal.aborted]).toEqual([500, true]);
  });

  test('may fail before the verdict, which then has the first word', async () => {
    const { answer, decide } = await askAgain(true, () => Promise.reject(new Error('a bug')));
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    decide(false);
    expect((await answer).status).toBe(403);
  });

  test('are begun after it where that is not asked for', async () => {
    const { begun, answer, decide } = await askAgain(false, () => new Response('second'));
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(begun).toHaveLength(1);
    decide(true);
    expect((await answer).status).toBe(200);
  });
});
