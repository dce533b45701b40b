import { createHash } from 'node:crypto';
import type { Kind } from './kind.ts';
import { ALL_VERBS, groupVersion } from './kind.ts';
import type { KindRegistry } from './kind-registry.ts';
import { REVIEW_KINDS } from './reviews.ts';

/** A resource as both forms of discovery describe it. */
export interface DiscoveredResource {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly subresources: readonly DiscoveredSubresource[];
}

export interface DiscoveredSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly responseKind: { readonly group: string; readonly version: string; readonly kind: string };
}

/** A group with its versions, the preferred one first. */
export interface DiscoveredGroup {
  readonly name: string;
  readonly versions: readonly { readonly name: string; readonly resources: readonly DiscoveredResource[] }[];
}

/** A group in the older form: its versions by name, the preferred one first. */
export interface DiscoveredVersions {
  readonly name: string;
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
}

/** The order of groups is their priority, as upstream's; those that it does not name follow in order of name. */
const GROUP_ORDER: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'apiextensions.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
];

const STATUS_VERBS = ['get', 'patch', 'update'];

/** Everything that the server itself serves: kinds and reviews. Mounted APIs follow after it in every document. */
export function discoverGroups(registry: KindRegistry): readonly DiscoveredGroup[] {
  const versions = new Map<string, Map<string, DiscoveredResource[]>>();
  const resourcesOf = (group: string, version: string): DiscoveredResource[] => {
    const ofGroup = versions.get(group) ?? new Map<string, DiscoveredResource[]>();
    const resources = ofGroup.get(version) ?? [];
    versions.set(group, ofGroup.set(version, resources));
    return resources;
  };
  for (const kind of registry.all()) {
    for (const version of kind.versions) {
      if (version.isHidden !== true) resourcesOf(kind.group, version.name).push(discoverKind(kind));
    }
  }
  for (const review of REVIEW_KINDS) {
    const { plural, singular, kind, isNamespaced } = review;
    resourcesOf(review.group, review.version).push({
      plural,
      singular,
      kind,
      isNamespaced,
      verbs: ['create'],
      subresources: [],
    });
  }
  const own = [...versions].map(([name, ofGroup]) => ({
    name,
    versions: [...ofGroup].map(([version, resources]) => ({ name: version, resources: resources.sort(byPlural) })),
  }));
  return own.sort((left, right) => rankOf(left.name) - rankOf(right.name) || (left.name < right.name ? -1 : 1));
}

function rankOf(group: string): number {
  const rank = GROUP_ORDER.indexOf(group);
  return rank === -1 ? GROUP_ORDER.length : rank;
}

function byPlural(left: DiscoveredResource, right: DiscoveredResource): number {
  return left.plural < right.plural ? -1 : 1;
}

function discoverKind(kind: Kind): DiscoveredResource {
  const self = { group: '', version: '', kind: kind.kind };
  const subresources: DiscoveredSubresource[] = [
    ...(kind.otherSubresources ?? []).map(({ name, verbs, responseKind }) => ({
      name,
      verbs,
      responseKind: responseKind ?? self,
    })),
    ...(kind.scale === undefined
      ? []
      : [{ name: 'scale', verbs: STATUS_VERBS, responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } }]),
    ...(kind.hasStatus === true ? [{ name: 'status', verbs: STATUS_VERBS, responseKind: self }] : []),
  ];
  return {
    plural: kind.plural,
    singular: kind.singular,
    kind: kind.kind,
    isNamespaced: kind.isNamespaced,
    verbs: kind.verbs ?? ALL_VERBS,
    ...(kind.shortNames === undefined ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories === undefined ? {} : { categories: kind.categories }),
    subresources: subresources.sort((left, right) => (left.name < right.name ? -1 : 1)),
  };
}

/** `APIGroupDiscoveryList` of the core group (`/api`) or of all others (`/apis`). */
export function aggregatedDocument(
  groups: readonly { readonly name: string; readonly versions: readonly unknown[] }[],
  apiVersion: 'v2' | 'v2beta1',
): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${apiVersion}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({ metadata: name === '' ? {} : { name }, versions })),
  };
}

/** A group with its resources, as the newer form has them. */
export function aggregatedGroup(group: DiscoveredGroup) {
  return {
    name: group.name,
    versions: group.versions.map((version) => ({
      version: version.name,
      resources: version.resources.map(aggregatedResource),
      freshness: 'Current',
    })),
  };
}

function aggregatedResource(resource: DiscoveredResource): unknown {
  return {
    resource: resource.plural,
    responseKind: { group: '', version: '', kind: resource.kind },
    scope: resource.isNamespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
    ...(resource.categories === undefined ? {} : { categories: resource.categories }),
    ...(resource.subresources.length === 0
      ? {}
      : {
          subresources: resource.subresources.map(({ name, verbs, responseKind }) => ({
            subresource: name,
            responseKind,
            verbs,
          })),
        }),
  };
}

/** `APIVersions`, the older form of `/api`. */
export function versionsDocument(serverAddress: string): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `APIGroupList`, the older form of `/apis`. */
export function groupListDocument(groups: readonly DiscoveredVersions[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupFields) };
}

/** `APIGroup`, answered at `/apis/GROUP`. */
export function groupDocument(group: DiscoveredVersions): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupFields(group) };
}

/** A group's versions, as the older form has them. */
export function groupEntry({ name, versions }: DiscoveredGroup): DiscoveredVersions {
  return {
    name,
    versions: versions.map((version) => ({ groupVersion: groupVersion(name, version.name), version: version.name })),
  };
}

function groupFields({ name, versions }: DiscoveredVersions): Readonly<Record<string, unknown>> {
  return { name, versions, preferredVersion: versions[0] };
}

/** `APIResourceList`, answered at `/api/v1` and `/apis/GROUP/VERSION`. */
export function resourceListDocument(
  group: string,
  version: string,
  resources: readonly DiscoveredResource[],
): unknown {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersion(group, version),
    resources: resources.flatMap((resource) => [
      {
        name: resource.plural,
        singularName: resource.singular,
        namespaced: resource.isNamespaced,
        kind: resource.kind,
        verbs: resource.verbs,
        ...(resource.shortNames === undefined ? {} : { shortNames: resource.shortNames }),
        ...(resource.categories === undefined ? {} : { categories: resource.categories }),
      },
      ...resource.subresources.map(({ name, verbs, responseKind }) => ({
        name: `${resource.plural}/${name}`,
        singularName: '',
        namespaced: resource.isNamespaced,
        ...(responseKind.version === '' ? {} : { group: responseKind.group, version: responseKind.version }),
        kind: responseKind.kind,
        verbs,
      })),
    ]),
  };
}

/** The strong ETag of a document's text. */
export function etagOf(text: string): string {
  return `"${createHash('sha512').update(text).digest('hex').toUpperCase()}"`;
}
