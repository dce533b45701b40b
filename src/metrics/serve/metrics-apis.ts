import type { Clock } from '../../base/clock.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { MetricsSource } from '../source/port.ts';
import { documentAnswer, failureAnswer, methodNotAllowed, notAcceptable, unknownPath } from './answer.ts';
import { answerCustomMetrics, CUSTOM_METRICS_GROUP, customMetricResources } from './custom-metrics.ts';
import { type ApiGroup, type ApiResource, groupDiscovery, groupDocument, resourceListDocument } from './discovery.ts';
import type { Document } from './document.ts';
import { answerExternalMetrics, EXTERNAL_METRICS_GROUP, externalMetricResources } from './external-metrics.ts';
import { type FreshnessRecorder, recordFreshness } from './freshness.ts';
import { negotiate, type Offer, type Representation } from './negotiation.ts';
import {
  answerResourceMetrics,
  hasResourceMetricsPath,
  RESOURCE_METRICS_GROUP,
  RESOURCE_METRICS_RESOURCES,
} from './resource-metrics.ts';

/** The metrics APIs that a source can answer, for an API server to mount. Authorization is the mounting server's. */
export interface MetricsApis {
  /** The groups that are served, with their versions, the preferred one first. */
  readonly groups: readonly ApiGroup[];
  /** Whether `/apis/<group>` and everything below is served here. */
  serves(group: string): boolean;
  /** Answers any request to `/apis/<served group>…`, errors included: it never rejects. */
  handle(request: Request): Promise<Response>;
  /** `APIGroup` documents, for the list that `GET /apis` answers with. */
  groupDocuments(): readonly ReturnType<typeof groupDocument>[];
  /** Entries of the aggregated discovery document (`APIGroupDiscoveryList` v2). A group whose source fails is left out. */
  aggregatedDiscovery(signal: AbortSignal): Promise<readonly ReturnType<typeof groupDiscovery>[]>;
}

/** One group: what it has, and what it answers. */
interface GroupServer {
  readonly group: ApiGroup;
  /** The forms of its objects. */
  readonly offer: Offer;
  /** Whether anything can be at that path, for whatever method. */
  hasPath(segments: readonly string[]): boolean;
  resources(signal: AbortSignal): Promise<readonly ApiResource[]>;
  answer(request: GroupRequest): Promise<Document>;
}

interface GroupRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly representation: Representation;
  readonly signal: AbortSignal;
}

/** What is spoken where nobody needs protobuf. */
const TEXT_OFFER: Offer = { mediaTypes: ['application/json', 'application/yaml'], canTransform: false };

const RESOURCE_OFFER: Offer = {
  mediaTypes: ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'],
  canTransform: true,
};

export interface MetricsApisOptions {
  /** Where the age of what is served is recorded, under upstream's name; nowhere when absent. */
  readonly telemetry?: Telemetry;
}

/** Serves `metrics.k8s.io`, `custom.metrics.k8s.io` and `external.metrics.k8s.io`, as far as the source has them. */
export function createMetricsApis(
  source: MetricsSource,
  clock: Pick<Clock, 'nowMs'>,
  options: MetricsApisOptions = {},
): MetricsApis {
  const servers = new Map(
    groupServers(source, clock, recordFreshness(options.telemetry)).map((server) => [server.group.name, server]),
  );
  const groups = [...servers.values()].map((server) => server.group);
  return {
    groups,
    serves: (group) => servers.has(group),
    async handle(request) {
      try {
        return await answerRequest(servers, request);
      } catch (thrown) {
        return await failureAnswer(request, thrown);
      }
    },
    groupDocuments: () => groups.map(groupDocument),
    async aggregatedDiscovery(signal) {
      const documents = await Promise.allSettled(
        [...servers.values()].map(async (server) => groupDiscovery(server.group, await server.resources(signal))),
      );
      return documents.flatMap((document) => (document.status === 'fulfilled' ? [document.value] : []));
    },
  };
}

function groupServers(
  { resource, custom, external }: MetricsSource,
  clock: Pick<Clock, 'nowMs'>,
  freshness: FreshnessRecorder,
): GroupServer[] {
  const servers: GroupServer[] = [];
  if (external !== undefined) {
    servers.push({
      group: EXTERNAL_METRICS_GROUP,
      offer: TEXT_OFFER,
      hasPath: () => true,
      resources: (signal) => externalMetricResources(external, signal),
      answer: async (request) => ({ kind: 'object', object: await answerExternalMetrics(external, request) }),
    });
  }
  if (custom !== undefined) {
    servers.push({
      group: CUSTOM_METRICS_GROUP,
      offer: TEXT_OFFER,
      hasPath: () => true,
      resources: (signal) => customMetricResources(custom, signal),
      answer: async (request) => ({ kind: 'object', object: await answerCustomMetrics(custom, request) }),
    });
  }
  if (resource !== undefined) {
    servers.push({
      group: RESOURCE_METRICS_GROUP,
      offer: RESOURCE_OFFER,
      hasPath: hasResourceMetricsPath,
      resources: async () => RESOURCE_METRICS_RESOURCES,
      answer: (request) => {
        const nowMs = clock.nowMs();
        return answerResourceMetrics(resource, { ...request, nowMs, onServed: (atMs) => freshness(nowMs - atMs) });
      },
    });
  }
  return servers;
}

async function answerRequest(servers: ReadonlyMap<string, GroupServer>, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [root, groupName = '', version, ...segments] = readSegments(pathname);
  const server = root === 'apis' ? servers.get(groupName) : undefined;
  if (server === undefined) throw unknownPath();
  if (version !== undefined && !server.group.versions.includes(version)) throw unknownPath();
  const isObjects = segments.length > 0;
  if (isObjects && !server.hasPath(segments)) throw unknownPath();
  if (request.method !== 'GET') throw methodNotAllowed();
  const offer = isObjects ? server.offer : TEXT_OFFER;
  const accept = request.headers.get('accept');
  const representation = negotiate(accept, offer);
  if (representation === undefined) throw notAcceptable(accept, offer.mediaTypes);
  const { signal } = request;
  const document = async (): Promise<Document> => {
    if (version === undefined) return { kind: 'object', object: groupDocument(server.group) };
    if (isObjects) return server.answer({ version, segments, query: searchParams, representation, signal });
    const resources = await server.resources(signal);
    return { kind: 'object', object: resourceListDocument(`${groupName}/${version}`, resources) };
  };
  return documentAnswer(request, await document(), representation);
}

/**
 * The decoded segments of a path, one slash at its end aside. Clients escape `*`; a segment that cannot be decoded is taken
 * as it stands. Nothing is at a path with an empty segment, or with a slash in one.
 */
function readSegments(pathname: string): readonly string[] {
  const segments = pathname.replace(/\/$/, '').split('/').slice(1).map(decodeSegment);
  if (segments.some((segment) => segment === '' || segment.includes('/'))) throw unknownPath();
  return segments;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
