import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { FinishedScrape } from './scraper.ts';
import type { NodeStanding, ServedCounts } from './standing.ts';

/** What the gauges are read from at each exposition. */
export interface KubeletTelemetryState {
  readonly pointCounts: () => { readonly node: number; readonly container: number };
  readonly standings: () => Iterable<NodeStanding>;
  readonly servedCounts: () => ServedCounts;
  readonly nowMs: () => number;
}

/** Where scraping tells what it does. */
export interface KubeletTelemetry {
  scraped(scrape: FinishedScrape): void;
  /** A node is gone; nothing of it is exposed any more. */
  forget(nodeName: string): void;
  /** A round of one resolution is over; the longest scrape of it took this long. */
  roundEnded(longestMs: number): void;
}

const DEFAULT_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Scraping's metrics: upstream's under upstream's names (specification of metrics-server 1.7), so that existing boards and
 * alerts work, and Podtide's own, which say which node fails and why. Upstream's tick is a round of one resolution here,
 * in which every node is scraped once; its duration is that of the longest scrape, as upstream's without its pauses.
 */
export function createKubeletTelemetry(
  registry: Telemetry,
  resolutionMs: number,
  state: KubeletTelemetryState,
): KubeletTelemetry {
  const upstream = upstreamFamilies(registry, resolutionMs, state);
  const own = ownFamilies(registry, state);
  const failing = new Map<string, string>();
  const clearFailing = (node: string): void => {
    const code = failing.get(node);
    failing.delete(node);
    if (code !== undefined) own.failing.remove({ node, code });
  };
  return {
    scraped: ({ nodeName: node, startedAtMs, tookMs, problem }) => {
      upstream.duration.observe(tookMs / 1000, { node });
      upstream.total.add({ success: String(problem === null) });
      upstream.lastTime.set(startedAtMs / 1000, { node });
      if (failing.get(node) !== problem?.code) clearFailing(node);
      if (problem === null) return;
      own.failures.add({ code: problem.code });
      own.failing.set(1, { node, code: problem.code });
      failing.set(node, problem.code);
    },
    forget: (node) => {
      upstream.duration.remove({ node });
      upstream.lastTime.remove({ node });
      own.age.remove({ node });
      clearFailing(node);
    },
    roundEnded: (longestMs) => upstream.tick.observe(longestMs / 1000),
  };
}

function upstreamFamilies(registry: Telemetry, resolutionMs: number, state: KubeletTelemetryState) {
  const points = registry.gauge({
    name: 'metrics_server_storage_points',
    help: 'Number of metrics points stored that a rate can be served from.',
    labels: ['type'],
  });
  registry.beforeExposition(() => {
    const counts = state.pointCounts();
    points.set(counts.node, { type: 'node' });
    points.set(counts.container, { type: 'container' });
  });
  return {
    duration: registry.histogram({
      name: 'metrics_server_kubelet_request_duration_seconds',
      help: 'Duration of requests to the kubelet API.',
      labels: ['node'],
      buckets: DEFAULT_BUCKETS,
    }),
    total: registry.counter({
      name: 'metrics_server_kubelet_request_total',
      help: 'Number of requests sent to the kubelet API.',
      labels: ['success'],
    }),
    lastTime: registry.gauge({
      name: 'metrics_server_kubelet_last_request_time_seconds',
      help: 'Time of the last request made to the kubelet API, since 1970.',
      labels: ['node'],
    }),
    tick: registry.histogram({
      name: 'metrics_server_manager_tick_duration_seconds',
      help: 'The longest scrape of each round of one resolution.',
      buckets: tickBuckets(resolutionMs / 1000),
    }),
  };
}

function ownFamilies(registry: Telemetry, state: KubeletTelemetryState) {
  const age = registry.gauge({
    name: 'podtide_kubelet_scrape_age_seconds',
    help: 'For how long the newest usable scrape of a node has been there.',
    labels: ['node'],
  });
  const objects = registry.gauge({
    name: 'podtide_resource_metrics_objects_count',
    help: 'Nodes and running pods in the watch caches, and those of them that can be served.',
    labels: ['resource', 'state'],
  });
  registry.beforeExposition(() => {
    const nowMs = state.nowMs();
    for (const { name: node, goodAtMs } of state.standings()) {
      if (goodAtMs === null) age.remove({ node });
      else age.set((nowMs - goodAtMs) / 1000, { node });
    }
    const counts = state.servedCounts();
    objects.set(counts.nodeCount, { resource: 'nodes', state: 'expected' });
    objects.set(counts.servedNodeCount, { resource: 'nodes', state: 'served' });
    objects.set(counts.podCount, { resource: 'pods', state: 'expected' });
    objects.set(counts.servedPodCount, { resource: 'pods', state: 'served' });
  });
  return {
    age,
    failing: registry.gauge({
      name: 'podtide_kubelet_scrape_failing',
      help: '1 for each node whose last scrape failed, and why.',
      labels: ['node', 'code'],
    }),
    failures: registry.counter({
      name: 'podtide_kubelet_scrape_failures_total',
      help: 'Failed scrapes by why.',
      labels: ['code'],
    }),
  };
}

/** Upstream's: beyond the default ones, the way to twice the resolution. */
function tickBuckets(resolutionSeconds: number): readonly number[] {
  const largest = DEFAULT_BUCKETS.at(-1) ?? 0;
  if (resolutionSeconds <= largest) return DEFAULT_BUCKETS;
  const more = [(largest + resolutionSeconds) / 2, resolutionSeconds, resolutionSeconds * 1.5, resolutionSeconds * 2];
  return [...DEFAULT_BUCKETS, ...more];
}
