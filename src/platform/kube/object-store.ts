import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { KubeObject } from './client.ts';
import type { StoreListener } from './reflector.ts';
import { compareResourceVersions, isNewerVersion } from './resource-version.ts';

interface Entry<P> {
  readonly projected: P;
  readonly resourceVersion: string;
}

/** The key of an object in a store: `namespace/name`, or `name` for cluster-scoped types. */
function objectKey(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/**
 * The objects of a watch cache, projected. Knows how far the stream has told (`streamVersion`), so that an answer to our
 * own write and the stream's echo of it, in whichever order they come, leave the newest state.
 */
export class ObjectStore<T extends KubeObject, P> {
  readonly #project: (object: T) => P;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry<P>>();
  readonly #listeners = new Set<StoreListener<P>>();
  #pending: Map<string, Entry<P>> | undefined;
  #streamVersion: string | undefined;

  constructor(project: (object: T) => P, log: Log) {
    this.#project = project;
    this.#log = log;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The resourceVersion up to which list and watch have told everything; where the next watch starts. */
  get streamVersion(): string | undefined {
    return this.#streamVersion;
  }

  get(key: string): P | undefined {
    return this.#entries.get(key)?.projected;
  }

  *values(): IterableIterator<P> {
    for (const entry of this.#entries.values()) yield entry.projected;
  }

  subscribe(listener: StoreListener<P>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Begins a complete list; nothing of it shows before `commitList`. */
  beginList(): void {
    this.#pending = new Map();
  }

  /** One object of the list under way. */
  addListed(object: T): void {
    this.#pending?.set(objectKey(object), this.#entryOf(object));
  }

  /** An object of the list under way that went before the list was complete. */
  removeListed(object: T): void {
    this.#pending?.delete(objectKey(object));
  }

  /** Makes the list the store's content, as of `version`, and tells what that changed. */
  commitList(version: string): void {
    const listed = this.#pending ?? new Map<string, Entry<P>>();
    this.#pending = undefined;
    // A list older than what the stream has told comes from a server that was restored from a backup: it rules.
    const isRewound = this.#streamVersion !== undefined && isNewerVersion(this.#streamVersion, version);
    this.#streamVersion = version;
    for (const [key, before] of this.#entries) {
      if (listed.has(key)) continue;
      if (isRewound || !isNewerVersion(before.resourceVersion, version)) this.#delete(key, before);
    }
    for (const [key, entry] of listed) {
      const before = this.#entries.get(key);
      if (before?.resourceVersion === entry.resourceVersion && !isRewound) continue;
      if (before === undefined || isRewound || isSuccessor(entry, before)) this.#put(key, entry, before);
    }
  }

  /** ADDED or MODIFIED of the watch. */
  applyUpsert(object: T): void {
    this.#advance(object);
    this.#upsert(object);
  }

  /** DELETED of the watch; the object carries the deletion's resourceVersion. */
  applyDelete(object: T): void {
    this.#advance(object);
    const key = objectKey(object);
    const before = this.#entries.get(key);
    const version = object.metadata.resourceVersion ?? '';
    // Newer than its deletion: an absorbed re-creation, whose own event is still under way.
    if (before !== undefined && !isNewerVersion(before.resourceVersion, version)) this.#delete(key, before);
  }

  /** BOOKMARK of the watch. */
  advanceTo(version: string): void {
    if (version !== '') this.#streamVersion = version;
  }

  /** The answer to our own write; dropped when the stream has already told what came of it. */
  absorb(object: T): void {
    if (isNewerVersion(object.metadata.resourceVersion ?? '', this.#streamVersion)) this.#upsert(object);
  }

  #advance(object: T): void {
    this.advanceTo(object.metadata.resourceVersion ?? '');
  }

  #upsert(object: T): void {
    const key = objectKey(object);
    const before = this.#entries.get(key);
    const version = object.metadata.resourceVersion ?? '';
    if (before !== undefined && !isSuccessor({ resourceVersion: version }, before)) return;
    this.#put(key, this.#entryOf(object), before);
  }

  #entryOf(object: T): Entry<P> {
    return { projected: this.#project(object), resourceVersion: object.metadata.resourceVersion ?? '' };
  }

  #put(key: string, entry: Entry<P>, before: Entry<P> | undefined): void {
    this.#entries.set(key, entry);
    if (before === undefined) this.#tell((listener) => listener.added?.(key, entry.projected));
    else this.#tell((listener) => listener.updated?.(key, before.projected, entry.projected));
  }

  #delete(key: string, before: Entry<P>): void {
    this.#entries.delete(key);
    this.#tell((listener) => listener.deleted?.(key, before.projected));
  }

  /** A listener that throws is a bug of its own; the store and the other listeners go on. */
  #tell(call: (listener: StoreListener<P>) => void): void {
    for (const listener of this.#listeners) {
      try {
        call(listener);
      } catch (thrown) {
        this.#log.error('a listener of a watch cache failed', { error: errorText(thrown) });
      }
    }
  }
}

/** Whether `after` replaces `before`: newer, or different where versions have no order. */
function isSuccessor(
  after: { readonly resourceVersion: string },
  before: { readonly resourceVersion: string },
): boolean {
  const order = compareResourceVersions(after.resourceVersion, before.resourceVersion);
  return order === undefined || order > 0;
}
