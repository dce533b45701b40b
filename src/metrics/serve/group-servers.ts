import type { Clock } from '../../base/clock.ts';
import type { AccessUser } from '../../platform/access/user.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type {
  CustomMetricsSource,
  ExternalMetricsSource,
  MetricsSource,
  ResourceMetricsSource,
} from '../source/port.ts';
import {
  answerCustomMetrics,
  CUSTOM_METRICS_GROUP,
  customMetricResources,
  hasCustomMetricsPath,
} from './custom-metrics.ts';
import type { ApiGroup } from './discovery.ts';
import type { Document } from './document.ts';
import {
  answerExternalMetrics,
  EXTERNAL_METRICS_GROUP,
  externalMetricResources,
  hasExternalMetricsPath,
} from './external-metrics.ts';
import { createFreshness, type Freshness } from './freshness.ts';
import { type GroupDocuments, GroupListing } from './group-documents.ts';
import type { Offer, Representation } from './negotiation.ts';
import {
  answerResourceMetrics,
  hasResourceMetricsPath,
  RESOURCE_METRICS_GROUP,
  RESOURCE_METRICS_RESOURCES,
} from './resource-metrics.ts';

/** One group: what it has, and what it answers. */
export interface GroupServer {
  readonly group: ApiGroup;
  /** The forms of its objects. */
  readonly offer: Offer;
  /** The forms of its discovery. */
  readonly discoveryOffer: Offer;
  /** Whether a form that cannot be had is refused only when the answer is there. */
  readonly refusesLate: boolean;
  /** Whether anything can be at that path, for whatever method. */
  hasPath(segments: readonly string[]): boolean;
  documents(signal: AbortSignal): Promise<GroupDocuments>;
  answer(request: GroupRequest): Promise<Document>;
}

/** A request below `/apis/<group>/<version>/`, its path cut into decoded segments. */
export interface GroupRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly representation: Representation;
  /** Who asks, where it is known. */
  readonly caller: AccessUser | undefined;
  readonly signal: AbortSignal;
}

/** What upstream's metrics-server speaks of its groups. */
const TEXT_OFFER: Offer = { mediaTypes: ['application/json', 'application/yaml'], canTransform: false };

const OBJECT_MEDIA_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'] as const;

const OBJECT_OFFER: Offer = { mediaTypes: OBJECT_MEDIA_TYPES, canTransform: false };

/** Of values: upstream's routes know a form for watches, which nobody answers. */
const VALUES_OFFER: Offer = {
  ...OBJECT_OFFER,
  alsoNamed: ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'],
};

/**
 * A way to the server of each group that the source has, by name, in the order in which discovery names them. A server is made
 * when it is first asked for, so that telemetry shows nothing of a group that is not served.
 */
export function createGroupServers(
  { resource, custom, external }: MetricsSource,
  clock: Pick<Clock, 'nowMs'>,
  telemetry: Telemetry | undefined,
): ReadonlyMap<string, () => GroupServer> {
  const freshness = createFreshness(telemetry, clock);
  const servers = new Map<string, () => GroupServer>();
  if (external !== undefined)
    servers.set(
      EXTERNAL_METRICS_GROUP.name,
      once(() => externalServer(external, freshness)),
    );
  if (custom !== undefined)
    servers.set(
      CUSTOM_METRICS_GROUP.name,
      once(() => customServer(custom, freshness)),
    );
  if (resource !== undefined)
    servers.set(
      RESOURCE_METRICS_GROUP.name,
      once(() => resourceServer(resource, clock, freshness)),
    );
  return servers;
}

function once<Made>(make: () => Made): () => Made {
  let made: { readonly it: Made } | undefined;
  return () => {
    made ??= { it: make() };
    return made.it;
  };
}

function externalServer(source: ExternalMetricsSource, freshness: Freshness): GroupServer {
  const listing = new GroupListing(
    EXTERNAL_METRICS_GROUP,
    (signal) => source.listMetrics(signal),
    externalMetricResources,
  );
  const onServed = freshness.ofGroup(EXTERNAL_METRICS_GROUP.name);
  return {
    group: EXTERNAL_METRICS_GROUP,
    offer: VALUES_OFFER,
    discoveryOffer: OBJECT_OFFER,
    refusesLate: false,
    hasPath: hasExternalMetricsPath,
    documents: (signal) => listing.current(signal),
    answer: (request) => answerExternalMetrics(source, { ...request, onServed }),
  };
}

function customServer(source: CustomMetricsSource, freshness: Freshness): GroupServer {
  const listing = new GroupListing(CUSTOM_METRICS_GROUP, (signal) => source.listMetrics(signal), customMetricResources);
  const onServed = freshness.ofGroup(CUSTOM_METRICS_GROUP.name);
  return {
    group: CUSTOM_METRICS_GROUP,
    offer: VALUES_OFFER,
    discoveryOffer: OBJECT_OFFER,
    refusesLate: true,
    hasPath: hasCustomMetricsPath,
    documents: (signal) => listing.current(signal),
    answer: (request) => answerCustomMetrics(source, { ...request, onServed }),
  };
}

function resourceServer(source: ResourceMetricsSource, clock: Pick<Clock, 'nowMs'>, freshness: Freshness): GroupServer {
  const metrics: readonly never[] = [];
  const onServed = freshness.ofResources();
  const listing = new GroupListing(
    RESOURCE_METRICS_GROUP,
    async () => metrics,
    () => RESOURCE_METRICS_RESOURCES,
  );
  return {
    group: RESOURCE_METRICS_GROUP,
    offer: { mediaTypes: OBJECT_MEDIA_TYPES, canTransform: true },
    discoveryOffer: TEXT_OFFER,
    refusesLate: false,
    // An empty name or namespace would stand for all of them.
    hasPath: (segments) => !segments.includes('') && hasResourceMetricsPath(segments),
    documents: (signal) => listing.current(signal),
    answer: (request) => answerResourceMetrics(source, { ...request, nowMs: clock.nowMs(), onServed }),
  };
}
