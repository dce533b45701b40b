import { addInt64, compareInt64, type Int64, isInt64 } from '../../base/int64.ts';
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
  if (hasPodLevelResources && requests.pod !== null && isPodLevelSet(requests.pod)) {
    return (
      podLevelRequest(requests, requests.pod, resource) ?? {
        problem: `missing pod-level request for ${resource} in Pod ${pod}`,
      }
    );
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

/** Pod-level requests count as set when they hold any resource that may be set at that level (specification 13.2). */
function isPodLevelSet(pod: Readonly<Record<string, Int64>>): boolean {
  return Object.keys(pod).some(isPodLevelResource);
}

function isPodLevelResource(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');
}

/**
 * The pod's request with pod-level requests set: the pod-level value, else the aggregation of the containers, plus the
 * overhead; undefined when nothing names the resource.
 */
function podLevelRequest(
  requests: PodRequests,
  pod: Readonly<Record<string, Int64>>,
  resource: string,
): Int64 | undefined {
  const explicit = isPodLevelResource(resource) ? milliOf(pod, resource) : undefined;
  const request = explicit ?? aggregatedRequest(requests, resource);
  const overhead = requests.overhead === null ? undefined : milliOf(requests.overhead, resource);
  if (overhead === undefined) return request;
  return request === undefined ? overhead : addInt64(request, overhead);
}

/**
 * What the scheduler would count: containers and sidecars together, or more where an init container, run beside the
 * sidecars started before it, needs more. A container without the request counts as 0.
 */
function aggregatedRequest(requests: PodRequests, resource: string): Int64 | undefined {
  let sum: Int64 | undefined;
  for (const container of requests.containers) sum = plus(sum, milliOf(container.requests, resource));
  let sidecars: Int64 | undefined;
  let largestInit: Int64 | undefined;
  for (const container of requests.initContainers) {
    const milli = milliOf(container.requests, resource);
    let needed: Int64 | undefined;
    if (container.isSidecar) {
      sum = plus(sum, milli);
      sidecars = plus(sidecars, milli);
      needed = sidecars;
    } else needed = plus(milli, sidecars);
    if (needed !== undefined && (largestInit === undefined || compareInt64(needed, largestInit) > 0)) {
      largestInit = needed;
    }
  }
  if (sum === undefined) return largestInit;
  return largestInit !== undefined && compareInt64(largestInit, sum) > 0 ? largestInit : sum;
}

function plus(a: Int64 | undefined, b: Int64 | undefined): Int64 | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : addInt64(a, b);
}

/** What is no integer is no request, be it what a plain object inherits under the resource's name. */
function milliOf(requests: Readonly<Record<string, Int64>>, resource: string): Int64 | undefined {
  const milli = requests[resource];
  return isInt64(milli) ? milli : undefined;
}
