/** The kinds of a cluster, and how the adapter finds the one that a label or a path means. */

import { NORMALIZED_KINDS_COUNT_MAX } from '../../base/limits.ts';

/** A resource in its group; the core group is empty. */
export interface GroupResource {
  readonly group: string;
  /** The plural: `pods`. */
  readonly resource: string;
}

/** As messages and discovery write it: `pods`, `deployments.apps`. */
export function groupResourceText({ group, resource }: GroupResource): string {
  return group === '' ? resource : `${resource}.${group}`;
}

/** Reads `deployments.apps`: what stands behind the first dot is the group. */
export function parseGroupResource(text: string): GroupResource {
  const dotAt = text.indexOf('.');
  return dotAt < 0 ? { group: '', resource: text } : { group: text.slice(dotAt + 1), resource: text.slice(0, dotAt) };
}

/** A kind that the cluster has. */
export interface ClusterKind extends GroupResource {
  readonly version: string;
  readonly kind: string;
}

/** Knows the kinds of a cluster. */
export interface KindMapper {
  /**
   * The kind that is meant by a resource in the plural or the singular, in any letter case, whose group may be left out
   * or be a beginning of the real one (`storage` for `storage.k8s.io`). Undefined when there is none, or when several
   * are meant equally.
   */
  normalize(partial: GroupResource): ClusterKind | undefined;
  /** The singular of a plural, of whatever group comes first; undefined when no kind is called so. */
  singularOf(resource: string): string | undefined;
}

/** What a cluster's discovery tells of one group. */
export interface DiscoveredGroup {
  /** Empty for the core group. */
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly {
    readonly version: string;
    readonly resources: readonly {
      readonly type: { readonly resource: string };
      readonly kind: string;
      readonly singular: string;
    }[];
  }[];
}

/** A mapper over a cluster's discovery, whose groups stand in the server's order, the core group first. */
export function createKindMapper(groups: readonly DiscoveredGroup[]): KindMapper {
  return new DiscoveryKinds(groups);
}

interface KnownKind extends ClusterKind {
  readonly singular: string;
}

/** The kinds of one version of one group, by what they are called. */
interface VersionKinds {
  readonly group: string;
  readonly byName: ReadonlyMap<string, readonly KnownKind[]>;
}

class DiscoveryKinds implements KindMapper {
  /** In the order of preference. */
  readonly #versions: readonly VersionKinds[];
  /** What was asked for before: each read asks several times. */
  readonly #normalized = new Map<string, ClusterKind>();

  constructor(groups: readonly DiscoveredGroup[]) {
    this.#versions = groups.flatMap(({ name: group, versions }) =>
      versions.map(({ version, resources }) => ({
        group,
        byName: byNames(resources.flatMap(kindsOf(group, version))),
      })),
    );
  }

  normalize(asked: GroupResource): ClusterKind | undefined {
    const key = `${asked.resource}/${asked.group}`;
    const known = this.#normalized.get(key);
    if (known !== undefined) return known;
    const kind = this.#find(asked);
    if (kind === undefined) return undefined;
    // The same kind has many names, of which whoever asks chooses.
    if (this.#normalized.size >= NORMALIZED_KINDS_COUNT_MAX) this.#normalized.clear();
    this.#normalized.set(key, kind);
    return kind;
  }

  #find({ group, resource }: GroupResource): ClusterKind | undefined {
    const name = resource.toLowerCase();
    const candidates = this.#versions.flatMap((each) =>
      each.group.startsWith(group) ? (each.byName.get(name) ?? []) : [],
    );
    const [first] = candidates;
    if (first === undefined) return undefined;
    const rivals = candidates.filter((each) => each.group === first.group && each.version === first.version);
    if (rivals.some((each) => each.resource !== first.resource)) return undefined;
    return this.#preferred(first);
  }

  /** The resource in its group's preferred version: an older one may have known it by the name that was asked for. */
  #preferred({ group, resource }: KnownKind): ClusterKind | undefined {
    for (const each of this.#versions) {
      const known = each.group === group ? each.byName.get(resource) : undefined;
      const found = known?.find((kind) => kind.resource === resource);
      if (found !== undefined) return { group, resource, version: found.version, kind: found.kind };
    }
    return undefined;
  }

  singularOf(resource: string): string | undefined {
    const name = resource.toLowerCase();
    for (const { byName } of this.#versions) {
      const found = byName.get(name) ?? [];
      const singulars = new Set(found.map(({ singular }) => singular));
      if (singulars.size === 1) return found[0]?.singular;
    }
    return undefined;
  }
}

/** Each kind, and its list as a kind of its own: upstream's mapper knows `podlists` too. */
function kindsOf(group: string, version: string) {
  return (resource: DiscoveredGroup['versions'][number]['resources'][number]): readonly KnownKind[] => {
    const plural = resource.type.resource;
    if (plural.includes('/')) return [];
    const { kind } = resource;
    const listKind = `${kind}List`.toLowerCase();
    return [
      { group, version, resource: plural, singular: resource.singular || kind.toLowerCase(), kind },
      { group, version, resource: pluralOf(listKind), singular: listKind, kind: `${kind}List` },
    ];
  };
}

/** How upstream guesses a plural. */
function pluralOf(singular: string): string {
  if (singular.endsWith('endpoints')) return singular;
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

function byNames(kinds: readonly KnownKind[]): ReadonlyMap<string, readonly KnownKind[]> {
  const found = new Map<string, KnownKind[]>();
  for (const kind of kinds) {
    for (const name of new Set([kind.resource, kind.singular])) {
      const same = found.get(name);
      if (same === undefined) found.set(name, [kind]);
      else same.push(kind);
    }
  }
  return found;
}
