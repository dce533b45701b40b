import { formatDuration } from '../../base/duration.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import { nodeTexts, podTexts } from './metrics-text.ts';
import { writeNodeMetrics, writePodMetrics } from './protobuf.ts';
import type { BackwardMessage } from './protobuf-message.ts';

/** One kind of `metrics.k8s.io`, and what can be made of its objects. */
export interface MetricsKind<Item extends PodMetrics | NodeMetrics> {
  readonly kind: 'PodMetrics' | 'NodeMetrics';
  /** Without `kind` and `apiVersion`, which items of lists do not have. `nowText` is the time of the request. */
  toObject(item: Item, nowText: string): object;
  /** The objects of a list as `jsonText` writes them. */
  toTexts(items: readonly Item[], nowText: string): Iterable<string>;
  /** One entry a container, or the node's. */
  usagesOf(item: Item): readonly Readonly<Record<string, string>>[];
  /** The object in protobuf, its last field first. */
  write(message: BackwardMessage, item: Item, nowMs: number): void;
}

export const NODE_METRICS: MetricsKind<NodeMetrics> = {
  kind: 'NodeMetrics',
  toObject: (node, nowText) => ({ metadata: metadataOf(node, nowText), ...sampleOf(node), usage: node.usage }),
  toTexts: nodeTexts,
  usagesOf: (node) => [node.usage],
  write: writeNodeMetrics,
};

export const POD_METRICS: MetricsKind<PodMetrics> = {
  kind: 'PodMetrics',
  toObject: (pod, nowText) => ({
    metadata: metadataOf(pod, nowText),
    ...sampleOf(pod),
    containers: pod.containers.map(({ name, usage }) => ({ name, usage })),
  }),
  toTexts: podTexts,
  usagesOf: (pod) => pod.containers.map((container) => container.usage),
  write: writePodMetrics,
};

/** `creationTimestamp` is the time of the request: the object is made for it. */
export function metadataOf(of: PodMetrics | NodeMetrics, nowText: string): object {
  const hasLabels = Object.keys(of.labels).length > 0;
  return {
    name: of.name,
    ...('namespace' in of ? { namespace: of.namespace } : {}),
    creationTimestamp: nowText,
    ...(hasLabels ? { labels: of.labels } : {}),
  };
}

/** A pod of which no container has a rate has no instant either: Go's zero time, which is null on the wire. */
function sampleOf(of: PodMetrics | NodeMetrics) {
  return { timestamp: of.atMs === ZERO_TIME_MS ? null : formatRfc3339(of.atMs), window: formatDuration(of.windowMs) };
}
