import { addInt64, type Int64, isInt64 } from '../../base/int64.ts';
import type { PodFact, PodRequests } from './facts.ts';

/** The request of every listed pod, in the order of the list, or the text of the first failure. */
export type RequestsRead =
  | { readonly kind: 'read'; readonly ofPod: ReadonlyMap<PodRequests, Int64> }
  | { readonly kind: 'failed'; readonly message: string };

/**
 * Reads one resource's request of every listed pod, ignored ones included: a single pod without one fails the metric
 * (specification 2.3; upstream: calculateRequests). `container` is empty for whole pods. Each requests object, which
 * pods of one template share, is read once.
 */
export function readRequests(
  pods: readonly PodFact[],
  resource: string,
  container: string,
  hasPodLevelResources: boolean,
): RequestsRead {
  const ofPod = new Map<PodRequests, Int64>();
  for (const { name, requests } of pods) {
    if (ofPod.has(requests)) continue;
    const milli =
      container === ''
        ? podRequest(requests, resource, name, hasPodLevelResources)
        : containerRequest(requests, resource, container, name);
    if (typeof milli === 'object') return { kind: 'failed', message: milli.problem };
    ofPod.set(requests, milli);
  }
  return { kind: 'read', ofPod };
}

interface RequestProblem {
  readonly problem: string;
}

/** The named container's request; sidecars are searched after the containers, and the first of a name decides. */
function containerRequest(
  requests: PodRequests,
  resource: string,
  container: string,
  pod: string,
): Int64 | RequestProblem {
  const found =
    requests.containers.find(({ name }) => name === container) ??
    requests.initContainers.find(({ name, isSidecar }) => isSidecar && name === container);
  if (found === undefined) return { problem: `container ${container} not found in Pod ${pod}` };
  return milliOf(found.requests, resource) ?? missingRequest(resource, container, pod);
}

function podRequest(
  requests: PodRequests,
  resource: string,
  pod: string,
  hasPodLevelResources: boolean,
): Int64 | RequestProblem {
  if (hasPodLevelResources && requests.pod !== null) {
    const problem = `missing pod-level request for ${resource} in Pod ${pod}`;
    return milliOf(requests.pod, resource) ?? { problem };
  }
  let sum: Int64 = 0;
  for (const container of requests.containers) {
    const milli = milliOf(container.requests, resource);
    if (milli === undefined) return missingRequest(resource, container.name, pod);
    sum = addInt64(sum, milli);
  }
  for (const container of requests.initContainers) {
    if (!container.isSidecar) continue;
    const milli = milliOf(container.requests, resource);
    if (milli === undefined) return missingRequest(resource, container.name, pod);
    sum = addInt64(sum, milli);
  }
  return sum;
}

function missingRequest(resource: string, container: string, pod: string): RequestProblem {
  return { problem: `missing request for ${resource} in container ${container} of Pod ${pod}` };
}

/** What is no integer is no request, be it what a plain object inherits under the resource's name. */
function milliOf(requests: Readonly<Record<string, Int64>>, resource: string): Int64 | undefined {
  const milli = requests[resource];
  return isInt64(milli) ? milli : undefined;
}
