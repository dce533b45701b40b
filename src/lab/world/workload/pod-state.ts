import { parseRfc3339 } from '../../../base/rfc3339.ts';
import type { Condition, Pod } from '../objects.ts';

/** Whether a controller counts the pod: neither ended nor on its way out. */
export function isActive(pod: Pod): boolean {
  return !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function readyCondition(pod: Pod): Condition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === 'Ready');
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** When the pod became, or will become, available: ready for `minReadySeconds`; undefined while it is not ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  if (!isReady(pod)) return undefined;
  const readyAtMs = parseRfc3339(readyCondition(pod)?.lastTransitionTime ?? '') ?? 0;
  return readyAtMs + minReadySeconds * 1000;
}

/** How many of the pods are ready, how many have been for long enough, and when the next one will have been. */
export interface Readiness {
  readonly readyCount: number;
  readonly availableCount: number;
  readonly nextAvailableAtMs: number | undefined;
}

export function readinessOf(pods: readonly Pod[], minReadySeconds: number, nowMs: number): Readiness {
  if (minReadySeconds === 0) {
    const readyCount = pods.filter(isReady).length;
    return { readyCount, availableCount: readyCount, nextAvailableAtMs: undefined };
  }
  const instants = pods.flatMap((pod) => availableAtMs(pod, minReadySeconds) ?? []);
  const future = instants.filter((atMs) => atMs > nowMs);
  return {
    readyCount: instants.length,
    availableCount: instants.length - future.length,
    nextAvailableAtMs: future.length === 0 ? undefined : Math.min(...future),
  };
}

/**
 * The order in which a controller gives pods up, as upstream's: without a node first, then pending, then not ready, then
 * those on nodes with more of these pods, then the youngest readiness, then the youngest. Names decide what is left.
 */
export function deletionOrder(pods: readonly Pod[]): readonly Pod[] {
  const countByNode = new Map<string, number>();
  for (const pod of pods) {
    const node = pod.spec.nodeName ?? '';
    countByNode.set(node, (countByNode.get(node) ?? 0) + 1);
  }
  const rank = (pod: Pod): readonly number[] => [
    pod.spec.nodeName ? 1 : 0,
    pod.status?.phase === 'Running' ? 1 : 0,
    isReady(pod) ? 1 : 0,
    -(countByNode.get(pod.spec.nodeName ?? '') ?? 0),
    -(parseRfc3339(readyCondition(pod)?.lastTransitionTime ?? '') ?? 0),
    -(parseRfc3339(pod.metadata.creationTimestamp ?? '') ?? 0),
  ];
  return pods
    .map((pod) => ({ pod, rank: rank(pod) }))
    .sort((a, b) => compareRanks(a.rank, b.rank) || (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1))
    .map(({ pod }) => pod);
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const difference = value - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
