import type { Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { ApiObject } from './object.ts';

/** A change of the store, as watches and the server's own bookkeeping see it. */
export interface StoredEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  /** The store's revision that this change made: the object's resourceVersion. */
  readonly revision: number;
  /** The object after the change; for DELETED its last state with the deletion's resourceVersion. */
  readonly object: ApiObject;
  /** The object before the change; null when it is new. */
  readonly before: ApiObject | null;
}

/** How much the store keeps before it refuses (objects) or forgets (events). */
export interface StoreBounds {
  readonly objectsMax: number;
  /** For each resource. */
  readonly eventsMax: number;
}

/**
 * Objects in memory under one counter of revisions, and for each resource a bounded log of changes. A resource is any
 * text (`apps/deployments`); inside it an object's key is its namespace and name. Listeners are called in the turn of the
 * write, in the order of subscription.
 */
export interface Store {
  readonly revision: number;
  get(resource: string, namespace: string, name: string): ApiObject | undefined;
  /** In order of namespace and name, as upstream's keys sort; null for all namespaces. */
  list(resource: string, namespace: string | null): readonly ApiObject[];
  /** The object that was created first, and how many there are. */
  oldest(resource: string): { readonly object: ApiObject; readonly count: number } | undefined;
  /** The list as it was at a revision; undefined when its log no longer reaches back to it. */
  listAt(resource: string, namespace: string | null, revision: number): readonly ApiObject[] | undefined;
  /** Stores a new object or a new state and returns it with its resourceVersion. Throws Failure when the store is full. */
  put(resource: string, object: ApiObject): ApiObject;
  /** Removes an object and returns its last state with the deletion's resourceVersion; undefined when there is none. */
  remove(resource: string, namespace: string, name: string): ApiObject | undefined;
  /** Changes after a revision, oldest first; undefined when the log no longer reaches back to it. */
  eventsSince(resource: string, revision: number): readonly StoredEvent[] | undefined;
  /** The oldest revision that a watch of the resource can still start from. */
  oldestRevision(resource: string): number;
  /** Forgets all changes so far, so that older resourceVersions are answered with 410. */
  compact(): void;
  subscribe(resource: string, listener: (event: StoredEvent) => void): Release;
  /** Called for every change of every resource, before the listeners of the resource. */
  subscribeAll(listener: (resource: string, event: StoredEvent) => void): Release;
  readonly size: number;
}

interface Table {
  readonly objects: Map<string, ApiObject>;
  /** Keys of the objects, in order. */
  readonly sortedKeys: string[];
  events: StoredEvent[];
  /** Changes up to this revision are forgotten. */
  forgottenRevision: number;
  readonly listeners: Set<(event: StoredEvent) => void>;
}

/** An empty store, whose first write has revision 1. */
export function createStore(bounds: StoreBounds): Store {
  return new MemoryStore(bounds);
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

class MemoryStore implements Store {
  revision = 0;
  size = 0;
  readonly #bounds: StoreBounds;
  readonly #tables = new Map<string, Table>();
  readonly #listeners = new Set<(resource: string, event: StoredEvent) => void>();
  #compactedRevision = 0;

  constructor(bounds: StoreBounds) {
    this.#bounds = bounds;
  }

  get(resource: string, namespace: string, name: string): ApiObject | undefined {
    return this.#tables.get(resource)?.objects.get(keyOf(namespace, name));
  }

  list(resource: string, namespace: string | null): readonly ApiObject[] {
    const table = this.#tables.get(resource);
    if (table === undefined) return [];
    const found: ApiObject[] = [];
    const prefix = namespace === null ? '' : `${namespace}/`;
    for (let at = positionOf(table.sortedKeys, prefix); at < table.sortedKeys.length; at += 1) {
      const key = table.sortedKeys[at] ?? '';
      if (!key.startsWith(prefix)) break;
      const object = table.objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }

  oldest(resource: string): { readonly object: ApiObject; readonly count: number } | undefined {
    const objects = this.#tables.get(resource)?.objects;
    const object = objects?.values().next().value;
    return objects === undefined || object === undefined ? undefined : { object, count: objects.size };
  }

  listAt(resource: string, namespace: string | null, revision: number): readonly ApiObject[] | undefined {
    if (revision >= this.revision) return this.list(resource, namespace);
    const later = this.eventsSince(resource, revision);
    if (later === undefined) return undefined;
    if (later.length === 0) return this.list(resource, namespace);
    const objects = new Map(this.#tables.get(resource)?.objects);
    for (const event of later.toReversed()) {
      const key = keyOf(event.object.metadata.namespace ?? '', event.object.metadata.name);
      if (event.before === null) objects.delete(key);
      else objects.set(key, event.before);
    }
    const prefix = namespace === null ? '' : `${namespace}/`;
    return [...objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([left], [right]) => byCodeUnits(left, right))
      .map(([, object]) => object);
  }

  put(resource: string, object: ApiObject): ApiObject {
    const table = this.#table(resource);
    const key = keyOf(object.metadata.namespace ?? '', object.metadata.name);
    const before = table.objects.get(key) ?? null;
    if (before === null) {
      if (this.size >= this.#bounds.objectsMax) {
        throw new Failure('unavailable', `the store is full: it holds ${this.size} objects`, {
          hint: 'delete some objects first',
        });
      }
      this.size += 1;
      table.sortedKeys.splice(positionOf(table.sortedKeys, key), 0, key);
    }
    const stored = this.#withNextRevision(object);
    table.objects.set(key, stored);
    this.#publish(resource, table, {
      type: before === null ? 'ADDED' : 'MODIFIED',
      revision: this.revision,
      object: stored,
      before,
    });
    return stored;
  }

  remove(resource: string, namespace: string, name: string): ApiObject | undefined {
    const table = this.#table(resource);
    const key = keyOf(namespace, name);
    const before = table.objects.get(key);
    if (before === undefined) return undefined;
    table.objects.delete(key);
    table.sortedKeys.splice(positionOf(table.sortedKeys, key), 1);
    this.size -= 1;
    const removed = this.#withNextRevision(before);
    this.#publish(resource, table, { type: 'DELETED', revision: this.revision, object: removed, before });
    return removed;
  }

  eventsSince(resource: string, revision: number): readonly StoredEvent[] | undefined {
    const table = this.#table(resource);
    if (revision < table.forgottenRevision) return undefined;
    const first = table.events.findIndex((event) => event.revision > revision);
    return first === -1 ? [] : table.events.slice(first);
  }

  oldestRevision(resource: string): number {
    return this.#table(resource).forgottenRevision;
  }

  compact(): void {
    this.#compactedRevision = this.revision;
    for (const table of this.#tables.values()) {
      table.events = [];
      table.forgottenRevision = this.revision;
    }
  }

  subscribe(resource: string, listener: (event: StoredEvent) => void): Release {
    const { listeners } = this.#table(resource);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  subscribeAll(listener: (resource: string, event: StoredEvent) => void): Release {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #table(resource: string): Table {
    let table = this.#tables.get(resource);
    if (table === undefined) {
      table = {
        objects: new Map(),
        sortedKeys: [],
        events: [],
        forgottenRevision: this.#compactedRevision,
        listeners: new Set(),
      };
      this.#tables.set(resource, table);
    }
    return table;
  }

  #withNextRevision(object: ApiObject): ApiObject {
    this.revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } };
  }

  #publish(resource: string, table: Table, event: StoredEvent): void {
    table.events.push(event);
    // Forgetting in halves keeps the cost of the shift away from every single write.
    if (table.events.length > this.#bounds.eventsMax) {
      const forgotten = table.events.splice(0, Math.ceil(this.#bounds.eventsMax / 2));
      table.forgottenRevision = forgotten.at(-1)?.revision ?? table.forgottenRevision;
    }
    for (const listener of this.#listeners) listener(resource, event);
    for (const listener of table.listeners) listener(event);
  }
}

/** Where a key stands in a sorted list, or belongs. */
function positionOf(sortedKeys: readonly string[], key: string): number {
  let [low, high] = [0, sortedKeys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sortedKeys[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Byte order for the ASCII that names consist of. */
function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
