/** How large a cluster is. */
export interface ClusterSize {
  readonly nodeCount: number;
  readonly podsPerNodeCount: number;
}

/** A pod of the cluster, which its index says everything of. */
export interface PlacedPod {
  readonly index: number;
  readonly namespace: string;
  readonly name: string;
  readonly nodeName: string;
}

/** One of a few pods, each on another node, whose counters are stepped. */
export const PROBE_NAMESPACE = 'probes';
const PROBES_COUNT_MAX = 40;

/** The namespace that lists are measured with. */
export const LISTED_NAMESPACE = 'team-0';
const PODS_PER_NAMESPACE_COUNT = 1_000;

/** Of every pod: one that works and one beside it. */
export const CONTAINERS: readonly string[] = ['app', 'proxy'];

/** What the `app` container of a pod uses, in milli-CPU: below this whatever the pod. */
export const USAGE_MILLI_MAX = 250;

const HASH_FACTOR = 2_654_435_761;

export function nodeName(index: number): string {
  return `node-${String(index).padStart(4, '0')}`;
}

/** Every so-manieth node has a probe as its first pod. */
export function probeStride({ nodeCount }: ClusterSize): number {
  return Math.ceil(nodeCount / PROBES_COUNT_MAX);
}

/** The nodes that have a probe, by their index. */
export function probedNodes(size: ClusterSize): readonly number[] {
  const stride = probeStride(size);
  return Array.from({ length: Math.ceil(size.nodeCount / stride) }, (_, probe) => probe * stride);
}

/** The pods of one node, its probe first if it has one; all others are dealt out to namespaces of 1,000. */
export function podsOfNode(size: ClusterSize, node: number): readonly PlacedPod[] {
  const stride = probeStride(size);
  return Array.from({ length: size.podsPerNodeCount }, (_, place) => {
    const index = node * size.podsPerNodeCount + place;
    const isProbe = place === 0 && node % stride === 0;
    const probesBefore = Math.ceil((place === 0 ? node : node + 1) / stride);
    const namespace = isProbe
      ? PROBE_NAMESPACE
      : `team-${Math.floor((index - probesBefore) / PODS_PER_NAMESPACE_COUNT)}`;
    return { index, namespace, name: podName(index), nodeName: nodeName(node) };
  });
}

/** What the pod's `app` container uses all the time, in milli-CPU. */
export function usageMilli({ index }: PlacedPod): number {
  return 1 + (index % (USAGE_MILLI_MAX - 1));
}

/** As a ReplicaSet names its pods. */
function podName(index: number): string {
  const hash = (Math.floor(index / 3) * HASH_FACTOR).toString(36).slice(0, 10);
  return `web-${Math.floor(index / 3)}-${hash}-${index.toString(36).padStart(5, 'x')}`;
}
