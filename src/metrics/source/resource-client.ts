import { withQuery } from '../../platform/kube/resource-path.ts';
import type { HttpMetricsSourceOptions } from './http-source.ts';
import type { NodeMetrics, PodMetrics, ResourceMetricsSource } from './port.ts';
import { readItems, readLabels, readQuantities, readTime, readWindow } from './wire.ts';

const ROOT = '/apis/metrics.k8s.io/v1beta1';

/** The client of `metrics.k8s.io/v1beta1`, the version that upstream's controller asks too. */
export function createResourceMetricsClient(
  options: Pick<HttpMetricsSourceOptions, 'client' | 'deadlineMs'>,
): ResourceMetricsSource {
  const { client, deadlineMs } = options;
  return {
    listPods: async ({ namespace, labelSelector }, signal) => {
      const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
      const answer = await client.getJson(withQuery(`${ROOT}${scope}/pods`, { labelSelector }), { signal, deadlineMs });
      return readItems<WirePodMetrics>(answer, 'PodMetricsList').map(readPodMetrics);
    },
    listNodes: async ({ labelSelector }, signal) => {
      const answer = await client.getJson(withQuery(`${ROOT}/nodes`, { labelSelector }), { signal, deadlineMs });
      return readItems<WireNodeMetrics>(answer, 'NodeMetricsList').map(readNodeMetrics);
    },
  };
}

interface WireMetadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>> | null;
}

interface WirePodMetrics {
  readonly metadata?: WireMetadata;
  readonly timestamp?: string;
  readonly window?: string;
  readonly containers?: readonly { readonly name?: string; readonly usage?: unknown }[] | null;
}

interface WireNodeMetrics {
  readonly metadata?: WireMetadata;
  readonly timestamp?: string;
  readonly window?: string;
  readonly usage?: unknown;
}

function readPodMetrics(item: WirePodMetrics): PodMetrics {
  return {
    namespace: item.metadata?.namespace ?? '',
    name: item.metadata?.name ?? '',
    labels: readLabels(item.metadata?.labels),
    atMs: readTime(item.timestamp),
    windowMs: readWindow(item.window),
    containers: (item.containers ?? []).map(({ name, usage }) => ({ name: name ?? '', usage: readQuantities(usage) })),
  };
}

function readNodeMetrics(item: WireNodeMetrics): NodeMetrics {
  return {
    name: item.metadata?.name ?? '',
    labels: readLabels(item.metadata?.labels),
    atMs: readTime(item.timestamp),
    windowMs: readWindow(item.window),
    usage: readQuantities(item.usage),
  };
}
