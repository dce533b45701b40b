import type { KubeObject } from './client.ts';

/** What a cache tells those who follow it, after it has changed. */
export interface StoreListener<P> {
  added?(key: string, projected: P): void;
  updated?(key: string, before: P, projected: P): void;
  deleted?(key: string, before: P): void;
}

/**
 * A watch cache of one type: list, watch, recovery from every kind of loss, each object projected at the decoder to what
 * its users need. Keys are `namespace/name` (`name` for cluster-scoped types).
 */
export interface Reflector<T extends KubeObject, P> {
  /** Resolves when the cache holds a first complete list; rejects only when stopped before. */
  start(): Promise<void>;
  stop(): Promise<void>;
  readonly isSynced: boolean;
  /** Whether it holds a complete list and a watch of it is open, so that it knows how things are, as far as anybody can. */
  readonly isFollowing: boolean;
  /** Monotonic time of the last sign of life of the watch, for health and staleness. */
  readonly lastContactMs: number;
  get(key: string): P | undefined;
  values(): IterableIterator<P>;
  readonly size: number;
  subscribe(listener: StoreListener<P>): () => void;
  /** Takes the answer to our own write into the cache; equal or older echoes of the watch are then dropped. */
  absorb(object: T): void;
}
