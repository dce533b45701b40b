import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { STORE_SLICE_BYTES_MAX, STORE_WRITE_GAP_MS } from '../../src/base/limits.ts';
import { type Log, SILENT_LOG } from '../../src/base/log.ts';
import type { Fault } from '../../src/lab/apiserver/fault.ts';
import type { KubeObject, ResourceType } from '../../src/platform/kube/client.ts';
import { createHandleTransport } from '../../src/platform/kube/handle-transport.ts';
import { createKubeClient } from '../../src/platform/kube/kube-client.ts';
import { ConfigMapStore, sliceNames } from '../../src/platform/store/config-map-store.ts';
import { ADMIN_TOKEN, startApiServer, type TestedApiServer } from '../fixtures/api-server.ts';

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };
const NEVER = new AbortController().signal;
const NAMESPACE = 'podtide-system';
/** FNV-1a puts it into this ConfigMap, in every version. */
const KEY = 'uid-1';
const KEYS_CONFIG_MAP = 'memory-03';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

let tested: TestedApiServer;
let fault: ((request: Request) => Fault | undefined) | undefined;
let writes: string[];
let complaints: string[];

const log: Log = { ...SILENT_LOG, warn: (message, fields) => complaints.push(`${message}: ${fields?.['error']}`) };

beforeEach(async () => {
  fault = undefined;
  writes = [];
  complaints = [];
  tested = startApiServer({
    faults: (request) => {
      const broken = fault?.(request);
      if (request.method !== 'GET' && broken === undefined) writes.push(request.method);
      return broken;
    },
  });
  await tested.send('POST', '/api/v1/namespaces', { body: { metadata: { name: NAMESPACE } } });
  writes.length = 0;
});

function clientOf() {
  const transport = createHandleTransport((request) => tested.apiServer.handle(request), {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return createKubeClient({ transport, ioClock: tested.clock, userAgent: 'test', random: () => 0 });
}

function storeOf(identity: string): ConfigMapStore {
  return new ConfigMapStore({
    client: clientOf(),
    ioClock: tested.clock,
    log,
    namespace: NAMESPACE,
    prefix: 'memory',
    identity,
    rightsAdvice: { manifest: 'deploy/controller.yaml', without: '--memory=process' },
  });
}

/** Lets whatever does not wait for time come to its end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await setImmediate();
}

async function runFor(durationMs: number): Promise<void> {
  await settled();
  await tested.clock.runTo(tested.clock.nowMs() + durationMs);
  await settled();
}

async function stored(name = KEYS_CONFIG_MAP): Promise<Readonly<Record<string, string>>> {
  return (await clientOf().get<ConfigMap>(CONFIG_MAPS, { namespace: NAMESPACE, name })).data ?? {};
}

test('a claim makes every ConfigMap, marked with its holder; a second one finds all that was stored', async () => {
  const first = storeOf('first');
  expect(await first.claim(NEVER)).toEqual(new Map());
  const { items } = await clientOf().list<ConfigMap>(CONFIG_MAPS, { namespace: NAMESPACE });
  const ours = items.filter(({ metadata }) => metadata.name.startsWith('memory-'));
  expect(ours.map(({ metadata }) => metadata.name).sort()).toEqual(sliceNames('memory'));
  expect(new Set(ours.map(({ metadata }) => metadata.annotations?.['podtide.dev/holder']))).toEqual(new Set(['first']));
  await first.commit(KEY, 'one', NEVER);
  await first.commit('uid-2', 'two', NEVER);
  expect(await stored()).toEqual({ [KEY]: 'one' });
  expect(await storeOf('second').claim(NEVER)).toEqual(
    new Map([
      [KEY, 'one'],
      ['uid-2', 'two'],
    ]),
  );
});

test('after a claim, nothing of the writer before arrives any more: neither commits nor what waited', async () => {
  const first = storeOf('first');
  await first.claim(NEVER);
  await first.commit(KEY, 'one', NEVER);
  await storeOf('second').claim(NEVER);
  first.put(KEY, 'late', 0);
  await expect(first.commit(KEY, 'stale', NEVER)).rejects.toMatchObject({
    kind: 'conflict',
    message: `ConfigMap ${NAMESPACE}/${KEYS_CONFIG_MAP} is not this process’s any longer: another one took it over`,
  });
  await runFor(60_000);
  await expect(first.commit(KEY, 'stale', NEVER)).rejects.toMatchObject({ kind: 'conflict' });
  expect(await stored()).toEqual({ [KEY]: 'one' });
});

describe('when writes go out', () => {
  test('a put within its time, a ConfigMap at most every five seconds, a commit at once with what waits', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    writes.length = 0;
    store.put(KEY, 'a', 1_000);
    await runFor(999);
    expect(writes).toEqual([]);
    await runFor(1);
    expect(await stored()).toEqual({ [KEY]: 'a' });
    store.put(KEY, 'b', 0);
    await runFor(STORE_WRITE_GAP_MS - 1);
    expect(await stored()).toEqual({ [KEY]: 'a' });
    await runFor(1);
    expect(await stored()).toEqual({ [KEY]: 'b' });
    store.put(KEY, 'c', 60_000);
    await store.commit(KEY, 'd', NEVER);
    expect([await stored(), writes.length]).toEqual([{ [KEY]: 'd' }, 3]);
    store.remove(KEY, 0);
    await runFor(STORE_WRITE_GAP_MS);
    expect(await stored()).toEqual({});
  });

  test('commits that come while one is under way share the next write', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    writes.length = 0;
    await Promise.all(['a', 'b', 'c', 'd'].map((text) => store.commit(KEY, text, NEVER)));
    expect([await stored(), writes.length]).toEqual([{ [KEY]: 'd' }, 2]);
  });

  test('what has one place is stored in one write, and nothing of it without the other', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    writes.length = 0;
    const changes = new Map([
      [`${KEY}.state`, 's'],
      [`${KEY}.row`, 'r'],
    ]);
    await store.append(changes, NEVER);
    expect([await stored(), writes.length]).toEqual([Object.fromEntries(changes), 1]);
    const tooMuch = new Map([
      [`${KEY}.state`, undefined],
      [`${KEY}.row`, '扩'.repeat(STORE_SLICE_BYTES_MAX / 3)],
    ]);
    await expect(store.append(tooMuch, NEVER)).rejects.toThrow(/has no room for uid-1.state, uid-1.row: \d+ bytes$/);
    store.put(KEY, 'later', 0);
    await runFor(STORE_WRITE_GAP_MS);
    expect(await stored()).toEqual({ ...Object.fromEntries(changes), [KEY]: 'later' });
  });

  test('one append has one place', () => {
    const changes = new Map([
      ['uid-1.row', 'r'],
      ['uid-2.row', 'r'],
    ]);
    expect(() => storeOf('first').append(changes, NEVER)).toThrow('one append for several places');
  });

  test('a release stores what waits', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    store.put(KEY, 'last', 60_000);
    await store.release(5_000);
    expect(await stored()).toEqual({ [KEY]: 'last' });
  });
});

describe('what goes wrong', () => {
  const isPut = (request: Request): boolean => request.method === 'PUT';

  test.each<{ why: string; fault: Fault; message: RegExp }>([
    {
      why: 'the server is overloaded',
      fault: { kind: 'status', code: 500, reason: 'InternalError', message: 'etcd: no leader' },
      message: /etcd: no leader/,
    },
    { why: 'the connection breaks', fault: { kind: 'reset' }, message: /ECONNRESET/ },
  ])('a commit fails when $why, and the text is stored later all the same', async ({ fault: broken, message }) => {
    const store = storeOf('first');
    await store.claim(NEVER);
    fault = (request) => (isPut(request) ? broken : undefined);
    const failed = expect(store.commit(KEY, 'kept', NEVER)).rejects.toThrow(message);
    await runFor(STORE_WRITE_GAP_MS);
    await failed;
    fault = undefined;
    await runFor(2 * STORE_WRITE_GAP_MS);
    expect(await stored()).toEqual({ [KEY]: 'kept' });
    expect(complaints.length).toBe(1);
  });

  test('a commit that hangs ends with its signal', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    fault = (request) => (isPut(request) ? { kind: 'hang' } : undefined);
    const given = new AbortController();
    const failed = expect(store.commit(KEY, 'kept', given.signal)).rejects.toThrow('enough');
    await settled();
    given.abort(new Error('enough'));
    await failed;
  });

  test('a write whose answer was lost is no conflict with oneself', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    fault = (request) => (isPut(request) ? { kind: 'truncate', bodyBytes: 3 } : undefined);
    const failed = expect(store.commit(KEY, 'a', NEVER)).rejects.toThrow();
    await runFor(STORE_WRITE_GAP_MS);
    await failed;
    fault = undefined;
    await store.commit(KEY, 'b', NEVER);
    expect(await stored()).toEqual({ [KEY]: 'b' });
  });

  test('a person’s edit or deletion in between takes nothing away', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    const ref = { namespace: NAMESPACE, name: KEYS_CONFIG_MAP };
    const found = await clientOf().get<ConfigMap>(CONFIG_MAPS, ref);
    await clientOf().replace(CONFIG_MAPS, { ...found, data: { noise: 'x' } } as ConfigMap);
    await store.commit(KEY, 'a', NEVER);
    expect(await stored()).toEqual({ [KEY]: 'a' });
    await clientOf().delete(CONFIG_MAPS, ref);
    await store.commit(KEY, 'b', NEVER);
    expect(await stored()).toEqual({ [KEY]: 'b' });
  });

  test('what has no room is refused by name, and the rest goes on', async () => {
    const store = storeOf('first');
    await store.claim(NEVER);
    await expect(store.commit(KEY, 'x'.repeat(STORE_SLICE_BYTES_MAX), NEVER)).rejects.toThrow(
      /^ConfigMap podtide-system\/memory-03 has no room for uid-1: \d+ bytes$/,
    );
    await store.commit(KEY, 'small', NEVER);
    expect(await stored()).toEqual({ [KEY]: 'small' });
  });

  test('without the rights, a claim says which', async () => {
    fault = () => ({ kind: 'status', code: 403, reason: 'Forbidden', message: 'configmaps is forbidden' });
    await expect(storeOf('first').claim(NEVER)).rejects.toMatchObject({
      kind: 'denied',
      hint: 'apply the Role of deploy/controller.yaml: it grants create on configmaps, and get and update on memory-00 … -63 in podtide-system; or run with --memory=process',
    });
  });
});
