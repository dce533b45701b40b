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
  readonly subresources?: AggregatedSubresource[];
}

interface AggregatedSubresource {
  readonly subresource: string;
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

/** Metrics are subresources of their resource; a parent that is served by another group is invented, without verbs. */
function aggregate(resources: readonly ApiResource[]): readonly AggregatedResource[] {
  const parents = new Map<string, AggregatedResource>();
  for (const { name, isNamespaced, kind, verbs } of resources) {
    const slash = name.indexOf('/');
    const resource = slash === -1 ? name : name.slice(0, slash);
    const isParent = slash === -1;
    const parent: AggregatedResource = parents.get(resource) ?? {
      resource,
      responseKind: { group: '', version: '', kind: isParent ? kind : '' },
      scope: isNamespaced ? 'Namespaced' : 'Cluster',
      singularResource: '',
      verbs: isParent ? verbs : [],
    };
    const subresource = { subresource: name.slice(slash + 1), responseKind: { group: '', version: '', kind }, verbs };
    parents.set(
      resource,
      isParent ? parent : { ...parent, subresources: [...(parent.subresources ?? []), subresource] },
    );
  }
  return [...parents.values()];
}
