import { expect, test } from 'vitest';
import type { KubeObject } from '../../platform/kube/client.ts';
import type { Reflector, StoreListener } from '../../platform/kube/reflector.ts';
import { joinCaches } from './joined-caches.ts';

function cacheOf(names: readonly string[], isSynced: boolean, lastContactMs: number) {
  const calls: string[] = [];
  const cache: Reflector<KubeObject, string> = {
    start: async () => void calls.push('start'),
    stop: async () => void calls.push('stop'),
    isSynced,
    isFollowing: isSynced,
    lastContactMs,
    get: (key) => names.find((name) => key.endsWith(`/${name}`)),
    values: () => names.values(),
    size: names.length,
    subscribe: (listener: StoreListener<string>) => {
      listener.added?.('a/x', 'x');
      return () => void calls.push('unsubscribe');
    },
    absorb: ({ metadata }) => void calls.push(`absorb ${metadata.name}`),
  };
  return { cache, calls };
}

test('several caches look like one', async () => {
  const [a, b] = [cacheOf(['x', 'y'], true, 5), cacheOf(['x'], false, 3)];
  const joined = joinCaches(
    new Map([
      ['a', a.cache],
      ['b', b.cache],
    ]),
  );
  expect([joined.isSynced, joined.lastContactMs, joined.size, [...joined.values()]]).toEqual([
    false,
    3,
    3,
    ['x', 'y', 'x'],
  ]);
  expect([joined.get('a/y'), joined.get('b/y'), joined.get('c/x'), joined.get('x')]).toEqual([
    'y',
    undefined,
    undefined,
    undefined,
  ]);
  const added: string[] = [];
  const unsubscribe = joined.subscribe({ added: (key) => added.push(key) });
  unsubscribe();
  await joined.start();
  joined.absorb({ metadata: { namespace: 'b', name: 'z' } });
  joined.absorb({ metadata: { namespace: 'c', name: 'z' } });
  await joined.stop();
  expect(added).toEqual(['a/x', 'a/x']);
  expect([a.calls, b.calls]).toEqual([
    ['unsubscribe', 'start', 'stop'],
    ['unsubscribe', 'start', 'absorb z', 'stop'],
  ]);
});
