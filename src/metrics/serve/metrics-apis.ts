import type { Clock } from '../../base/clock.ts';
import type { AccessUser } from '../../platform/access/user.ts';
import type { ReadingRequest } from '../../platform/http/reading-request.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { MetricsSource } from '../source/port.ts';
import { documentAnswer, failureAnswer, keptAnswer, methodNotAllowed, notAcceptable, unknownPath } from './answer.ts';
import { type ApiGroup, type DiscoveredGroup, groupDocument } from './discovery.ts';
import { encodeGroup } from './discovery-protobuf.ts';
import { createGroupServers, type GroupServer } from './group-servers.ts';
import { negotiate, PLAIN_JSON } from './negotiation.ts';
import { protobufBody } from './protobuf.ts';

/** The metrics APIs that a source can answer, for an API server to mount. Authorization is the mounting server's. */
export interface MetricsApis {
  /** The groups that are served now, with their versions, the preferred one first; the same array for as long as they are the same. */
  readonly groups: readonly ApiGroup[];
  /** Whether `/apis/<group>` and everything below is served here. */
  serves(group: string): boolean;
  /**
   * Answers any request to `/apis/<served group>…`, errors included: it never rejects. The caller is for sources that ask
   * somebody else in their name.
   */
  handle(request: ReadingRequest, caller?: AccessUser): Promise<Response>;
  /** `APIGroup` documents, for the list that `GET /apis` answers with. */
  groupDocuments(): readonly ReturnType<typeof groupDocument>[];
  /**
   * The groups of the aggregated discovery document (`APIGroupDiscoveryList` v2), the same objects for as long as nothing
   * changes. A group whose source fails is left out.
   */
  discoveredGroups(signal: AbortSignal): Promise<readonly DiscoveredGroup[]>;
}

export interface MetricsApisOptions {
  /** Where the age of what is served is recorded, under upstream's names; nowhere when absent. */
  readonly telemetry?: Telemetry;
  /** Whether a group that the source has is served now; asked with every request. All of them are when absent. */
  readonly isServed?: (group: string) => boolean;
}

/** Serves `metrics.k8s.io`, `custom.metrics.k8s.io` and `external.metrics.k8s.io`, as far as the source has them. */
export function createMetricsApis(
  source: MetricsSource,
  clock: Pick<Clock, 'nowMs'>,
  options: MetricsApisOptions = {},
): MetricsApis {
  const served = new ServedGroups(
    createGroupServers(source, clock, options.telemetry),
    options.isServed ?? (() => true),
  );
  return {
    get groups() {
      return served.current().groups;
    },
    serves: (group) => served.current().servers.has(group),
    async handle(request, caller) {
      try {
        return await answerRequest(served.current().servers, request, caller);
      } catch (thrown) {
        return await failureAnswer(request, thrown);
      }
    },
    groupDocuments: () => served.current().groups.map(groupDocument),
    async discoveredGroups(signal) {
      const { servers } = served.current();
      const documents = await Promise.allSettled([...servers.values()].map((server) => server.documents(signal)));
      return documents.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    },
  };
}

/** The groups that are served as of now. */
interface CurrentGroups {
  readonly servers: ReadonlyMap<string, GroupServer>;
  readonly groups: readonly ApiGroup[];
}

/** Tells which groups are served, by the same objects for as long as they are the same. */
class ServedGroups {
  readonly #all: ReadonlyMap<string, () => GroupServer>;
  readonly #isServed: (group: string) => boolean;
  #current: CurrentGroups = { servers: new Map(), groups: [] };

  constructor(all: ReadonlyMap<string, () => GroupServer>, isServed: (group: string) => boolean) {
    this.#all = all;
    this.#isServed = isServed;
    this.current();
  }

  current(): CurrentGroups {
    const now = [...this.#all].filter(([name]) => this.#isServed(name));
    const { servers } = this.#current;
    if (now.length !== servers.size || now.some(([name]) => !servers.has(name))) {
      const opened = new Map(now.map(([name, open]) => [name, open()]));
      this.#current = { servers: opened, groups: [...opened.values()].map(({ group }) => group) };
    }
    return this.#current;
  }
}

async function answerRequest(
  servers: ReadonlyMap<string, GroupServer>,
  request: ReadingRequest,
  caller: AccessUser | undefined,
): Promise<Response> {
  const url = new URL(request.url);
  const [root, groupName = '', version, ...segments] = readSegments(url.pathname);
  const server = root === 'apis' ? servers.get(groupName) : undefined;
  if (server === undefined) throw unknownPath();
  if (version !== undefined && !server.group.versions.includes(version)) throw unknownPath();
  if (version === undefined || segments.length === 0) return answerDiscovery(server, request, version);
  if (!server.hasPath(segments)) throw unknownPath();
  if (request.method !== 'GET') throw methodNotAllowed();
  const accept = request.headers.get('accept');
  const representation = negotiate(accept, server.offer);
  const { signal } = request;
  const asked = { version, segments, query: readQuery(url.search), caller, signal };
  if (representation === undefined) {
    const refusal = notAcceptable(accept, server.offer);
    // Upstream's handler of custom metrics finds out when it has the answer; what goes wrong before is told first.
    if (server.refusesLate && refusal.details === undefined)
      await server.answer({ ...asked, representation: PLAIN_JSON });
    throw refusal;
  }
  return documentAnswer(request, await server.answer({ ...asked, representation }), representation);
}

async function answerDiscovery(
  server: GroupServer,
  request: ReadingRequest,
  version: string | undefined,
): Promise<Response> {
  if (request.method !== 'GET') throw methodNotAllowed();
  const { discoveryOffer } = server;
  const accept = request.headers.get('accept');
  const representation = negotiate(accept, discoveryOffer);
  if (representation === undefined) throw notAcceptable(accept, discoveryOffer);
  if (version === undefined) {
    const protobuf = () => protobufBody('v1', 'APIGroup', encodeGroup(server.group));
    return documentAnswer(request, { kind: 'object', object: groupDocument(server.group), protobuf }, representation);
  }
  const documents = await server.documents(request.signal);
  const document = {
    made: () => documents.resourceList(version),
    text: () => documents.resourceListText(version),
  };
  return keptAnswer(request, document, representation);
}

/**
 * The decoded segments of a path, slashes at its end aside. Clients escape `*`; a segment that cannot be decoded is taken
 * as it stands. Nothing is at a path with a slash in a segment.
 */
function readSegments(pathname: string): readonly string[] {
  const segments = pathname.replace(/\/+$/, '').split('/').slice(1).map(decodeSegment);
  if (segments.some((segment) => segment.includes('/'))) throw unknownPath();
  return segments;
}

/** A query as Go reads it: pairs with a semicolon or a broken escape are not there. */
function readQuery(search: string): URLSearchParams {
  const pairs = search
    .slice(1)
    .split('&')
    .filter((pair) => !pair.includes(';') && !/%(?![0-9A-Fa-f]{2})/.test(pair));
  return new URLSearchParams(pairs.join('&'));
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
