import type { Api } from '../../../scripts/cluster/api.ts';
import type { PodMetrics, ResourceMetricsSource } from '../../../src/metrics/source/port.ts';

const MEMORY_USAGE = '64Mi';

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly namespace: string; readonly name: string; readonly labels?: Record<string, string> };
    readonly spec: { readonly containers: readonly { readonly name: string }[] };
    readonly status: {
      readonly phase?: string;
      readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    };
  }[];
}

/**
 * Usage as a load balancer makes it: a total that the ready pods of the cluster share evenly, in whole millicores as
 * the reference recording had it. Running pods that are not ready use nothing; pods that don't run yet are not listed.
 */
export class SharedLoad implements ResourceMetricsSource {
  /** CPU of all pods together. */
  totalMilli = 0;
  readonly #api: Api;
  readonly #windowMs: number;

  constructor(api: Api, options: { readonly windowMs: number }) {
    this.#api = api;
    this.#windowMs = options.windowMs;
  }

  async listPods(query: {
    readonly namespace: string | null;
    readonly labelSelector: string;
  }): Promise<readonly PodMetrics[]> {
    const scope = query.namespace === null ? '' : `/namespaces/${query.namespace}`;
    const path = `/api/v1${scope}/pods?labelSelector=${encodeURIComponent(query.labelSelector)}`;
    const pods = ((await this.#api.get(path)) as PodList).items.filter(({ status }) => status.phase === 'Running');
    const isReady = pods.map(({ status }) =>
      status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    const shareMilli = Math.round(this.totalMilli / Math.max(1, isReady.filter(Boolean).length));
    const atMs = Date.now();
    return pods.map(({ metadata, spec }, index) => ({
      namespace: metadata.namespace,
      name: metadata.name,
      labels: metadata.labels ?? {},
      atMs,
      windowMs: this.#windowMs,
      containers: spec.containers.map(({ name }, place) => ({
        name,
        usage: { cpu: place === 0 && isReady[index] ? `${shareMilli}m` : '0', memory: MEMORY_USAGE },
      })),
    }));
  }

  /** No test here asks for nodes. */
  async listNodes(): Promise<readonly never[]> {
    return [];
  }
}
