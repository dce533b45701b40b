import { describe, expect, test } from 'vitest';
import { type Answer, json, scriptedServer, status, watch } from '../../../test/kube/scripted-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { KubeObject, ResourceType } from './client.ts';
import { createReflector } from './watch-cache.ts';

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };

function pod(name: string, version: number): KubeObject {
  return { metadata: { namespace: 'shop', name, resourceVersion: String(version) } };
}

const list = (version: number, ...items: KubeObject[]): Answer =>
  json({ metadata: { resourceVersion: String(version) }, items });
const added = (name: string, version: number): unknown => ({ type: 'ADDED', object: pod(name, version) });
const modified = (name: string, version: number): unknown => ({ type: 'MODIFIED', object: pod(name, version) });
const deleted = (name: string, version: number): unknown => ({ type: 'DELETED', object: pod(name, version) });
const bookmark = (version: number): unknown => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: String(version) } },
});
const expired = {
  type: 'ERROR',
  object: { kind: 'Status', reason: 'Expired', code: 410, message: 'too old resource version: 1 (9)' },
};
const broken = {
  type: 'ERROR',
  object: { kind: 'Status', reason: 'InternalError', code: 500, message: 'etcd is gone' },
};
const listEnd = (version: number): unknown => ({
  type: 'BOOKMARK',
  object: { metadata: { resourceVersion: String(version), annotations: { 'k8s.io/initial-events-end': 'true' } } },
});
const notFound = status(404, 'NotFound', 'the server could not find the requested resource');
const text =
  (body: string): Answer =>
  () =>
    new Response(body, { headers: { 'content-type': 'application/json' } });
const thrown: Answer = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:1'));
const hang: Answer = () => new Promise<Response>(() => {});

interface Story {
  readonly why: string;
  readonly isListStreamed?: boolean;
  readonly script: readonly Answer[];
  readonly runMs?: number;
  /** The requests' queries, shortened: `list`, `list limit…`, `watch 5`, `stream`. */
  readonly asked: readonly string[];
  readonly told: readonly string[];
}

const STORIES: readonly Story[] = [
  {
    why: 'pages first, then a watch from the list’s version; a bookmark moves the version of the next watch',
    isListStreamed: false,
    script: [
      list(5, pod('a', 1), pod('b', 2)),
      watch([modified('a', 6), deleted('b', 7), bookmark(9)], 'ends'),
      watch([], 'hangs'),
    ],
    asked: ['list', 'watch 5', 'watch 9'],
    told: ['+a@1', '+b@2', '~a@6', '-b@2'],
  },
  {
    why: 'a streamed list shows only when it is complete, without what went in between, and the same connection is the watch',
    script: [
      watch([added('a', 1), added('b', 2), modified('a', 3), deleted('b', 4), listEnd(4), added('c', 5)], 'hangs'),
    ],
    asked: ['stream'],
    told: ['+a@3', '+c@5'],
  },
  {
    why: 'an old server refuses to stream a list with 422: pages',
    script: [status(422, 'Invalid', 'sendInitialEvents is forbidden'), list(5, pod('a', 1)), watch([], 'hangs')],
    asked: ['stream', 'list', 'watch 5'],
    told: ['+a@1'],
  },
  {
    why: 'so does etcd 3.4, with 500',
    script: [
      status(500, '', 'required storage feature RequestWatchProgress is disabled'),
      list(5, pod('a', 1)),
      watch([], 'hangs'),
    ],
    asked: ['stream', 'list', 'watch 5'],
    told: ['+a@1'],
  },
  {
    why: 'a server that ignores the parameter never says that its list has ended: pages after ten seconds of silence',
    script: [watch([added('a', 1)], 'hangs'), list(5, pod('a', 1)), watch([], 'hangs')],
    runMs: 11_000,
    asked: ['stream', 'list', 'watch 5'],
    told: ['+a@1'],
  },
  {
    why: 'a refusal that passes does not end streaming',
    script: [status(429, 'TooManyRequests', 'later'), watch([added('a', 1), listEnd(1)], 'hangs')],
    runMs: 2_000,
    asked: ['stream', 'stream'],
    told: ['+a@1'],
  },
  {
    why: 'a list that breaks half way shows nothing and is begun again',
    script: [watch([added('gone', 1)], 'breaks'), watch([added('a', 2), listEnd(2)], 'hangs')],
    runMs: 2_000,
    asked: ['stream', 'stream'],
    told: ['+a@2'],
  },
  {
    why: 'a 410 event lists again at once and tells the difference only',
    isListStreamed: false,
    script: [
      list(5, pod('a', 1), pod('b', 2)),
      watch([expired], 'ends'),
      list(9, pod('b', 8), pod('c', 7)),
      watch([], 'hangs'),
    ],
    runMs: 0,
    asked: ['list', 'watch 5', 'list', 'watch 9'],
    told: ['+a@1', '+b@2', '-a@1', '~b@8', '+c@7'],
  },
  {
    why: 'an HTTP 410 does the same',
    isListStreamed: false,
    script: [list(5, pod('a', 1)), status(410, 'Expired', 'too old'), list(6, pod('a', 1)), watch([], 'hangs')],
    runMs: 0,
    asked: ['list', 'watch 5', 'list', 'watch 6'],
    told: ['+a@1'],
  },
  {
    why: 'an error event that is no 410 lists again after a pause',
    isListStreamed: false,
    script: [list(5, pod('a', 1)), watch([broken], 'ends'), list(6, pod('a', 1)), watch([], 'hangs')],
    runMs: 2_000,
    asked: ['list', 'watch 5', 'list', 'watch 6'],
    told: ['+a@1'],
  },
  {
    why: 'a broken connection goes on from the last version, without a list',
    isListStreamed: false,
    script: [list(5), watch([added('a', 6)], 'breaks'), thrown, watch([added('b', 7)], 'hangs')],
    runMs: 10_000,
    asked: ['list', 'watch 5', 'watch 6', 'watch 6'],
    told: ['+a@6', '+b@7'],
  },
  {
    why: 'an event cut in half is not applied',
    isListStreamed: false,
    script: [list(5), text('{"type":"ADDED","object":{"metadata":{"na'), watch([added('a', 6)], 'hangs')],
    runMs: 2_000,
    asked: ['list', 'watch 5', 'watch 5'],
    told: ['+a@6'],
  },
  {
    why: 'silence for two and a half minutes is a dead connection',
    isListStreamed: false,
    script: [list(5), watch([], 'hangs'), watch([added('a', 6)], 'hangs')],
    runMs: 152_000,
    asked: ['list', 'watch 5', 'watch 5'],
    told: ['+a@6'],
  },
  {
    why: 'so is a head that never comes',
    isListStreamed: false,
    script: [list(5), hang, watch([added('a', 6)], 'hangs')],
    runMs: 152_000,
    asked: ['list', 'watch 5', 'watch 5'],
    told: ['+a@6'],
  },
  {
    why: 'a list that fails is tried again for ever',
    isListStreamed: false,
    script: [notFound, thrown, text('{"items":['), list(5, pod('a', 1)), watch([], 'hangs')],
    runMs: 20_000,
    asked: ['list', 'list', 'list', 'list', 'watch 5'],
    told: ['+a@1'],
  },
  {
    why: 'a lower version after a relist is a server restored from a backup: it rules',
    isListStreamed: false,
    script: [list(90, pod('a', 80), pod('b', 70)), watch([expired], 'ends'), list(9, pod('a', 8)), watch([], 'hangs')],
    asked: ['list', 'watch 90', 'list', 'watch 9'],
    told: ['+a@80', '+b@70', '-b@70', '~a@8'],
  },
];

function shortened(request: string): string {
  const query = new URL(`http://x${request.split(' ')[1]}`).searchParams;
  if (query.get('sendInitialEvents') === 'true') return 'stream';
  return query.get('watch') === 'true' ? `watch ${query.get('resourceVersion')}` : 'list';
}

function virtualClock(): VirtualClock {
  return new VirtualClock({ turn: () => new Promise((resolve) => setImmediate(resolve)) });
}

/** Streams need some turns of the event loop for each chunk. */
async function settle(clock: VirtualClock, ms: number): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await clock.settle();
  const endMs = clock.nowMs() + ms;
  for (let next = clock.nextAtMs(); next !== undefined && next <= endMs; next = clock.nextAtMs()) {
    await clock.runTo(next);
    for (let turn = 0; turn < 20; turn += 1) await clock.settle();
  }
}

function cacheOver(script: readonly Answer[], clock: VirtualClock, isListStreamed: boolean) {
  const server = scriptedServer(script);
  const told: string[] = [];
  const cache = createReflector<KubeObject, string>(
    { transport: server.transport, ioClock: clock, userAgent: 'test', random: () => 0.5 },
    { type: PODS, project: (object) => `${object.metadata.name}@${object.metadata.resourceVersion}`, isListStreamed },
  );
  cache.subscribe({
    added: (_key, projected) => told.push(`+${projected}`),
    updated: (_key, _before, projected) => told.push(`~${projected}`),
    deleted: (_key, before) => told.push(`-${before}`),
  });
  return { server, told, cache };
}

describe('a watch cache', () => {
  for (const story of STORIES) {
    test(story.why, async () => {
      const clock = virtualClock();
      const { server, told, cache } = cacheOver(story.script, clock, story.isListStreamed ?? true);
      const synced = cache.start();
      await settle(clock, story.runMs ?? 0);
      expect({ asked: server.requests.map(shortened), told }).toEqual({ asked: story.asked, told: story.told });
      await synced;
      await cache.stop();
      expect(clock.timerCount).toBe(0);
    });
  }

  test('does not run hot against a server that ends every watch at once', async () => {
    const clock = virtualClock();
    const { server, cache } = cacheOver([list(5), watch([], 'ends')], clock, false);
    await Promise.all([cache.start(), settle(clock, 120_000)]);
    // 1.2 s, 2.4 s, … 38.4 s with jitter 0.5: six waits fit into two minutes, between seven watches after the list.
    expect(server.requests.length).toBe(8);
    await cache.stop();
  });

  test('a stop before the first list rejects the start', async () => {
    const clock = virtualClock();
    const { cache } = cacheOver([hang], clock, false);
    const started = cache.start();
    await settle(clock, 0);
    await cache.stop();
    await expect(started).rejects.toThrow('the watch cache of pods was stopped');
  });

  test('follows from the first answer to a watch of its list until that watch is lost, and again after the next', async () => {
    const clock = virtualClock();
    const { cache } = cacheOver([list(5), watch([added('a', 6)], 'ends'), thrown, watch([], 'hangs')], clock, false);
    const standings: boolean[] = [cache.isFollowing];
    cache.subscribe({ added: () => standings.push(cache.isFollowing) });
    await Promise.all([cache.start(), settle(clock, 0)]);
    // The watch has ended well and the next is refused: what happens now is not known.
    standings.push(cache.isFollowing);
    await settle(clock, 5_000);
    standings.push(cache.isFollowing);
    expect(standings).toEqual([false, true, false, true]);
    await cache.stop();
    expect(cache.isFollowing).toBe(false);
  });

  test('the answer to our own write shows at once, and older echoes of it are dropped', async () => {
    const clock = virtualClock();
    const { told, cache, server } = cacheOver(
      [list(5, pod('a', 4)), watch([modified('a', 7), modified('a', 8), deleted('a', 9)], 'hangs')],
      clock,
      false,
    );
    cache.absorb(pod('a', 8));
    await Promise.all([cache.start(), settle(clock, 0)]);
    cache.absorb(pod('a', 8));
    expect(told).toEqual(['+a@8', '-a@8']);
    expect(server.requests.length).toBe(2);
    await cache.stop();
  });
});
