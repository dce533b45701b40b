import type { KubeObject } from '../../platform/kube/client.ts';

/** The parts of `v1 Node` that scraping looks at. */
export interface Node extends KubeObject {
  readonly status?: {
    readonly addresses?: readonly NodeAddress[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

/** `InternalIP`, `Hostname`, … and the address. */
export interface NodeAddress {
  readonly type: string;
  readonly address: string;
}

/** What a cache keeps of a node. */
export interface NodeEntry {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly NodeAddress[];
  /** `status.daemonEndpoints.kubeletEndpoint.Port`; null when it is absent or 0. */
  readonly statusPort: number | null;
  /** The annotation that simulators of nodes name another path by; null without it. */
  readonly metricsPath: string | null;
  readonly isReady: boolean;
}

/** The annotation whose value is the path of the node's resource metrics, as upstream knows it. */
export const METRICS_PATH_ANNOTATION = 'metrics.k8s.io/resource-metrics-path';

/** Projects nodes as the watch decodes them. */
export function projectNode(node: Node): NodeEntry {
  const { metadata, status } = node;
  const port = status?.daemonEndpoints?.kubeletEndpoint?.Port ?? 0;
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    addresses: (status?.addresses ?? []).map(({ type, address }) => ({ type, address })),
    statusPort: port === 0 ? null : port,
    metricsPath: metadata.annotations?.[METRICS_PATH_ANNOTATION] ?? null,
    isReady: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
  };
}
