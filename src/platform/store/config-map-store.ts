import type { IoClock } from '../../base/clock.ts';
import { assert } from '../../base/failure.ts';
import { STORE_CLAIMS_COUNT_MAX, STORE_SLICE_COUNT } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { isApiFailure } from '../kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/client.ts';
import { ConfigMapSlice } from './config-map-slice.ts';
import { type GuardedStore, placeOf, type StoreChanges } from './store.ts';

/** A store in ConfigMaps `PREFIX-00` … `PREFIX-63` of one namespace. */
export interface ConfigMapStoreOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly namespace: string;
  readonly prefix: string;
  /** Differs from process to process: stands on each ConfigMap, so that a person sees whose it is. */
  readonly identity: string;
  /** Said to whoever has not the rights: what grants them, and the flag that does without. */
  readonly rightsAdvice: { readonly manifest: string; readonly without: string };
  /** Told of each write that succeeded. */
  readonly onWritten?: (bytes: number) => void;
}

/** The names of a store's ConfigMaps, for the rights that it needs: `get` and `update` of these, and `create`. */
export function sliceNames(prefix: string): readonly string[] {
  return Array.from({ length: STORE_SLICE_COUNT }, (_, index) => `${prefix}-${String(index).padStart(2, '0')}`);
}

/**
 * A store whose single writer is guarded by resourceVersion: a claim rewrites every ConfigMap, so that whatever a writer
 * before still sends is refused as a conflict. Each ConfigMap is written at most every five seconds, except for commits,
 * which go out at once; those that come while a write is under way share the next one.
 */
export class ConfigMapStore implements GuardedStore {
  readonly #slices: readonly ConfigMapSlice[];

  constructor(options: ConfigMapStoreOptions) {
    this.#slices = sliceNames(options.prefix).map((name) => new ConfigMapSlice({ ...options, name }));
  }

  async claim(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const waiting = this.#slices.values();
    const claimed = new Map<string, string>();
    const worker = async (): Promise<void> => {
      for (const slice of waiting) {
        for (const [key, text] of await slice.claim(signal)) claimed.set(key, text);
      }
    };
    const results = await Promise.allSettled(Array.from({ length: STORE_CLAIMS_COUNT_MAX }, worker));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return claimed;
  }

  put(key: string, text: string, withinMs: number): void {
    this.#sliceOf(key).set(key, text, withinMs);
  }

  commit(key: string, text: string, signal: AbortSignal): Promise<void> {
    return this.append(new Map([[key, text]]), signal);
  }

  append(changes: StoreChanges, signal: AbortSignal): Promise<void> {
    const slices = new Set([...changes.keys()].map((key) => this.#sliceOf(key)));
    const [slice] = slices;
    assert(
      slice !== undefined && slices.size === 1,
      `one append for several places: ${[...changes.keys()].join(', ')}`,
    );
    return slice.append(changes, signal);
  }

  remove(key: string, withinMs: number): void {
    this.#sliceOf(key).set(key, undefined, withinMs);
  }

  async release(deadlineMs: number): Promise<void> {
    await Promise.all(this.#slices.map((slice) => slice.release(deadlineMs)));
  }

  #sliceOf(key: string): ConfigMapSlice {
    const slice = this.#slices[sliceIndexOf(key)];
    assert(slice !== undefined, `no slice for ${key}`);
    return slice;
  }
}

/** What stands under a key, read without a claim; undefined when nothing does. Throws Failure as the client does. */
export async function readConfigMapEntry(
  {
    client,
    namespace,
    prefix,
  }: Pick<ConfigMapStoreOptions, 'namespace' | 'prefix'> & {
    readonly client: Pick<KubeClient, 'get'>;
  },
  key: string,
): Promise<string | undefined> {
  const name = sliceNames(prefix)[sliceIndexOf(key)] ?? '';
  try {
    const { data } = await client.get<StoredConfigMap>(CONFIG_MAPS, { namespace, name });
    return data?.[key];
  } catch (thrown) {
    if (isApiFailure(thrown, 404)) return undefined;
    throw thrown;
  }
}

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };

interface StoredConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

function sliceIndexOf(key: string): number {
  return fnv1a(placeOf(key)) % STORE_SLICE_COUNT;
}

/** FNV-1a over the UTF-16 units: the same in every version, because it says where a key is found. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
