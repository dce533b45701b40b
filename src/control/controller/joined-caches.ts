import type { KubeObject } from '../../platform/kube/client.ts';
import type { Reflector, StoreListener } from '../../platform/kube/reflector.ts';

/** The caches of several namespaces as one: for tenants who may not look at the whole cluster. */
export function joinCaches<T extends KubeObject, P>(caches: ReadonlyMap<string, Reflector<T, P>>): Reflector<T, P> {
  return new JoinedCaches(caches);
}

class JoinedCaches<T extends KubeObject, P> implements Reflector<T, P> {
  readonly #caches: ReadonlyMap<string, Reflector<T, P>>;

  constructor(caches: ReadonlyMap<string, Reflector<T, P>>) {
    this.#caches = caches;
  }

  async start(): Promise<void> {
    await Promise.all(this.#all().map((cache) => cache.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((cache) => cache.stop()));
  }

  get isSynced(): boolean {
    return this.#all().every((cache) => cache.isSynced);
  }

  get isFollowing(): boolean {
    return this.#all().every((cache) => cache.isFollowing);
  }

  get lastContactMs(): number {
    return Math.min(...this.#all().map((cache) => cache.lastContactMs));
  }

  get size(): number {
    return this.#all().reduce((sum, cache) => sum + cache.size, 0);
  }

  get(key: string): P | undefined {
    return this.#caches.get(namespaceOf(key))?.get(key);
  }

  *values(): IterableIterator<P> {
    for (const cache of this.#all()) yield* cache.values();
  }

  subscribe(listener: StoreListener<P>): () => void {
    const unsubscribes = this.#all().map((cache) => cache.subscribe(listener));
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }

  absorb(object: T): void {
    this.#caches.get(object.metadata.namespace ?? '')?.absorb(object);
  }

  #all(): readonly Reflector<T, P>[] {
    return [...this.#caches.values()];
  }
}

function namespaceOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}
