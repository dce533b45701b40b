import { numberAt } from '../kinds/field-path.ts';
import type { Store } from '../store.ts';
import { API_SERVICES, type RemoteApiService } from './remote-api-service.ts';

/** A group of a discovery document, in whichever form. */
export interface GroupEntry<Version extends { readonly version: string }> {
  /** Empty for the core group. */
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly Version[];
}

/**
 * The server's own groups with those that backends answer for: versions in order of their priority, a backend's version in
 * place of an own one of the same name, and groups that backends take part in where the priorities of their APIServices
 * put them.
 */
export function mergeGroups<Version extends { readonly version: string }>(
  store: Pick<Store, 'get'>,
  own: readonly GroupEntry<Version>[],
  remotes: readonly { readonly remote: RemoteApiService; readonly entry: Version }[],
): readonly GroupEntry<Version>[] {
  const merged = [...own];
  for (const name of new Set(remotes.map(({ remote }) => remote.group))) {
    const entries = remotes.filter(({ remote }) => remote.group === name).map(({ entry }) => entry);
    const at = merged.findIndex((group) => group.name === name);
    const kept = at === -1 ? [] : (merged.splice(at, 1)[0]?.versions ?? []);
    const versions = [...kept.filter((each) => !entries.some(({ version }) => version === each.version)), ...entries];
    const priorityOf = (each: Version): number => priority(store, each.version, name, 'versionPriority');
    const sorted = versions.sort(
      (left, right) => priorityOf(right) - priorityOf(left) || compareVersions(left.version, right.version),
    );
    insert(store, merged, { name, versions: sorted });
  }
  return merged;
}

function insert<Version extends { readonly version: string }>(
  store: Pick<Store, 'get'>,
  groups: GroupEntry<Version>[],
  group: GroupEntry<Version>,
): void {
  const wanted = groupPriority(store, group);
  const at = groups.findIndex((other) => {
    const found = groupPriority(store, other);
    return found < wanted || (found === wanted && other.name > group.name);
  });
  groups.splice(at === -1 ? groups.length : at, 0, group);
}

/** Of the version that asks for most; a group without APIServices is the aggregator's own and stands first. */
function groupPriority(store: Pick<Store, 'get'>, group: GroupEntry<{ readonly version: string }>): number {
  const priorities = group.versions.map(({ version }) => priority(store, version, group.name, 'groupPriorityMinimum'));
  const highest = Math.max(0, ...priorities);
  return highest === 0 ? Number.POSITIVE_INFINITY : highest;
}

function priority(store: Pick<Store, 'get'>, version: string, group: string, field: string): number {
  return numberAt(store.get(API_SERVICES, '', `${version}.${group}`), 'spec', field);
}

const KUBE_VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/;
const STAGES = ['alpha', 'beta', ''];

/** Upstream's order: v2, v1, v1beta2, v1beta1, v1alpha1, and after them, by name, what is no such version. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [KUBE_VERSION.exec(left), KUBE_VERSION.exec(right)];
  if (a === null || b === null) {
    return a === b ? (left < right ? -1 : Number(left > right)) : a === null ? 1 : -1;
  }
  const stage = STAGES.indexOf(b[2] ?? '') - STAGES.indexOf(a[2] ?? '');
  return stage || Number(b[1]) - Number(a[1]) || Number(b[3] ?? 0) - Number(a[3] ?? 0);
}
