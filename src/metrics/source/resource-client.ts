import { ApiFailure } from '../../platform/kube/api-failure.ts';
import { withQuery } from '../../platform/kube/resource-path.ts';
import type { HttpMetricsSourceOptions } from './http-source.ts';
import type { MissingCause, NodeMetrics, PodMetrics, ResourceMetricsSource, SoughtMetrics } from './port.ts';
import { readItems, readLabels, readQuantities, readTime, readWindow } from './wire.ts';

/** How `metrics.k8s.io` is asked. */
export interface ResourceClientOptions extends Pick<HttpMetricsSourceOptions, 'client' | 'deadlineMs'> {
  /** `v1beta1` when absent: the version that upstream's controller asks. */
  readonly version?: string;
}

/** The client of `metrics.k8s.io`. */
export function createResourceMetricsClient(options: ResourceClientOptions): Required<ResourceMetricsSource> {
  const { client, deadlineMs, version = 'v1beta1' } = options;
  const root = `/apis/metrics.k8s.io/${version}`;
  const get = (path: string, signal: AbortSignal): Promise<unknown> => client.getJson(path, { signal, deadlineMs });
  return {
    listPods: async ({ namespace, labelSelector }, signal) => {
      const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
      const answer = await get(withQuery(`${root}${scope}/pods`, { labelSelector }), signal);
      return readItems<WirePodMetrics>(answer, 'PodMetricsList').map(readPodMetrics);
    },
    listNodes: async ({ labelSelector }, signal) => {
      const answer = await get(withQuery(`${root}/nodes`, { labelSelector }), signal);
      return readItems<WireNodeMetrics>(answer, 'NodeMetricsList').map(readNodeMetrics);
    },
    findPod: ({ namespace, name }, signal) => {
      const path = `${root}/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
      return sought(async () => readPodMetrics((await get(path, signal)) as WirePodMetrics));
    },
    findNode: (name, signal) =>
      sought(async () =>
        readNodeMetrics((await get(`${root}/nodes/${encodeURIComponent(name)}`, signal)) as WireNodeMetrics),
      ),
  };
}

/** Servers name the metrics object that they do not have, or the pod or node that they do not know. */
async function sought<T>(read: () => Promise<T>): Promise<SoughtMetrics<T>> {
  try {
    return { kind: 'found', metrics: await read() };
  } catch (thrown) {
    if (!(thrown instanceof ApiFailure) || thrown.status !== 404) throw thrown;
    const { kind, causes } = (thrown.details ?? {}) as WireDetails;
    // Without details it is no object that was not found, but the API.
    if (kind === undefined) throw thrown;
    if (!kind.endsWith('metrics')) return { kind: 'absent' };
    return { kind: 'unsampled', causes: (causes ?? []).map(readCause) };
  }
}

interface WireDetails {
  readonly kind?: string;
  readonly causes?: readonly Partial<MissingCause>[] | null;
}

function readCause({ reason = '', message = '' }: Partial<MissingCause>): MissingCause {
  return { reason, message };
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
