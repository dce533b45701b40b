import { keyText } from '../../base/object-key.ts';
import {
  type ApiServiceFact,
  type DoctorFacts,
  type GroupFact,
  type MetricsGroup,
  type ServerFact,
  seenOr,
  type VersionFact,
} from './doctor-facts.ts';
import { type RecognisedServer, recogniseServer, UNKNOWN_SERVER } from './metrics-server-signs.ts';

/** Who answers for a version of a metrics group, and whether they do. */
export interface ApiStanding {
  readonly group: MetricsGroup;
  /** Null: nobody has registered the group. */
  readonly version: string | null;
  readonly state: ApiState;
  /** The condition's reason; empty where it says nothing. */
  readonly reason: string;
  readonly server: ServerSummary | null;
}

/** `unseen`: it is not known. */
export type ApiState = 'available' | 'unavailable' | 'missing' | 'unseen';

/** Who stands behind an API. */
export interface ServerSummary extends RecognisedServer {
  /** `namespace/name`; null for the API server itself. */
  readonly service: string | null;
  readonly deployments: readonly string[];
  /** Without repetition. */
  readonly images: readonly string[];
  /** Null when they were not seen. */
  readonly podCount: number | null;
  readonly readyPodCount: number;
}

/** A version of a metrics group with all that is known of it. */
export interface KnownApi {
  readonly group: MetricsGroup;
  readonly version: string;
  /** Null when there is none, or when they were not seen. */
  readonly apiService: ApiServiceFact | null;
  readonly listing: VersionFact['resources'];
  /** Null where its APIService names no Service. */
  readonly server: ServerFact | null;
}

/** The versions of a group that discovery or an APIService has, in the server's order. */
export function apisOf({ group, versions }: GroupFact, facts: DoctorFacts): readonly KnownApi[] {
  const listed = seenOr(versions, []);
  const registered = seenOr(facts.apiServices, []).filter((each) => each.group === group);
  // Where the group itself was not seen, that is told, and nothing of its versions.
  const message = versions.kind === 'unseen' ? versions.message : 'discovery does not have this version';
  const notListed: VersionFact['resources'] = { kind: 'unseen', isDenied: versions.kind === 'unseen', message };
  const names = new Set([...listed.map(({ version }) => version), ...registered.map(({ version }) => version)]);
  return [...names].map((version) => {
    const apiService = registered.find((each) => each.version === version) ?? null;
    const service = apiService?.service ?? null;
    return {
      group,
      version,
      apiService,
      listing: listed.find((each) => each.version === version)?.resources ?? notListed,
      server: service === null ? null : (facts.servers.find((each) => isSameService(each, service)) ?? null),
    };
  });
}

function isSameService({ service }: ServerFact, other: ServerFact['service']): boolean {
  return service.namespace === other.namespace && service.name === other.name;
}

/** `custom.metrics.k8s.io/v1beta1` */
export function apiText({ group, version }: Pick<KnownApi, 'group' | 'version'>): string {
  return `${group}/${version}`;
}

/** Whether HPAs can ask it: by its condition where that is seen, else by whether its list could be had. */
export function isApiAvailable({ apiService, listing }: KnownApi): boolean {
  const status = apiService?.available?.status;
  return status === undefined ? listing.kind === 'seen' : status === 'True' && !isLeftOver({ apiService, listing });
}

/** An APIService without a Service for an API that the API server does not have. */
export function isLeftOver({ apiService, listing }: Pick<KnownApi, 'apiService' | 'listing'>): boolean {
  return apiService !== null && apiService.service === null && listing.kind === 'unseen' && !listing.isDenied;
}

/** The version that HPAs ask: of custom metrics the first available one that they know, of the others v1beta1. */
export function askedByHpas(group: MetricsGroup, apis: readonly KnownApi[]): KnownApi | undefined {
  if (group !== 'custom.metrics.k8s.io') return apis.find(({ version }) => version === 'v1beta1');
  const spoken = apis.filter(({ version }) => version === 'v1beta1' || version === 'v1beta2');
  return spoken.find(isApiAvailable) ?? spoken[0];
}

/** How an API stands, for the reader of a report. */
export function standingOfApi(api: KnownApi): ApiStanding {
  const { group, version, apiService, listing } = api;
  const isUnseen = apiService === null && listing.kind === 'unseen' && listing.isDenied;
  return {
    group,
    version,
    state: isUnseen ? 'unseen' : isApiAvailable(api) ? 'available' : 'unavailable',
    reason: apiService?.available?.reason ?? '',
    server: apiService === null ? null : summaryOf(api),
  };
}

/** Who stands behind an API whose APIService was seen. */
export function summaryOf(api: KnownApi): ServerSummary {
  const { apiService, server } = api;
  if (apiService?.service === null) return { ...NOBODY, ...(isLeftOver(api) ? UNKNOWN_SERVER : ITSELF) };
  const service = apiService === null ? null : keyText(apiService.service);
  if (server === null) return { ...NOBODY, ...UNKNOWN_SERVER, service };
  const deployments = seenOr(server.deployments, []);
  const pods = seenOr(server.pods, []);
  const containers = [...pods, ...deployments].flatMap((each) => each.containers);
  const labels = [seenOr(server.labels, null) ?? {}, ...[...pods, ...deployments].map((each) => each.labels)];
  return {
    ...recogniseServer({ containers, labels, serviceName: server.service.name }),
    service,
    deployments: deployments.map(({ name }) => name),
    images: [...new Set(containers.map(({ image }) => image))],
    podCount: server.pods.kind === 'seen' ? pods.length : null,
    readyPodCount: pods.filter(({ isReady }) => isReady).length,
  };
}

const ITSELF: RecognisedServer = { known: 'apiserver', sign: null, evidence: '' };

const NOBODY = { service: null, deployments: [], images: [], podCount: null, readyPodCount: 0 } as const;

/** A server as findings name it: its program and its Service. */
export function serverText({ known, service }: ServerSummary): string {
  if (known === 'apiserver') return 'kube-apiserver';
  return known === null ? (service ?? '') : `${known}${service === null ? '' : ` (${service})`}`;
}
