import type { PodMetrics, QuerySource, ResourceMetricsSource } from './port.ts';

/** `timestamp` has whole seconds. */
const TIMESTAMP_UNIT_MS = 1_000;

/**
 * The same numbers as a client of `metrics.k8s.io` would read of this source: instants cut to whole seconds, and nothing
 * that has no place there. For whoever reads usage in the process that measures it and must come to the same decisions.
 * Quantities and windows stand in a source as on the wire.
 */
export function asReadOverHttp(source: ResourceMetricsSource): ResourceMetricsSource {
  return {
    listPods: async (query, signal) => (await source.listPods(query, signal)).map(readPod),
    listNodes: async (query, signal) =>
      (await source.listNodes(query, signal)).map((node) => ({ ...node, atMs: wholeSeconds(node.atMs) })),
  };
}

/** The same for queries that HPAs bring along: what a client of `external.metrics.k8s.io` would read of their values. */
export function queriesAsReadOverHttp(source: QuerySource): QuerySource {
  return {
    getValues: async (query, signal) =>
      (await source.getValues(query, signal)).map((value) => ({ ...value, atMs: wholeSeconds(value.atMs) })),
  };
}

function readPod({ namespace, name, labels, atMs, windowMs, containers }: PodMetrics): PodMetrics {
  return { namespace, name, labels, atMs: wholeSeconds(atMs), windowMs, containers };
}

function wholeSeconds(atMs: number): number {
  return Math.floor(atMs / TIMESTAMP_UNIT_MS) * TIMESTAMP_UNIT_MS;
}
