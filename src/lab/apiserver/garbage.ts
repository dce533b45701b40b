import type { OwnerReference } from '../../core/autoscaling/types.ts';
import type { ApiState } from './api-state.ts';
import type { DeleteOptions } from './deletion.ts';
import { deleteObject, FOREGROUND_FINALIZER, ORPHAN_FINALIZER, PLAIN_DELETION } from './deletion.ts';
import { storeResource } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import { isReadyToGo } from './object-writer.ts';
import { splitGroupVersion } from './request-body.ts';

/** Where an object is. */
interface Place {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * What follows from a deletion, done by the server itself: dependents whose owners are gone go too, foreground deletion
 * waits for them, orphaning cuts them loose, a namespace's content goes before the namespace. Work is noted in the turn
 * of the write and done by `settle` at its end, so that a client sees it done when it has its answer.
 */
export interface GarbageCollector {
  /** Does everything that the writes so far have caused. */
  settle(): void;
}

export function createGarbageCollector(state: ApiState): GarbageCollector {
  return new Collector(state);
}

class Collector implements GarbageCollector {
  readonly #state: ApiState;
  readonly #places = new Map<string, Place>();
  /** Uid of an owner to the places of those that name it. */
  readonly #dependents = new Map<string, Map<string, Place>>();
  /** Names of namespaces that wait for their content to go. */
  readonly #terminating = new Set<string>();
  #work: (() => void)[] = [];
  #isSettling = false;

  constructor(state: ApiState) {
    this.#state = state;
    state.store.subscribeAll((resource, event) => {
      const place = placeOf(resource, event.object);
      if (event.before !== null) this.#forget(event.before, place);
      if (event.type === 'DELETED') this.#noteGone(event.object, place);
      else this.#notePresent(event.object, place, event.type === 'ADDED');
    });
  }

  settle(): void {
    if (this.#isSettling) return;
    this.#isSettling = true;
    try {
      while (this.#work.length > 0) {
        const work = this.#work;
        this.#work = [];
        for (const step of work) step();
        if (this.#work.length === 0) this.#finishNamespaces();
      }
    } finally {
      this.#isSettling = false;
    }
  }

  #notePresent(object: ApiObject, place: Place, isNew: boolean): void {
    const { metadata } = object;
    const owners = metadata.ownerReferences ?? [];
    if (metadata.uid !== undefined) this.#places.set(metadata.uid, place);
    for (const owner of owners) {
      const dependents = this.#dependents.get(owner.uid) ?? new Map<string, Place>();
      dependents.set(placeText(place), place);
      this.#dependents.set(owner.uid, dependents);
    }
    if (isNew && owners.length > 0) this.#work.push(() => this.#collectIfOwnerless(place));
    if (metadata.deletionTimestamp === undefined) return;
    if (place.resource === '/namespaces') {
      this.#terminating.add(metadata.name);
      this.#work.push(() => this.#emptyNamespace(metadata.name));
    } else if (metadata.finalizers?.includes(FOREGROUND_FINALIZER) === true) {
      this.#work.push(() => this.#deleteInForeground(place));
    } else if (metadata.finalizers?.includes(ORPHAN_FINALIZER) === true) {
      this.#work.push(() => this.#orphan(place));
    }
  }

  #forget(before: ApiObject, place: Place): void {
    for (const owner of before.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(placeText(place));
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }

  #noteGone(object: ApiObject, place: Place): void {
    const { uid = '', ownerReferences = [], namespace } = object.metadata;
    this.#places.delete(uid);
    for (const dependent of this.#dependents.get(uid)?.values() ?? []) {
      this.#work.push(() => this.#collectIfOwnerless(dependent));
    }
    for (const owner of ownerReferences) {
      const ownerPlace = this.#places.get(owner.uid);
      if (ownerPlace !== undefined) this.#work.push(() => this.#finishForeground(ownerPlace));
    }
    if (place.resource === '/namespaces') this.#terminating.delete(object.metadata.name);
    // Makes `settle` look at the namespace even when nothing else follows.
    else if (namespace !== undefined && this.#terminating.has(namespace)) this.#work.push(() => undefined);
  }

  #read(place: Place): ApiObject | undefined {
    return this.#state.store.get(place.resource, place.namespace, place.name);
  }

  #delete(place: Place, options: DeleteOptions): void {
    const kind = this.#state.registry.byStoreResource(place.resource);
    if (kind === undefined || this.#read(place) === undefined) return;
    const namespace = place.namespace === '' ? null : place.namespace;
    deleteObject(this.#state, { kind, version: kind.versions[0] }, namespace, place.name, options);
  }

  #put(place: Place, object: ApiObject, change: Partial<ApiObject['metadata']>): void {
    const { finalizers, ...metadata } = { ...object.metadata, ...change };
    const next = {
      ...object,
      metadata: (finalizers ?? []).length === 0 ? metadata : { ...metadata, ...(finalizers && { finalizers }) },
    };
    if (isReadyToGo(next)) this.#state.store.remove(place.resource, place.namespace, place.name);
    else this.#state.store.put(place.resource, next);
  }

  /** An owner exists when its uid does; one of a kind that the server does not know may exist elsewhere. */
  #isPresent(owner: OwnerReference): boolean {
    if (this.#places.has(owner.uid)) return true;
    const [group] = splitGroupVersion(owner.apiVersion);
    return this.#state.registry.findByGroupKind(group, owner.kind) === undefined;
  }

  #collectIfOwnerless(place: Place): void {
    const object = this.#read(place);
    const owners = object?.metadata.ownerReferences ?? [];
    if (object === undefined || owners.length === 0) return;
    const present = owners.filter((owner) => this.#isPresent(owner));
    if (present.length === 0) this.#delete(place, PLAIN_DELETION);
    else if (present.length < owners.length) this.#put(place, object, { ownerReferences: present });
  }

  #deleteInForeground(place: Place): void {
    const owner = this.#read(place);
    if (owner === undefined) return;
    for (const dependent of this.#dependentsOf(owner)) {
      const object = this.#read(dependent);
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) continue;
      const isBlocking = isBlockedBy(object, owner);
      this.#delete(dependent, {
        ...PLAIN_DELETION,
        propagationPolicy: isBlocking && this.#hasDependents(object) ? 'Foreground' : 'Background',
      });
    }
    this.#finishForeground(place);
  }

  #finishForeground(place: Place): void {
    const owner = this.#read(place);
    const finalizers = owner?.metadata.finalizers ?? [];
    if (owner?.metadata.deletionTimestamp === undefined || !finalizers.includes(FOREGROUND_FINALIZER)) return;
    const isBlocked = this.#dependentsOf(owner).some((dependent) => {
      const object = this.#read(dependent);
      return object !== undefined && isBlockedBy(object, owner);
    });
    if (!isBlocked) this.#put(place, owner, { finalizers: finalizers.filter((each) => each !== FOREGROUND_FINALIZER) });
  }

  #orphan(place: Place): void {
    const owner = this.#read(place);
    if (owner === undefined) return;
    for (const dependent of this.#dependentsOf(owner)) {
      const object = this.#read(dependent);
      if (object === undefined) continue;
      const ownerReferences = (object.metadata.ownerReferences ?? []).filter((each) => each.uid !== owner.metadata.uid);
      const { ownerReferences: _before, ...metadata } = object.metadata;
      this.#state.store.put(dependent.resource, {
        ...object,
        metadata: ownerReferences.length === 0 ? metadata : { ...metadata, ownerReferences },
      });
    }
    const finalizers = (owner.metadata.finalizers ?? []).filter((each) => each !== ORPHAN_FINALIZER);
    this.#put(place, owner, { finalizers });
  }

  #dependentsOf(owner: ApiObject): readonly Place[] {
    return [...(this.#dependents.get(owner.metadata.uid ?? '')?.values() ?? [])];
  }

  #hasDependents(object: ApiObject): boolean {
    return this.#dependentsOf(object).length > 0;
  }

  #emptyNamespace(namespace: string): void {
    for (const place of this.#contentOf(namespace)) {
      if (this.#read(place)?.metadata.deletionTimestamp === undefined) this.#delete(place, PLAIN_DELETION);
    }
  }

  #finishNamespaces(): void {
    for (const namespace of [...this.#terminating]) {
      if (this.#contentOf(namespace).length === 0) this.#state.store.remove('/namespaces', '', namespace);
    }
  }

  #contentOf(namespace: string): readonly Place[] {
    return this.#state.registry
      .all()
      .filter((kind) => kind.isNamespaced)
      .flatMap((kind) => {
        const resource = storeResource(kind);
        return this.#state.store.list(resource, namespace).map((object) => placeOf(resource, object));
      });
  }
}

function isBlockedBy(object: ApiObject, owner: ApiObject): boolean {
  const reference = object.metadata.ownerReferences?.find((each) => each.uid === owner.metadata.uid);
  return reference?.blockOwnerDeletion === true;
}

function placeOf(resource: string, object: ApiObject): Place {
  return { resource, namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

function placeText(place: Place): string {
  return `${place.resource}\n${place.namespace}/${place.name}`;
}
