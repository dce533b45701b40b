import type { Kind, KindVersion } from './kind.ts';
import { findVersion } from './kind.ts';

/** Where a kind's objects are in the store. */
export function storeResource(kind: Pick<Kind, 'group' | 'plural'>): string {
  return `${kind.group}/${kind.plural}`;
}

/** A kind in the version that a request named. */
export interface ServedKind {
  readonly kind: Kind;
  readonly version: KindVersion;
}

/** The kinds that are served now. Those of custom resource definitions come and go. */
export class KindRegistry {
  readonly #kinds = new Map<string, Kind>();
  /** Goes up with each change, so that discovery documents are made once. */
  changeCount = 0;

  constructor(kinds: readonly Kind[]) {
    for (const kind of kinds) this.add(kind);
  }

  /** Adds a kind, or replaces the one with the same resource. */
  add(kind: Kind): void {
    this.#kinds.set(storeResource(kind), kind);
    this.changeCount += 1;
  }

  remove(group: string, plural: string): void {
    if (this.#kinds.delete(`${group}/${plural}`)) this.changeCount += 1;
  }

  /** In the order in which they were added. */
  all(): readonly Kind[] {
    return [...this.#kinds.values()];
  }

  get(group: string, plural: string): Kind | undefined {
    return this.#kinds.get(`${group}/${plural}`);
  }

  byStoreResource(resource: string): Kind | undefined {
    return this.#kinds.get(resource);
  }

  find(group: string, version: string, plural: string): ServedKind | undefined {
    const kind = this.get(group, plural);
    const found = kind === undefined ? undefined : findVersion(kind, version);
    return kind === undefined || found === undefined ? undefined : { kind, version: found };
  }

  /** By the `apiVersion` and `kind` of an owner reference; the version need not be a served one. */
  findByGroupKind(group: string, kindName: string): Kind | undefined {
    return this.all().find((kind) => kind.group === group && kind.kind === kindName);
  }

  hasGroup(group: string): boolean {
    return this.all().some((kind) => kind.group === group);
  }
}
