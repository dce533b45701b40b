import { BoundedMap } from '../../base/bounded-map.ts';
import { API_SERVER_OWNED_OBJECTS_MAX } from '../../base/limits.ts';
import { isDeepEqual } from './deep-equal.ts';
import type { FieldPath } from './field-path-set.ts';
import { ownablePaths, valueAtPath } from './field-path-set.ts';
import { groupVersion } from './kind.ts';
import type { ServedKind } from './kind-registry.ts';
import type { ApiObject } from './object.ts';
import { viewOf } from './object-view.ts';
import type { SchemaBook } from './schema.ts';
import type { Store } from './store.ts';

/** A field that an apply wants to change and another manager owns. */
export interface OwnershipConflict {
  readonly manager: string;
  /** Null for managers that apply: upstream names the version of the others only. */
  readonly apiVersion: string | null;
  readonly path: string;
}

/**
 * Who wrote which field, for server-side apply: conflicts, and the removal of fields that an applied configuration no
 * longer has. Objects never show it (`managedFields` stays empty, so that clients do not try to migrate it). Kept for the
 * objects that people write: not for those that a controller owns, nor for Events, and for a bounded number.
 */
export interface FieldOwnership {
  /** Notes a create, update or patch: its manager owns what it changed, and nobody else does. */
  recordWrite(served: ServedKind, before: ApiObject | null, after: ApiObject, manager: string): void;
  /** Notes an apply: its manager owns the fields of the configuration, and none that it owned before. */
  recordApply(
    served: ServedKind,
    after: ApiObject,
    manager: string,
    applied: readonly FieldPath[],
    isForced: boolean,
  ): void;
  /** Of the paths that would change, those that other managers own. */
  conflicts(uid: string, manager: string, changed: readonly FieldPath[]): readonly OwnershipConflict[];
  /** What the manager applied before and nobody else owns, as far as it is not in `applied`. */
  abandoned(uid: string, manager: string, applied: readonly FieldPath[]): readonly FieldPath[];
}

interface Owner {
  readonly apiVersion: string;
  readonly isApplying: boolean;
  readonly paths: Map<string, FieldPath>;
}

export function createFieldOwnership(store: Store, book: SchemaBook): FieldOwnership {
  return new Ownership(store, book);
}

class Ownership implements FieldOwnership {
  readonly #book: SchemaBook;
  readonly #owners = new BoundedMap<string, Map<string, Owner>>(API_SERVER_OWNED_OBJECTS_MAX);

  constructor(store: Store, book: SchemaBook) {
    this.#book = book;
    store.subscribeAll((_resource, event) => {
      if (event.type === 'DELETED') this.#owners.delete(event.object.metadata.uid ?? '');
    });
  }

  recordWrite(served: ServedKind, before: ApiObject | null, after: ApiObject, manager: string): void {
    if (!isTracked(served, after)) return;
    const owners = this.#ownersOf(after);
    const viewBefore = before === null ? null : viewOf(served, before);
    const viewAfter = viewOf(served, after);
    const pathsAfter = ownablePaths(this.#book, served.version.schema, viewAfter);
    const changed = pathsAfter.filter(
      (path) => viewBefore === null || !isDeepEqual(valueAtPath(viewBefore, path), valueAtPath(viewAfter, path)),
    );
    const present = new Set(pathsAfter.map(({ text }) => text));
    for (const [name, owner] of owners) {
      for (const text of owner.paths.keys()) if (!present.has(text)) owner.paths.delete(text);
      if (name !== manager) for (const { text } of changed) owner.paths.delete(text);
      if (owner.paths.size === 0) owners.delete(name);
    }
    if (changed.length === 0) return;
    const apiVersion = groupVersion(served.kind.group, served.version.name);
    const owner = owners.get(manager) ?? { apiVersion, isApplying: false, paths: new Map() };
    for (const path of changed) owner.paths.set(path.text, path);
    owners.set(manager, owner);
  }

  recordApply(
    served: ServedKind,
    after: ApiObject,
    manager: string,
    applied: readonly FieldPath[],
    isForced: boolean,
  ): void {
    if (!isTracked(served, after)) return;
    const owners = this.#ownersOf(after);
    owners.set(manager, {
      apiVersion: groupVersion(served.kind.group, served.version.name),
      isApplying: true,
      paths: new Map(applied.map((path) => [path.text, path])),
    });
    if (!isForced) return;
    for (const [name, owner] of owners) {
      if (name !== manager) for (const { text } of applied) owner.paths.delete(text);
    }
  }

  conflicts(uid: string, manager: string, changed: readonly FieldPath[]): readonly OwnershipConflict[] {
    const found: OwnershipConflict[] = [];
    for (const [name, owner] of this.#owners.get(uid) ?? []) {
      if (name === manager) continue;
      for (const { text } of changed) {
        if (!owner.paths.has(text)) continue;
        found.push({ manager: name, apiVersion: owner.isApplying ? null : owner.apiVersion, path: text });
      }
    }
    return found;
  }

  abandoned(uid: string, manager: string, applied: readonly FieldPath[]): readonly FieldPath[] {
    const owners = this.#owners.get(uid);
    const own = owners?.get(manager);
    if (owners === undefined || own?.isApplying !== true) return [];
    const kept = new Set(applied.map(({ text }) => text));
    return [...own.paths.values()].filter(
      ({ text }) => !kept.has(text) && ![...owners].some(([name, owner]) => name !== manager && owner.paths.has(text)),
    );
  }

  #ownersOf(object: ApiObject): Map<string, Owner> {
    const uid = object.metadata.uid ?? '';
    const owners = this.#owners.get(uid) ?? new Map<string, Owner>();
    // The objects that were written last are those that somebody works on.
    this.#owners.set(uid, owners);
    return owners;
  }
}

function isTracked({ kind }: ServedKind, object: ApiObject): boolean {
  if (kind.countMax !== undefined) return false;
  return object.metadata.ownerReferences?.some((owner) => owner.controller === true) !== true;
}
