import { Failure } from '../../base/failure.ts';
import { type CallContext, callApi } from './api-call.ts';
import type { CallOptions, ResourceType } from './client.ts';
import { callContext, type KubeClientOptions } from './kube-client.ts';

/** An API group as the server offers it. */
export interface ApiGroup {
  /** Empty for the core group. */
  readonly name: string;
  /** In the server's order of preference. */
  readonly versions: readonly ApiVersion[];
}

export interface ApiVersion {
  readonly version: string;
  readonly resources: readonly ApiResource[];
  /** Why this version's resources are unknown, for example because its aggregated server is down. */
  readonly problem?: string;
}

/** One resource with its subresources. */
export interface ApiResource {
  readonly type: ResourceType;
  readonly kind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly verbs: readonly string[];
  /** For example `status`, `scale`. */
  readonly subresources: readonly string[];
}

/** Reads what a server offers. */
export interface Discovery {
  /** Every group with its versions and resources, the core group first. Throws as every call does. */
  read(options?: CallOptions): Promise<readonly ApiGroup[]>;
}

/**
 * Discovery in the aggregated form (v2, v2beta1; two requests), or document by document from servers that answer in the old
 * form, whatever was asked for. A version whose document cannot be read is there with its problem.
 */
export function createDiscovery(client: KubeClientOptions): Discovery {
  const context = callContext(client);
  return {
    read: async (options = {}) => {
      const [core, groups] = await Promise.all([
        readRoot(context, '/api', options),
        readRoot(context, '/apis', options),
      ]);
      return [...core, ...groups];
    },
  };
}

const AGGREGATED = 'g=apidiscovery.k8s.io;v=VERSION;as=APIGroupDiscoveryList';
const ACCEPT = ['v2', 'v2beta1']
  .map((version) => `application/json;${AGGREGATED.replace('VERSION', version)}`)
  .concat('application/json')
  .join(',');

async function readRoot(
  context: CallContext,
  path: '/api' | '/apis',
  options: CallOptions,
): Promise<readonly ApiGroup[]> {
  const root = (await callApi(context, { method: 'GET', path, accept: ACCEPT }, options)) as RootDocument;
  if (root.kind === 'APIGroupDiscoveryList') return (root.items ?? []).map(readAggregatedGroup);
  const listed =
    path === '/api'
      ? [{ name: '', versions: root.versions ?? [] }]
      : (root.groups ?? []).map((group) => ({ name: group.name, versions: versionOrder(group) }));
  const found: ApiGroup[] = [];
  // One after the other: an old server's few dozen documents must not meet it all at once.
  for (const group of listed) {
    const versions: ApiVersion[] = [];
    for (const version of group.versions) versions.push(await readVersion(context, group.name, version, options));
    found.push({ name: group.name, versions });
  }
  return found;
}

function versionOrder(group: LegacyGroup): string[] {
  const versions = (group.versions ?? []).map(({ version }) => version);
  const preferred = group.preferredVersion?.version;
  if (preferred === undefined || !versions.includes(preferred)) return versions;
  return [preferred, ...versions.filter((version) => version !== preferred)];
}

async function readVersion(
  context: CallContext,
  group: string,
  version: string,
  options: CallOptions,
): Promise<ApiVersion> {
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  try {
    const document = (await callApi(context, { method: 'GET', path }, options)) as {
      readonly resources?: readonly LegacyResource[];
    };
    return { version, resources: readLegacyResources(group, version, document.resources ?? []) };
  } catch (thrown) {
    if (!(thrown instanceof Failure) || options.signal?.aborted) throw thrown;
    return { version, resources: [], problem: thrown.message };
  }
}

function readLegacyResources(group: string, version: string, listed: readonly LegacyResource[]): ApiResource[] {
  const subresources = new Map<string, string[]>();
  for (const { name } of listed) {
    const [resource = '', subresource] = name.split('/');
    if (subresource !== undefined) subresources.set(resource, [...(subresources.get(resource) ?? []), subresource]);
  }
  return listed
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => ({
      type: { group, version, resource: resource.name, isNamespaced: resource.namespaced },
      kind: resource.kind,
      singular: resource.singularName ?? '',
      shortNames: resource.shortNames ?? [],
      verbs: resource.verbs ?? [],
      subresources: subresources.get(resource.name) ?? [],
    }));
}

function readAggregatedGroup(item: AggregatedGroup): ApiGroup {
  const name = item.metadata?.name ?? '';
  return {
    name,
    versions: (item.versions ?? []).map(({ version, resources, freshness }) => ({
      version,
      resources: (resources ?? []).map((resource) => ({
        type: { group: name, version, resource: resource.resource, isNamespaced: resource.scope === 'Namespaced' },
        kind: resource.responseKind?.kind ?? '',
        singular: resource.singularResource ?? '',
        shortNames: resource.shortNames ?? [],
        verbs: resource.verbs ?? [],
        subresources: (resource.subresources ?? []).map(({ subresource }) => subresource),
      })),
      ...(freshness === 'Stale' ? { problem: 'stale GroupVersion discovery' } : {}),
    })),
  };
}

interface RootDocument {
  readonly kind?: string;
  readonly items?: readonly AggregatedGroup[];
  readonly versions?: readonly string[];
  readonly groups?: readonly LegacyGroup[];
}

interface LegacyGroup {
  readonly name: string;
  readonly versions?: readonly { readonly version: string }[];
  readonly preferredVersion?: { readonly version: string };
}

interface LegacyResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly singularName?: string;
  readonly shortNames?: readonly string[];
  readonly verbs?: readonly string[];
}

interface AggregatedGroup {
  readonly metadata?: { readonly name?: string };
  readonly versions?: readonly {
    readonly version: string;
    readonly freshness?: string;
    readonly resources?: readonly {
      readonly resource: string;
      readonly responseKind?: { readonly kind?: string };
      readonly scope?: string;
      readonly singularResource?: string;
      readonly shortNames?: readonly string[];
      readonly verbs?: readonly string[];
      readonly subresources?: readonly { readonly subresource: string }[];
    }[];
  }[];
}
