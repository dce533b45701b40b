import type { Int64 } from '../../base/int64.ts';
import { compareQuantities, parseQuantity, type Quantity, quantityMilli } from '../../base/quantity.ts';
import { addQuantities } from '../../base/quantity-sum.ts';
import type { ContainerRequests, PodRequests } from './facts.ts';

/** Requests as they stand in a pod: quantities by resource name. */
export type RequestTexts = Readonly<Record<string, string | number>>;

/** A container of a pod with what it asks for. */
export interface ContainerTexts {
  readonly name: string;
  readonly requests: RequestTexts;
}

/** Everything in a pod's spec that says what it asks for. */
export interface PodRequestTexts {
  readonly containers: readonly ContainerTexts[];
  readonly initContainers: readonly (ContainerTexts & { readonly isSidecar: boolean })[];
  /** `spec.resources.requests`; null when the pod has none. */
  readonly pod: RequestTexts | null;
  readonly overhead: RequestTexts | null;
}

/**
 * What a pod asks for, in milli values. Pod-level requests are added up from the quantities themselves, because rounding
 * each one up to milli first would give more (specification 2.3, 13.2). An unreadable quantity counts as not set.
 */
export function projectPodRequests(texts: PodRequestTexts): PodRequests {
  return {
    containers: texts.containers.map(projectContainer),
    initContainers: texts.initContainers.map((container) => ({
      ...projectContainer(container),
      isSidecar: container.isSidecar,
    })),
    pod: texts.pod !== null && isPodLevelSet(texts.pod) ? podLevelRequests(texts, texts.pod) : null,
  };
}

function projectContainer({ name, requests }: ContainerTexts): ContainerRequests {
  return { name, requests: milliValues(quantitiesOf(requests)) };
}

/** Pod-level requests count as set when they hold any resource that may be set at that level. */
function isPodLevelSet(pod: RequestTexts): boolean {
  return Object.keys(pod).some(isPodLevelResource);
}

function isPodLevelResource(resource: string): boolean {
  return resource === 'cpu' || resource === 'memory' || resource.startsWith('hugepages-');
}

/** The pod-level values, else the aggregation of the containers, plus the overhead (upstream: PodRequests). */
function podLevelRequests(texts: PodRequestTexts, pod: RequestTexts): Readonly<Record<string, Int64>> {
  const requests = aggregate(texts);
  for (const [resource, quantity] of quantitiesOf(pod)) {
    if (isPodLevelResource(resource)) requests.set(resource, quantity);
  }
  add(requests, quantitiesOf(texts.overhead ?? {}));
  return milliValues(requests);
}

type Quantities = Map<string, Quantity>;

/**
 * What the scheduler would count: containers and sidecars together, or more where an init container, run beside the
 * sidecars started before it, needs more. A container without the request counts as 0.
 */
function aggregate({ containers, initContainers }: PodRequestTexts): Quantities {
  const sum: Quantities = new Map();
  for (const { requests } of containers) add(sum, quantitiesOf(requests));
  const sidecars: Quantities = new Map();
  const largestInit: Quantities = new Map();
  for (const { requests, isSidecar } of initContainers) {
    const own = quantitiesOf(requests);
    if (isSidecar) {
      add(sum, own);
      add(sidecars, own);
      raise(largestInit, sidecars);
    } else {
      add(own, sidecars);
      raise(largestInit, own);
    }
  }
  raise(sum, largestInit);
  return sum;
}

function add(sum: Quantities, more: Quantities): void {
  for (const [resource, quantity] of more) {
    const before = sum.get(resource);
    sum.set(resource, before === undefined ? quantity : addQuantities(before, quantity));
  }
}

function raise(floor: Quantities, candidates: Quantities): void {
  for (const [resource, quantity] of candidates) {
    const before = floor.get(resource);
    if (before === undefined || compareQuantities(quantity, before) > 0) floor.set(resource, quantity);
  }
}

function quantitiesOf(texts: RequestTexts): Quantities {
  const quantities: Quantities = new Map();
  for (const [resource, text] of Object.entries(texts)) {
    const quantity = parseQuantity(String(text));
    if (quantity !== undefined) quantities.set(resource, quantity);
  }
  return quantities;
}

function milliValues(quantities: Quantities): Readonly<Record<string, Int64>> {
  return Object.fromEntries([...quantities].map(([resource, quantity]) => [resource, quantityMilli(quantity)]));
}
