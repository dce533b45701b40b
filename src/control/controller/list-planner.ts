/** One HPA's need of resource metrics in a window. */
export interface PodMetricsDemand {
  readonly namespace: string;
  /** Canonical selector text; null while it is not known, before the HPA's first sync. */
  readonly selector: string | null;
  /** How many pods the selector matches, or is thought to match. */
  readonly podCount: number;
}

/** How many pods there are to list. */
export interface PodCounts {
  inNamespace(namespace: string): number;
  readonly totalCount: number;
}

/** With which calls a window's demands are met: one for all, or by namespace where that is cheaper than by selector. */
export type ListPlan =
  | { readonly kind: 'cluster' }
  | { readonly kind: 'namespaces'; readonly wholeNamespaces: ReadonlySet<string> };

/** What one PodMetrics item weighs on the wire: 1.3 MB for 3,000 pods, measured on metrics-server. */
const POD_METRICS_BYTES = 430;

/**
 * What one call weighs beside its items, in bytes of the same cost: the aggregator's hop, authorization, audit. About
 * what a metrics-server spends on fifty pods.
 */
const CALL_BYTES = 20_000;

/**
 * Picks the cheapest way to meet all demands. One HPA in a namespace of 3,000 pods does not fetch them all; 5,000 HPAs
 * alone in their namespaces do not make 5,000 calls.
 */
export function planLists(demands: readonly PodMetricsDemand[], pods: PodCounts, canListCluster: boolean): ListPlan {
  const wholeNamespaces = new Set<string>();
  let costBytes = 0;
  for (const [namespace, demand] of groupByNamespace(demands)) {
    const wholeBytes = listBytes(pods.inNamespace(namespace));
    const bySelectorBytes = selectorBytes(demand);
    if (wholeBytes <= bySelectorBytes) wholeNamespaces.add(namespace);
    costBytes += Math.min(wholeBytes, bySelectorBytes);
  }
  if (canListCluster && listBytes(pods.totalCount) < costBytes) return { kind: 'cluster' };
  return { kind: 'namespaces', wholeNamespaces };
}

function listBytes(podCount: number): number {
  return CALL_BYTES + podCount * POD_METRICS_BYTES;
}

/** The cost of one call for each different selector; unknown selectors are taken to differ. */
function selectorBytes(demands: readonly PodMetricsDemand[]): number {
  const known = new Set<string>();
  let bytes = 0;
  for (const demand of demands) {
    if (demand.selector !== null) {
      if (known.has(demand.selector)) continue;
      known.add(demand.selector);
    }
    bytes += listBytes(demand.podCount);
  }
  return bytes;
}

function groupByNamespace(demands: readonly PodMetricsDemand[]): ReadonlyMap<string, readonly PodMetricsDemand[]> {
  return Map.groupBy(demands, (demand) => demand.namespace);
}
