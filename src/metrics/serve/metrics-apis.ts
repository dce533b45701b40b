import type { Clock } from '../../base/clock.ts';
import type { MetricsSource } from '../source/port.ts';
import { failureAnswer, jsonAnswer, RefusedRequest } from './answer.ts';
import { answerCustomMetrics, CUSTOM_METRICS_GROUP, customMetricResources } from './custom-metrics.ts';
import { type ApiGroup, type ApiResource, groupDiscovery, groupDocument, resourceListDocument } from './discovery.ts';
import { answerExternalMetrics, EXTERNAL_METRICS_GROUP, externalMetricResources } from './external-metrics.ts';
import { negotiate, type Representation } from './negotiation.ts';
import { answerResourceMetrics, RESOURCE_METRICS_GROUP, RESOURCE_METRICS_RESOURCES } from './resource-metrics.ts';

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
  readonly canBeTable: boolean;
  resources(signal: AbortSignal): Promise<readonly ApiResource[]>;
  answer(request: GroupRequest): Promise<unknown>;
}

interface GroupRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly representation: Representation;
  readonly signal: AbortSignal;
}

/** Serves `metrics.k8s.io`, `custom.metrics.k8s.io` and `external.metrics.k8s.io`, as far as the source has them. */
export function createMetricsApis(source: MetricsSource, clock: Pick<Clock, 'nowMs'>): MetricsApis {
  const servers = new Map(groupServers(source, clock).map((server) => [server.group.name, server]));
  const groups = [...servers.values()].map((server) => server.group);
  return {
    groups,
    serves: (group) => servers.has(group),
    async handle(request) {
      try {
        return await answerRequest(servers, request);
      } catch (thrown) {
        return failureAnswer(request, thrown);
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

function groupServers({ resource, custom, external }: MetricsSource, clock: Pick<Clock, 'nowMs'>): GroupServer[] {
  const servers: GroupServer[] = [];
  if (external !== undefined) {
    servers.push({
      group: EXTERNAL_METRICS_GROUP,
      canBeTable: false,
      resources: (signal) => externalMetricResources(external, signal),
      answer: (request) => answerExternalMetrics(external, request),
    });
  }
  if (custom !== undefined) {
    servers.push({
      group: CUSTOM_METRICS_GROUP,
      canBeTable: false,
      resources: (signal) => customMetricResources(custom, signal),
      answer: (request) => answerCustomMetrics(custom, request),
    });
  }
  if (resource !== undefined) {
    servers.push({
      group: RESOURCE_METRICS_GROUP,
      canBeTable: true,
      resources: async () => RESOURCE_METRICS_RESOURCES,
      answer: (request) => answerResourceMetrics(resource, { ...request, nowMs: clock.nowMs() }),
    });
  }
  return servers;
}

async function answerRequest(servers: ReadonlyMap<string, GroupServer>, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [root, groupName = '', version, ...segments] = pathname.split('/').filter(Boolean).map(decodeSegment);
  const server = root === 'apis' ? servers.get(groupName) : undefined;
  if (server === undefined) throw unknownPath();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const message = 'the server does not allow this method on the requested resource';
    throw new RefusedRequest(405, 'MethodNotAllowed', message, {});
  }
  const isObjects = segments.length > 0;
  const representation = negotiate(request.headers.get('accept'), server.canBeTable && isObjects);
  if (representation === undefined) {
    throw new RefusedRequest(406, 'NotAcceptable', 'only the following media types are accepted: application/json');
  }
  if (version === undefined) return jsonAnswer(request, groupDocument(server.group));
  if (!server.group.versions.includes(version)) throw unknownPath();
  if (!isObjects) {
    const resources = await server.resources(request.signal);
    return jsonAnswer(request, resourceListDocument(`${groupName}/${version}`, resources));
  }
  const { signal } = request;
  return jsonAnswer(request, await server.answer({ version, segments, query: searchParams, representation, signal }));
}

/** Clients escape `*`; a segment that cannot be decoded is taken as it stands. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function unknownPath(): RefusedRequest {
  return new RefusedRequest(404, 'NotFound', 'the server could not find the requested resource', {});
}
