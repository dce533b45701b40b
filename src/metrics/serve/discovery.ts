/** One resource of a group version, as discovery tells of it. */
export interface ApiResource {
  /** `pods`, or `pods/http_requests` for a metric of pods. */
  readonly name: string;
  readonly isNamespaced: boolean;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** A group with its versions, the preferred one first. */
export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly [string, ...string[]];
}

/** `GET /apis/<group>`, also an entry of `GET /apis`. */
export function groupDocument(group: ApiGroup) {
  const versions = group.versions.map((version) => ({ groupVersion: `${group.name}/${version}`, version }));
  return { kind: 'APIGroup', apiVersion: 'v1', name: group.name, versions, preferredVersion: versions[0] };
}

/** `GET /apis` */
export function groupListDocument(groups: readonly ApiGroup[]) {
  const items = groups.map((group) => {
    const { kind: _kind, apiVersion: _apiVersion, ...item } = groupDocument(group);
    return item;
  });
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: items };
}

/**
 * What discovery can tell: sorted, each name once, and of resources of one parent those alone that have the scope of the
 * first of them. With two scopes the aggregation layer would drop the whole group version, and every HPA of it.
 */
export function discoverable(resources: readonly ApiResource[]): readonly ApiResource[] {
  const scopes = new Map<string, boolean>();
  const byName = new Map<string, ApiResource>();
  for (const resource of resources) {
    const [parent = ''] = resource.name.split('/', 1);
    const isNamespaced = scopes.get(parent) ?? resource.isNamespaced;
    scopes.set(parent, isNamespaced);
    if (isNamespaced === resource.isNamespaced && !byName.has(resource.name)) byName.set(resource.name, resource);
  }
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** `GET /apis/<group>/<version>` */
export function resourceListDocument(groupVersion: string, resources: readonly ApiResource[]) {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: resources.map(({ name, isNamespaced, kind, verbs }) => ({
      name,
      singularName: '',
      namespaced: isNamespaced,
      kind,
      verbs,
    })),
  };
}

/** A group as the aggregated document has it: another object when it has changed. */
export interface DiscoveredGroup {
  readonly name: string;
  /** Its entry, made anew with each call. */
  entry(): ReturnType<typeof groupDiscovery>;
}

/** An entry of the aggregated document (`APIGroupDiscoveryList` v2), as the aggregator converts it from the above. */
export function groupDiscovery(group: ApiGroup, resources: readonly ApiResource[]) {
  const converted = aggregate(resources);
  return {
    metadata: { name: group.name },
    versions: group.versions.map((version) => ({ version, resources: converted, freshness: 'Current' })),
  };
}

interface AggregatedResource {
  readonly resource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly scope: 'Cluster' | 'Namespaced';
  readonly singularResource: string;
  readonly verbs: readonly string[];
  readonly subresources?: readonly AggregatedSubresource[];
}

interface AggregatedSubresource {
  readonly subresource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

/** Metrics are subresources of their resource; a parent that is served by another group is invented, without verbs. */
function aggregate(resources: readonly ApiResource[]): readonly AggregatedResource[] {
  const parents = new Map<
    string,
    { readonly parent: AggregatedResource; readonly children: AggregatedSubresource[] }
  >();
  for (const { name, isNamespaced, kind, verbs } of resources) {
    const slash = name.indexOf('/');
    const isParent = slash === -1;
    const resource = isParent ? name : name.slice(0, slash);
    const scope = isNamespaced ? 'Namespaced' : 'Cluster';
    const parent: AggregatedResource = {
      ...{ resource, responseKind: { group: '', version: '', kind: isParent ? kind : '' } },
      ...{ scope, singularResource: '', verbs: isParent ? verbs : [] },
    };
    const known = parents.get(resource) ?? { parent, children: [] };
    parents.set(resource, known);
    if (isParent) continue;
    known.children.push({ subresource: name.slice(slash + 1), responseKind: { group: '', version: '', kind }, verbs });
  }
  return [...parents.values()].map(({ parent, children }) =>
    children.length === 0 ? parent : { ...parent, subresources: children },
  );
}
