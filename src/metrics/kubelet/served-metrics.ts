import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import type { NodeEntry } from './node-projection.ts';
import { type NodeUsage, podRows } from './node-usage.ts';
import type { PodEntry } from './pod-projection.ts';
import { hasBefore, type PointsRow, USAGE } from './usage-points.ts';
import { rateOf, type UsageRate } from './usage-rate.ts';
import type { ContainerTrace, TracedPoint } from './usage-trace.ts';

/** Go's zero time: the instant of a pod that is served without any container. The API says null. */
export const ZERO_TIME_MS = -62_135_596_800_000;

/**
 * What is served of a pod; undefined when some container has no point to count from. A container whose counter went back
 * is left out of its pod, as upstream leaves it out, or its pod with it. Instant and window are those of the container
 * that was measured first.
 */
export function podMetrics(pod: PodEntry, usage: NodeUsage, partialPods: 'served' | 'leftOut'): PodMetrics | undefined {
  const rows = podRows(usage, pod.namespace, pod.name);
  if (rows?.every(hasBefore) !== true) return undefined;
  const containers: PodMetrics['containers'][number][] = [];
  let earliest: UsageRate | undefined;
  for (const of of rows) {
    const rate = rateOf(of);
    if (rate === undefined) continue;
    containers.push({ name: usage.layout.container(of.row), usage: { cpu: rate.cpu, memory: rate.memory } });
    if (earliest === undefined || rate.atMs < earliest.atMs) earliest = rate;
  }
  if (partialPods === 'leftOut' && containers.length < rows.length) return undefined;
  return {
    namespace: pod.namespace,
    name: pod.name,
    nodeName: pod.nodeName,
    labels: pod.labels,
    atMs: earliest?.atMs ?? ZERO_TIME_MS,
    windowMs: earliest?.windowMs ?? 0,
    containers,
  };
}

/** What is served of a node; undefined without two points, and when its counter went back. */
export function nodeMetrics(node: NodeEntry, usage: NodeUsage): NodeMetrics | undefined {
  const rate = rateOf({ points: usage.node, row: 0 });
  if (rate === undefined) return undefined;
  return {
    name: node.name,
    labels: node.labels,
    atMs: rate.atMs,
    windowMs: rate.windowMs,
    usage: { cpu: rate.cpu, memory: rate.memory },
  };
}

/** The points behind a pod's containers; empty when the pod is unknown. */
export function containerTraces(pod: PodEntry, usage: NodeUsage): readonly ContainerTrace[] {
  return (podRows(usage, pod.namespace, pod.name) ?? []).map((of) => {
    const rate = rateOf(of);
    const previous = hasBefore(of) ? earlierPoint(of) : null;
    return {
      name: usage.layout.container(of.row),
      last: lastPoint(of),
      previous,
      isFromStart: previous !== null && previous.cpuNanoseconds === 0 && previous.atMs === previous.startedAtMs,
      rate:
        rate === undefined
          ? null
          : { windowMs: rate.windowMs, cpuNanoseconds: rate.cpuNanoseconds, cpu: rate.cpu, memory: rate.memory },
    };
  });
}

function lastPoint({ points, row }: PointsRow): TracedPoint {
  const at = row * USAGE.WIDTH;
  return {
    atMs: points[at + USAGE.AT_MS] ?? Number.NaN,
    cpuNanoseconds: points[at + USAGE.CPU_NS] ?? Number.NaN,
    memoryBytes: points[at + USAGE.MEMORY_BYTES] ?? Number.NaN,
    startedAtMs: startMs(points[at + USAGE.START_NS]),
  };
}

function earlierPoint({ points, row }: PointsRow): Omit<TracedPoint, 'memoryBytes'> {
  const at = row * USAGE.WIDTH;
  const restNs = points[at + USAGE.BEFORE_AT_REST_NS] ?? 0;
  return {
    atMs: (points[at + USAGE.BEFORE_AT_MS] ?? Number.NaN) + restNs / 1e6,
    cpuNanoseconds: points[at + USAGE.BEFORE_CPU_NS] ?? Number.NaN,
    startedAtMs: startMs(points[at + USAGE.BEFORE_START_NS]),
  };
}

function startMs(startNs: number | undefined): number | null {
  return startNs === undefined || startNs === Number.NEGATIVE_INFINITY ? null : startNs / 1e6;
}
