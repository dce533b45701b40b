import { orAborted } from '../../base/cancellation.ts';
import type { Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { STORE_CALL_MS_MAX, STORE_SLICE_BYTES_MAX, STORE_SLICE_COUNT, STORE_WRITE_GAP_MS } from '../../base/limits.ts';
import type { ObjectMeta } from '../../core/autoscaling/types.ts';
import { isApiFailure } from '../kube/api-failure.ts';
import type { ResourceType } from '../kube/client.ts';
import type { ConfigMapStoreOptions } from './config-map-store.ts';
import type { StoreChanges } from './store.ts';

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', isNamespaced: true };

/** Who claimed the slice last. */
export const HOLDER_ANNOTATION = 'podtide.dev/holder';

/** Attempts at a claim or a write against others who write the same object, a person with kubectl for example. */
const CONFLICT_COUNT_MAX = 10;

interface ConfigMap {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly data?: Readonly<Record<string, string>>;
}

/** Who waits for a write to be answered. */
interface Waiter {
  readonly resolve: () => void;
  readonly reject: (failure: Failure) => void;
}

/**
 * One ConfigMap of a store, as this process has it. `unclaimed` before a claim and after its release; `lost` once another
 * process has claimed it.
 */
export class ConfigMapSlice {
  readonly #options: ConfigMapStoreOptions & { readonly name: string };
  #standing: 'unclaimed' | 'claimed' | 'lost' = 'unclaimed';
  #entries = new Map<string, string>();
  #bytes = 0;
  #metadata: ObjectMeta;
  #waiters: Waiter[] = [];
  /** When what waits must go out, monotonic ms; null when nothing waits. */
  #dueAtMs: number | null = null;
  #writtenAtMs = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | null = null;
  #term = new AbortController();
  #cancelTimer: Release = () => {};
  #reportedText = '';

  constructor(options: ConfigMapStoreOptions & { readonly name: string }) {
    this.#options = options;
    this.#metadata = { namespace: options.namespace, name: options.name };
  }

  /** Takes the ConfigMap over, made when it is not there, and returns its entries. */
  async claim(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    await this.release(0);
    this.#term = new AbortController();
    for (let attempt = 0; attempt < CONFLICT_COUNT_MAX; attempt++) {
      const found = await this.#read(signal);
      this.#adopt(found?.metadata);
      this.#entries = new Map(Object.entries(found?.data ?? {}));
      this.#bytes = bytesOf(this.#entries);
      try {
        this.#adopt((await this.#write(signal)).metadata);
        this.#standing = 'claimed';
        return this.#entries;
      } catch (thrown) {
        if (!isApiFailure(thrown, 409)) throw hinted(thrown, this.#options);
      }
    }
    throw new Failure('unavailable', `ConfigMap ${this.#text()} was written by others at every attempt to claim it`);
  }

  /** Sets or, with undefined, forgets an entry; it is stored within `withinMs`. An entry that has no room is not taken. */
  set(key: string, text: string | undefined, withinMs: number): void {
    if (this.#standing !== 'claimed') return;
    const refusal = this.#changeAll(new Map([[key, text]]));
    if (refusal !== undefined) {
      this.#warn(refusal);
      return;
    }
    this.#need(this.#options.ioClock.monotonicMs() + withinMs);
  }

  /** Stores all of the changes in the next write, or none when there is no room. */
  async append(changes: StoreChanges, signal: AbortSignal): Promise<void> {
    if (this.#standing !== 'claimed') throw this.#lostFailure();
    const refusal = this.#changeAll(changes);
    if (refusal !== undefined) throw refusal;
    const written = Promise.withResolvers<void>();
    // Nobody may be waiting any longer when it fails.
    written.promise.catch(() => undefined);
    this.#waiters.push(written);
    this.#need(Number.NEGATIVE_INFINITY);
    this.#begin();
    await orAborted(written.promise, signal);
  }

  async release(deadlineMs: number): Promise<void> {
    if (this.#standing === 'unclaimed') return;
    const cancel = this.#options.ioClock.after(deadlineMs, () => this.#term.abort(this.#lostFailure()));
    if (this.#standing === 'claimed' && this.#dueAtMs !== null && deadlineMs > 0) this.#begin();
    if (deadlineMs === 0) this.#term.abort(this.#lostFailure());
    await this.#writing;
    cancel();
    this.#cancelTimer();
    this.#dueAtMs = null;
    this.#standing = 'unclaimed';
    this.#entries.clear();
  }

  /** Changes the entries in process; what stands against it when there is no room, and then nothing has changed. */
  #changeAll(changes: StoreChanges): Failure | undefined {
    let bytes = this.#bytes;
    for (const [key, text] of changes) bytes += entryBytes(key, text) - entryBytes(key, this.#entries.get(key));
    if (bytes > STORE_SLICE_BYTES_MAX && bytes > this.#bytes) {
      const keys = [...changes.keys()].join(', ');
      return new Failure('unavailable', `ConfigMap ${this.#text()} has no room for ${keys}: ${bytes} bytes`, {
        hint: `a ConfigMap holds ${STORE_SLICE_BYTES_MAX} bytes at most`,
      });
    }
    this.#bytes = bytes;
    for (const [key, text] of changes) {
      if (text === undefined) this.#entries.delete(key);
      else this.#entries.set(key, text);
    }
    return undefined;
  }

  /** Sees to it that a write begins by then, though not before the gap after the last one is over. */
  #need(dueAtMs: number): void {
    if (this.#dueAtMs !== null && this.#dueAtMs <= dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    this.#wait();
  }

  #wait(): void {
    this.#cancelTimer();
    if (this.#dueAtMs === null || this.#writing !== null) return;
    const { ioClock } = this.#options;
    const atMs = Math.max(this.#dueAtMs, this.#writtenAtMs + STORE_WRITE_GAP_MS);
    this.#cancelTimer = ioClock.after(atMs - ioClock.monotonicMs(), () => this.#begin());
  }

  /** Writes what is there, unless a write is under way; that one's end sees to the rest. */
  #begin(): void {
    if (this.#writing !== null || this.#standing !== 'claimed') return;
    this.#cancelTimer();
    this.#writing = this.#store().finally(() => {
      this.#writing = null;
      if (this.#standing !== 'claimed') this.#rejectAll(this.#lostFailure());
      else if (this.#waiters.length > 0) this.#begin();
      else this.#wait();
    });
  }

  /** One write of everything. Never rejects. */
  async #store(): Promise<void> {
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#dueAtMs = null;
    try {
      await this.#writeGuarded();
      this.#reportedText = '';
      for (const waiter of waiters) waiter.resolve();
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (this.#standing === 'claimed') this.#dueAtMs ??= this.#options.ioClock.monotonicMs();
      this.#warn(failure);
      for (const waiter of waiters) waiter.reject(failure);
    } finally {
      this.#writtenAtMs = this.#options.ioClock.monotonicMs();
    }
  }

  /**
   * A conflict is somebody's write in between. Whoever claims puts its name there; without another name it was a person, or
   * a write of our own whose answer was lost, and what this process has is what counts.
   */
  async #writeGuarded(): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        this.#adopt((await this.#write(this.#term.signal)).metadata);
        this.#options.onWritten?.(this.#bytes);
        return;
      } catch (thrown) {
        const isGone = isApiFailure(thrown, 404);
        if ((!isApiFailure(thrown, 409) && !isGone) || attempt === CONFLICT_COUNT_MAX) throw thrown;
        const found = await this.#read(this.#term.signal);
        const holder = found?.metadata.annotations?.[HOLDER_ANNOTATION];
        if (holder !== undefined && holder !== this.#options.identity) {
          this.#standing = 'lost';
          throw this.#lostFailure();
        }
        this.#adopt(found?.metadata);
      }
    }
  }

  async #read(signal: AbortSignal): Promise<ConfigMap | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.get<ConfigMap>(CONFIG_MAPS, { namespace, name }, this.#call(signal));
    } catch (thrown) {
      if (isApiFailure(thrown, 404)) return undefined;
      throw hinted(thrown, this.#options);
    }
  }

  #write(signal: AbortSignal): Promise<ConfigMap> {
    const configMap: ConfigMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: this.#metadata,
      data: Object.fromEntries(this.#entries),
    };
    const { client } = this.#options;
    return this.#metadata.resourceVersion === undefined
      ? client.create(CONFIG_MAPS, configMap, this.#call(signal))
      : client.replace(CONFIG_MAPS, configMap, this.#call(signal));
  }

  #call(signal: AbortSignal) {
    return { signal, deadlineMs: STORE_CALL_MS_MAX };
  }

  /** Goes on from the object as the server has it; undefined: it is not there. Ours are the name, the mark and the data. */
  #adopt(found: ObjectMeta | undefined): void {
    const { namespace, name, identity } = this.#options;
    const { managedFields: _, ...kept } = (found ?? {}) as ObjectMeta & { readonly managedFields?: unknown };
    this.#metadata = {
      ...kept,
      namespace,
      name,
      labels: { ...found?.labels, 'app.kubernetes.io/managed-by': 'podtide' },
      annotations: { ...found?.annotations, [HOLDER_ANNOTATION]: identity },
    };
  }

  #rejectAll(failure: Failure): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(failure);
  }

  #lostFailure(): Failure {
    return new Failure(
      'conflict',
      `ConfigMap ${this.#text()} is not this process’s any longer: another one took it over`,
    );
  }

  /** Says the same failure once, however often it repeats. */
  #warn(failure: Failure): void {
    if (failure.message === this.#reportedText) return;
    this.#reportedText = failure.message;
    this.#options.log.warn('a ConfigMap could not be stored', { configMap: this.#text(), error: failure.message });
  }

  #text(): string {
    return `${this.#options.namespace}/${this.#options.name}`;
  }
}

function asFailure(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure('unavailable', errorText(thrown), { cause: thrown });
}

/** A refusal said with what to do about it. */
function hinted(thrown: unknown, { namespace, prefix, rightsAdvice }: ConfigMapStoreOptions): unknown {
  if (!(thrown instanceof Failure) || thrown.kind !== 'denied') return thrown;
  return new Failure('denied', thrown.message, {
    cause: thrown,
    hint: `apply the Role of ${rightsAdvice.manifest}: it grants create on configmaps, and get and update on ${prefix}-00 … -${STORE_SLICE_COUNT - 1} in ${namespace}; or run with ${rightsAdvice.without}`,
  });
}

function bytesOf(entries: ReadonlyMap<string, string>): number {
  let bytes = 0;
  for (const [key, text] of entries) bytes += entryBytes(key, text);
  return bytes;
}

/** A server counts the bytes of keys and texts as they are; escapes have their room in what one request may take. */
function entryBytes(key: string, text: string | undefined): number {
  return text === undefined ? 0 : key.length + Buffer.byteLength(text) + ENTRY_OVERHEAD_BYTES;
}

const ENTRY_OVERHEAD_BYTES = 8;
