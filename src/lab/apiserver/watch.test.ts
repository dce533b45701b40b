import { describe, expect, test } from 'vitest';
import type { TestedApiServer } from '../../../test/fixtures/api-server.ts';
import { startApiServer } from '../../../test/fixtures/api-server.ts';
import { DELIVERY_TOKEN_HEADER } from '../../base/clock.ts';

const PATH = '/api/v1/namespaces/default/configmaps';

interface WatchEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly resourceVersion: string; readonly labels?: object };
  };
}

/** Reads the events that a watch has written so far. */
class Reader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();

  constructor(response: Response) {
    if (response.body === null) throw new Error('a watch has a body');
    this.#reader = response.body.getReader();
  }

  /** The next event; undefined at the end of the stream. */
  async next(): Promise<WatchEvent | undefined> {
    const { done, value } = await this.#reader.read();
    return done ? undefined : JSON.parse(this.#decoder.decode(value));
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

async function watch(server: TestedApiServer, query = '', headers: Record<string, string> = {}): Promise<Reader> {
  const response = await server.fetch('GET', `${PATH}?watch=true&${query}`, { headers });
  expect(response.status).toBe(200);
  return new Reader(response);
}

async function put(server: TestedApiServer, name: string, labels: object = {}): Promise<void> {
  const existing = await server.send('GET', `${PATH}/${name}`);
  if (existing.status === 404) await server.send('POST', PATH, { body: { metadata: { name, labels } } });
  else await server.send('PUT', `${PATH}/${name}`, { body: { metadata: { name, labels } } });
}

describe('where a watch starts', () => {
  test('without a version: with what is there', async () => {
    const server = startApiServer();
    const reader = await watch(server);
    expect(await reader.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'kube-root-ca.crt' } } });
  });

  test('at a version: with what changed since, in order', async () => {
    const server = startApiServer();
    const revision = server.apiServer.store.revision;
    await put(server, 'a');
    await put(server, 'a', { tier: 'front' });
    await server.send('DELETE', `${PATH}/a`);
    const reader = await watch(server, `resourceVersion=${revision}`);
    const events = [await reader.next(), await reader.next(), await reader.next()];
    expect(events.map((event) => event?.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    const versions = events.map((event) => Number(event?.object.metadata.resourceVersion));
    expect(versions).toEqual([revision + 1, revision + 2, revision + 3]);
  });

  test('at a version that is not reached yet: refused, to be tried again', async () => {
    const answer = await startApiServer().send('GET', `${PATH}?watch=true&resourceVersion=99999`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([504, '1']);
  });

  test('at a version whose changes are forgotten because there were too many: 410', async () => {
    const server = startApiServer({ eventsMax: 10 });
    const revision = server.apiServer.store.revision;
    for (let count = 0; count < 11; count += 1) await put(server, `m${count}`);
    const reader = await watch(server, `resourceVersion=${revision}`);
    expect(await reader.next()).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    expect(await reader.next()).toBeUndefined();
  });
});

describe('what a selector makes of a change', () => {
  test.each([
    ['into the selection', {}, { tier: 'front' }, 'ADDED', { tier: 'front' }],
    ['inside the selection', { tier: 'front' }, { tier: 'front', a: 'b' }, 'MODIFIED', { tier: 'front', a: 'b' }],
    [
      'out of the selection: as it was last selected',
      { tier: 'front' },
      { tier: 'back' },
      'DELETED',
      { tier: 'front' },
    ],
  ])('%s', async (_why, before, after, type, labels) => {
    const server = startApiServer();
    await put(server, 'a', before);
    const reader = await watch(server, `labelSelector=tier%3Dfront&resourceVersion=${server.apiServer.store.revision}`);
    await put(server, 'a', after);
    const event = await reader.next();
    expect(event).toMatchObject({ type, object: { metadata: { labels } } });
    expect(event?.object.metadata.resourceVersion).toBe(String(server.apiServer.store.revision));
  });

  test('a change of something else is nothing', async () => {
    const server = startApiServer();
    const query = `fieldSelector=metadata.name%3Dwanted&resourceVersion=${server.apiServer.store.revision}`;
    const reader = await watch(server, query);
    await put(server, 'other');
    await put(server, 'wanted');
    expect(await reader.next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'wanted' } } });
  });

  test('another namespace is another watch', async () => {
    const server = startApiServer();
    const reader = await watch(server, `resourceVersion=${server.apiServer.store.revision}`);
    await server.send('POST', '/api/v1/namespaces/kube-system/configmaps', { body: { metadata: { name: 'there' } } });
    await put(server, 'here');
    expect(await reader.next()).toMatchObject({ object: { metadata: { name: 'here' } } });
  });
});

describe('how a watch ends', () => {
  test('after timeoutSeconds, without a word', async () => {
    const server = startApiServer();
    const reader = await watch(server, `timeoutSeconds=5&resourceVersion=${server.apiServer.store.revision}`);
    server.clock.advanceBy(5_000);
    expect(await reader.next()).toBeUndefined();
  });

  test('with its client’s signal, and writes go on', async () => {
    const server = startApiServer();
    const leaving = new AbortController();
    const response = await server.fetch('GET', `${PATH}?watch=true`, { signal: leaving.signal });
    const reader = new Reader(response);
    await reader.next();
    leaving.abort();
    expect(await reader.next()).toBeUndefined();
    await put(server, 'a');
    expect((await server.send('GET', `${PATH}/a`)).status).toBe(200);
  });
});

test('bookmarks come each minute when they are wanted', async () => {
  const server = startApiServer();
  const reader = await watch(server, `allowWatchBookmarks=true&resourceVersion=${server.apiServer.store.revision}`);
  await server.send('POST', '/api/v1/namespaces', { body: { metadata: { name: 'elsewhere' } } });
  server.clock.advanceBy(60_000);
  const event = await reader.next();
  expect(event).toMatchObject({ type: 'BOOKMARK' });
  expect(event?.object.metadata.resourceVersion).toBe(String(server.apiServer.store.revision));
  server.clock.advanceBy(60_000);
  expect(await reader.next()).toMatchObject({ type: 'BOOKMARK' });
});

describe('deliveries', () => {
  function ledgerOf(calls: string[]) {
    return {
      sent: (token: string) => void calls.push(`sent ${token}`),
      received: (token: string) => void calls.push(`received ${token}`),
      closed: (token: string) => void calls.push(`closed ${token}`),
    };
  }

  test('are noted before the write is answered, for watches that ask for it', async () => {
    const calls: string[] = [];
    const server = startApiServer({ ledger: ledgerOf(calls) });
    const query = `resourceVersion=${server.apiServer.store.revision}`;
    await watch(server, query, { [DELIVERY_TOKEN_HEADER]: 't1' });
    await watch(server, query);
    const write = server.send('POST', PATH, { body: { metadata: { name: 'a' } } }).then(() => calls.push('answered'));
    await write;
    expect(calls).toEqual(['sent t1', 'answered']);
  });

  test('are noted for bookmarks too: a client receives them as it receives the rest', async () => {
    const calls: string[] = [];
    const server = startApiServer({ ledger: ledgerOf(calls) });
    const query = `allowWatchBookmarks=true&resourceVersion=${server.apiServer.store.revision}`;
    await watch(server, query, { [DELIVERY_TOKEN_HEADER]: 't1' });
    server.clock.advanceBy(60_000);
    expect(calls).toEqual(['sent t1']);
  });

  test('end with the reader', async () => {
    const calls: string[] = [];
    const server = startApiServer({ ledger: ledgerOf(calls) });
    const query = `resourceVersion=${server.apiServer.store.revision}`;
    const reader = await watch(server, query, { [DELIVERY_TOKEN_HEADER]: 't1' });
    await reader.cancel();
    await put(server, 'a');
    expect(calls).toEqual(['closed t1']);
  });
});
