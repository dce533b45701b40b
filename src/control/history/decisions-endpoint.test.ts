import { beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../base/failure.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { KubeClient, KubeObject } from '../../platform/kube/client.ts';
import { createDecisionAccess, type DecisionAccess, OPEN_ACCESS } from './decision-access.ts';
import { DecisionStreams } from './decision-stream.ts';
import { createDecisionsEndpoint } from './decisions-endpoint.ts';
import type { DecisionFeed, DecisionListener, DecisionQuery, DecisionRecord, DecisionSummary } from './feed.ts';

const SUMMARY = {
  id: 'kind~u~1~v',
  hpa: { namespace: 'shop', name: 'web', uid: 'u' },
  isChange: true,
} as DecisionSummary;
const RECORD = { id: 'kind~u~1~v', summary: SUMMARY } as DecisionRecord;

let clock: VirtualClock;
let queries: DecisionQuery[];
let listeners: Set<DecisionListener>;
let streams: DecisionStreams;

const feed: DecisionFeed = {
  list: async (query) => {
    queries.push(query);
    return [SUMMARY];
  },
  at: async (id) => (id === RECORD.id ? RECORD : undefined),
  watch: (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

beforeEach(() => {
  clock = new VirtualClock();
  queries = [];
  listeners = new Set();
  streams = new DecisionStreams(feed, clock);
});

async function get(
  path: string,
  access: DecisionAccess = OPEN_ACCESS,
  init: RequestInit = {},
): Promise<Response | undefined> {
  return createDecisionsEndpoint({ feed, access, streams })(new Request(`https://x${path}`, init));
}

describe('/decisions', () => {
  test('lists summaries, with every parameter and within the bound', async () => {
    const answer = await get('/decisions?namespace=shop&name=web&sinceMs=5&changes=true&limit=99999999');
    expect(await answer?.json()).toEqual({ apiVersion: 'podtide.dev/v1', kind: 'DecisionList', items: [SUMMARY] });
    expect(queries).toEqual([{ namespace: 'shop', name: 'web', sinceMs: 5, isChangeOnly: true, limitCount: 10_000 }]);
  });

  test('has one record', async () => {
    expect(await (await get(`/decisions/${RECORD.id}`))?.json()).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'DecisionRecord',
      ...RECORD,
    });
  });

  const refusals: readonly [why: string, path: string, init: RequestInit, status: number, message: string][] = [
    [
      'an unknown record',
      '/decisions/nope',
      {},
      404,
      'decision nope is not here: it never was, or it has made room for newer ones',
    ],
    ['a broken number', '/decisions?limit=-1', {}, 400, 'limit=-1: must be a number, not negative'],
    ['a write', '/decisions', { method: 'POST' }, 405, 'POST is not served here, only GET'],
  ];
  test.each(refusals)('%s', async (_why, path, init, status, message) => {
    const answer = await get(path, OPEN_ACCESS, init);
    expect([answer?.status, await answer?.json()]).toEqual([status, { message }]);
  });

  test('other paths are not its own', async () => {
    expect(await get('/decisionsx')).toBeUndefined();
    expect(await get('/metrics')).toBeUndefined();
  });

  test('streams what matches, with a sign of life, until the reader leaves', async () => {
    const answer = await get('/decisions?watch=true&namespace=shop&changes=true');
    const reader = answer?.body?.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => (await reader?.read())?.value;
    expect(await next()).toBe(': connected\n\n');
    const foreign = { ...RECORD, summary: { ...SUMMARY, hpa: { ...SUMMARY.hpa, namespace: 'bank' } } };
    const dull = { ...RECORD, summary: { ...SUMMARY, isChange: false } };
    for (const listener of listeners) for (const record of [foreign, dull, RECORD]) listener(record);
    expect(await next()).toBe(`event: decision\nid: ${RECORD.id}\ndata: ${JSON.stringify(RECORD)}\n\n`);
    clock.advanceBy(15_000);
    expect(await next()).toBe(': still here\n\n');
    await reader?.cancel();
    expect([listeners.size, clock.timerCount]).toEqual([0, 0]);
    const left = await get('/decisions?watch=true');
    await expect(left?.body?.cancel()).resolves.toBeUndefined();
    expect([listeners.size, clock.timerCount]).toEqual([0, 0]);
  });

  test('a closing server ends every stream cleanly', async () => {
    const answer = await get('/decisions?watch=true');
    streams.close();
    expect(await answer?.text()).toBe(': connected\n\n');
    expect([listeners.size, clock.timerCount]).toEqual([0, 0]);
  });

  test('so many streams and no more', async () => {
    for (let count = 0; count < 200; count++) expect((await get('/decisions?watch=true'))?.status).toBe(200);
    const answer = await get('/decisions?watch=true');
    expect([answer?.status, await answer?.json()]).toEqual([503, { message: '200 streams are open already' }]);
    streams.close();
    expect((await get('/decisions?watch=true'))?.status).toBe(200);
  });

  test('a reader that is too slow is cut off', async () => {
    const answer = await get('/decisions?watch=true');
    const large = { ...RECORD, id: 'x'.repeat(1024 * 1024) };
    for (let count = 0; count < 5; count++) for (const listener of [...listeners]) listener(large);
    expect(listeners.size).toBe(0);
    await expect(answer?.text()).rejects.toThrow('the reader is too slow');
  });
});

describe('who may see decisions', () => {
  const asked: KubeObject[] = [];
  const client: Pick<KubeClient, 'create'> = {
    create: async (_type, object) => {
      asked.push(object);
      const { token, user, resourceAttributes } = (object as unknown as { spec: Record<string, never> }).spec;
      if (token === 'broken') throw new Failure('unavailable', 'the server did not answer');
      const status =
        token === undefined
          ? { allowed: user === 'jane' && resourceAttributes?.['namespace'] === 'shop' }
          : token === 'nobody'
            ? { authenticated: false }
            : { authenticated: true, user: { username: token, groups: ['dev'] } };
      return { ...object, status };
    },
  };

  const rows: readonly [
    why: string,
    path: string,
    headers: Record<string, string>,
    status: number,
    message?: string,
  ][] = [
    ['nobody', '/decisions?namespace=shop', {}, 401, 'a bearer token of the cluster is needed'],
    [
      'a token that the cluster does not know',
      '/decisions?namespace=shop',
      { authorization: 'Bearer nobody' },
      401,
      'a bearer token of the cluster is needed',
    ],
    ['one who may', '/decisions?namespace=shop', { authorization: 'Bearer jane' }, 200],
    [
      'one who comes through the service proxy',
      '/decisions?namespace=shop',
      { 'podtide-authorization': 'Bearer jane' },
      200,
    ],
    [
      'one who may not look everywhere',
      '/decisions',
      { authorization: 'Bearer jane' },
      403,
      'user jane cannot list horizontalpodautoscalers.autoscaling in all namespaces',
    ],
    [
      'one who may look nowhere',
      `/decisions/${RECORD.id}`,
      { authorization: 'Bearer joe' },
      403,
      'user joe cannot get horizontalpodautoscalers.autoscaling in namespace shop',
    ],
    [
      'a stream, too',
      '/decisions?watch=true&namespace=bank',
      { authorization: 'Bearer jane' },
      403,
      'user jane cannot watch horizontalpodautoscalers.autoscaling in namespace bank',
    ],
    [
      'an unknown record needs rights on all namespaces',
      '/decisions/nope',
      { authorization: 'Bearer jane' },
      403,
      'user jane cannot get horizontalpodautoscalers.autoscaling in all namespaces',
    ],
    ['the API server is away', '/decisions', { authorization: 'Bearer broken' }, 503, 'the server did not answer'],
  ];
  test.each(rows)('%s', async (_why, path, headers, status, message) => {
    const answer = await get(path, createDecisionAccess(client, clock), { headers });
    expect(answer?.status).toBe(status);
    if (message !== undefined) expect(await answer?.json()).toEqual({ message });
  });

  test('a verdict stands for ten seconds', async () => {
    const access = createDecisionAccess(client, clock);
    const ask = async () => {
      asked.length = 0;
      await get('/decisions?namespace=shop', access, { headers: { authorization: 'Bearer jane' } });
      return asked.length;
    };
    const first = await ask();
    clock.advanceBy(9_999);
    const second = await ask();
    clock.advanceBy(1);
    expect([first, second, await ask()]).toEqual([2, 0, 2]);
  });
});
