import {
  type ApiServiceFact,
  type ConditionFact,
  type GroupFact,
  METRICS_GROUPS,
  type MetricsGroup,
  type Sight,
  type VersionFact,
} from '../../../core/explain/doctor-facts.ts';
import type { KubeObject, ResourceType } from '../../../platform/kube/client.ts';
import { type DoctorCluster, firstSightOf, foundOr, sightOf } from './doctor-cluster.ts';

const API_SERVICES: ResourceType = {
  group: 'apiregistration.k8s.io',
  version: 'v1',
  resource: 'apiservices',
  isNamespaced: false,
};

interface ApiService extends KubeObject {
  readonly spec?: {
    readonly group?: string;
    readonly version?: string;
    readonly service?: { readonly namespace?: string; readonly name?: string; readonly port?: number } | null;
    readonly caBundle?: string;
    readonly insecureSkipTLSVerify?: boolean;
  };
  readonly status?: { readonly conditions?: readonly Partial<ConditionFact & { readonly type: string }>[] };
}

/** What an APIService without a port means. */
const SERVICE_PORT_DEFAULT = 443;

/** The APIServices of the metrics groups. Throws Failure when the API server does not answer or does not know who asks. */
export function readApiServices(
  { client }: DoctorCluster,
  signal: AbortSignal,
): Promise<Sight<readonly ApiServiceFact[]>> {
  const reading = client.list<ApiService>(API_SERVICES, {}, { signal });
  return firstSightOf(
    reading.then(({ items }) => items.flatMap(factOf)),
    signal,
  );
}

function factOf({ spec = {}, status }: ApiService): readonly ApiServiceFact[] {
  const group = METRICS_GROUPS.find((each) => each === spec.group);
  if (group === undefined) return [];
  const { service } = spec;
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  return [
    {
      group,
      version: spec.version ?? '',
      service: service ? { namespace: '', name: '', port: SERVICE_PORT_DEFAULT, ...service } : null,
      hasCaBundle: (spec.caBundle ?? '') !== '',
      isVerificationSkipped: spec.insecureSkipTLSVerify === true,
      available: available === undefined ? null : conditionOf(available),
    },
  ];
}

function conditionOf({ status = 'Unknown', reason = '', message = '' }: Partial<ConditionFact>): ConditionFact {
  return { status, reason, message };
}

interface GroupDocument {
  readonly preferredVersion?: { readonly version?: string };
  readonly versions?: readonly { readonly version?: string }[] | null;
}

/**
 * The metrics groups in discovery, each version with what it lists. Versions that an APIService has, and discovery has not,
 * are asked for too.
 */
export function readGroups(
  cluster: DoctorCluster,
  apiServices: readonly ApiServiceFact[],
  signal: AbortSignal,
): Promise<readonly GroupFact[]> {
  return Promise.all(
    METRICS_GROUPS.map(async (group): Promise<GroupFact> => {
      const registered = apiServices.filter((each) => each.group === group).map(({ version }) => version);
      return { group, versions: await sightOf(readVersions(cluster, group, registered, signal), signal) };
    }),
  );
}

async function readVersions(
  { client }: DoctorCluster,
  group: MetricsGroup,
  registered: readonly string[],
  signal: AbortSignal,
): Promise<readonly VersionFact[]> {
  const reading = client.getJson(`/apis/${group}`, { signal }) as Promise<GroupDocument>;
  const { versions, preferredVersion } = await foundOr(reading, {} as GroupDocument);
  const preferred = preferredVersion?.version;
  const listed = (versions ?? []).flatMap(({ version }) => version ?? []);
  const names = new Set([...(preferred === undefined ? [] : [preferred]), ...listed, ...registered]);
  return Promise.all(
    [...names].map(async (version) => ({
      version,
      resources: await sightOf(readResources(client, `/apis/${group}/${version}`, signal), signal),
    })),
  );
}

async function readResources(
  client: DoctorCluster['client'],
  path: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const document = (await client.getJson(path, { signal })) as {
    readonly resources?: readonly { readonly name?: string }[] | null;
  };
  return (document.resources ?? []).flatMap(({ name }) => name ?? []);
}
