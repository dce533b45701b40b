import { describe, expect, test } from 'vitest';
import { POD_WATCHES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { Reflector, StoreListener } from '../../../platform/kube/reflector.ts';
import type { PodStanding } from './pod-trouble.ts';
import { PodWatches } from './pod-watches.ts';

const READY: PodStanding = { isActive: true, isReady: true, trouble: null };

/** A cache that holds what a test puts into it, and says when it has been stopped. */
class HandMadeCache implements Reflector<KubeObject, PodStanding> {
  isSynced = false;
  isStopped = false;
  readonly isFollowing = true;
  readonly lastContactMs = 0;
  readonly size = 0;
  listener: StoreListener<PodStanding> = {};
  readonly #started = Promise.withResolvers<void>();

  start(): Promise<void> {
    return this.#started.promise;
  }

  async fill(...names: readonly string[]): Promise<void> {
    for (const name of names) this.listener.added?.(`shop/${name}`, READY);
    this.isSynced = true;
    this.#started.resolve();
    await Promise.resolve();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
  }

  get(): undefined {
    return undefined;
  }

  *values(): IterableIterator<PodStanding> {}

  subscribe(listener: StoreListener<PodStanding>): () => void {
    this.listener = listener;
    return () => {};
  }

  absorb(): void {}
}

function stage(isAllowed: () => boolean = () => true) {
  const opened = new Map<string, HandMadeCache>();
  const changes: string[] = [];
  const watches = new PodWatches(
    (namespace, selector) => {
      if (!isAllowed()) return null;
      const cache = new HandMadeCache();
      opened.set(`${namespace}/${selector}`, cache);
      return cache;
    },
    (user) => changes.push(user),
  );
  return { opened, changes, watches };
}

const WEB = { namespace: 'shop', selector: 'app=web' };

describe('watches of pods', () => {
  test('two who want the same pods share a watch, which ends with the last of them', async () => {
    const { opened, changes, watches } = stage();
    watches.want('a', WEB);
    watches.want('b', WEB);
    expect(watches.sight('a')).toEqual({ kind: 'notLooked' });
    await opened.get('shop/app=web')?.fill('web-0');
    expect(changes).toEqual(['a', 'b']);
    expect(watches.sight('b')).toEqual({ kind: 'seen', podCount: 1, readyCount: 1, worst: undefined });
    watches.want('a', null);
    expect([watches.openCount, opened.get('shop/app=web')?.isStopped]).toEqual([1, false]);
    watches.want('b', null);
    expect([watches.openCount, opened.get('shop/app=web')?.isStopped]).toEqual([0, true]);
    expect(watches.sight('b')).toEqual({ kind: 'notLooked' });
  });

  test('beyond the bound one waits for another that ends', () => {
    const { opened, watches } = stage();
    const selectionOf = (index: number) => ({ namespace: 'shop', selector: `app=web-${index}` });
    for (let index = 0; index <= POD_WATCHES_COUNT_MAX; index++) watches.want(`hpa-${index}`, selectionOf(index));
    expect([watches.openCount, opened.size]).toEqual([POD_WATCHES_COUNT_MAX, POD_WATCHES_COUNT_MAX]);
    expect(watches.sight(`hpa-${POD_WATCHES_COUNT_MAX}`)).toEqual({ kind: 'notLooked' });
    watches.want('hpa-7', null);
    expect(watches.openCount).toBe(POD_WATCHES_COUNT_MAX);
    expect(opened.has(`shop/app=web-${POD_WATCHES_COUNT_MAX}`)).toBe(true);
  });

  test('rights that are missing are told, and used once they are there', async () => {
    let isAllowed = false;
    const { opened, watches } = stage(() => isAllowed);
    watches.want('a', WEB);
    expect(watches.sight('a')).toEqual({ kind: 'denied' });
    isAllowed = true;
    watches.rightsChanged();
    await opened.get('shop/app=web')?.fill();
    expect(watches.sight('a')).toMatchObject({ kind: 'seen', podCount: 0 });
  });
});
