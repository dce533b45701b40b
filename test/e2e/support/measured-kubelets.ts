import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { KeyPair } from '../../../src/platform/http/certificates.ts';
import { listenOnLoopback } from './loopback-server.ts';

/** What pods of one app use altogether, and each node. */
export interface MeasuredLoad {
  /** Milli-CPUs of all pods with the label `app`, shared equally. */
  readonly podMilliByApp: Map<string, number>;
  readonly nodeMilli: number;
}

/** Kubelets of all nodes of a cluster behind one port: each node's annotation names its path. */
export interface MeasuredKubelets {
  readonly port: number;
  /** What each refused scrape was refused for. */
  readonly refusals: readonly string[];
  stop(): Promise<void>;
}

const PATH_PREFIX = '/metrics/of/';
const POD_MEMORY_BYTES = 64 * 1024 * 1024;
const NODE_MEMORY_BYTES = 4 * 1024 * 1024 * 1024;
/** As cAdvisor, which has looked at everything some seconds before it is asked. */
const SAMPLE_PERIOD_MS = 5_000;

interface Pod {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly labels?: Record<string, string> };
  readonly spec: { readonly nodeName?: string; readonly containers: readonly { readonly name: string }[] };
  readonly status: { readonly phase?: string; readonly startTime?: string };
}

/**
 * Serves `/metrics/resource` of every node over TLS to whom the cluster lets: a bearer token by TokenReview, `get` on
 * `nodes/metrics` by SubjectAccessReview, as a kubelet with webhook authentication asks. Pods are those of the API server;
 * counters rise by what the load says.
 */
export async function startMeasuredKubelets(
  cluster: Cluster,
  pair: KeyPair,
  load: MeasuredLoad,
): Promise<MeasuredKubelets> {
  const refusals: string[] = [];
  const counters = new Counters();
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = incoming.url ?? '';
    const node = url.startsWith(PATH_PREFIX) ? url.slice(PATH_PREFIX.length) : '';
    const refusal = node === '' ? 404 : await refusalOf(cluster, incoming.headers.authorization, node);
    if (refusal !== undefined) {
      refusals.push(`${refusal} ${url}`);
      outgoing.writeHead(refusal).end();
      return;
    }
    const { items } = (await cluster.api.get('/api/v1/pods')) as { readonly items: readonly Pod[] };
    outgoing.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    outgoing.end(counters.page(node, items, load));
  };
  const server = createServer({ cert: pair.certificate, key: pair.privateKey }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch((error) => outgoing.writeHead(500).end(String(error)));
  });
  return {
    ...(await listenOnLoopback(server)),
    refusals,
  };
}

/** What a node's annotation must be for its kubelet to be found. */
export function kubeletPathAnnotation(node: string): string {
  return `metrics.k8s.io/resource-metrics-path=${PATH_PREFIX}${node}`;
}

async function refusalOf(cluster: Cluster, header: string | undefined, node: string): Promise<401 | 403 | undefined> {
  const [, token] = /^Bearer (.+)$/.exec(header ?? '') ?? [];
  if (token === undefined) return 401;
  const review = async (kind: string, group: string, spec: object) => {
    const body = { apiVersion: `${group}/v1`, kind, spec };
    return ((await cluster.api.post(`/apis/${group}/v1/${kind.toLowerCase()}s`, body)) as Review).status;
  };
  const { authenticated, user } = await review('TokenReview', 'authentication.k8s.io', { token });
  if (authenticated !== true || user === undefined) return 401;
  const resourceAttributes = { verb: 'get', version: 'v1', resource: 'nodes', subresource: 'metrics', name: node };
  const asked = { user: user.username, groups: user.groups ?? [], resourceAttributes };
  const { allowed } = await review('SubjectAccessReview', 'authorization.k8s.io', asked);
  return allowed === true ? undefined : 403;
}

interface Review {
  readonly status: {
    readonly authenticated?: boolean;
    readonly allowed?: boolean;
    readonly user?: { readonly username: string; readonly groups?: readonly string[] };
  };
}

/** Counters that rise between samples, by the load of the time. */
class Counters {
  readonly #seconds = new Map<string, { readonly atMs: number; readonly cpuSeconds: number }>();

  page(node: string, all: readonly Pod[], { podMilliByApp, nodeMilli }: MeasuredLoad): string {
    const atMs = Math.floor(Date.now() / SAMPLE_PERIOD_MS) * SAMPLE_PERIOD_MS;
    const running = all.filter(({ status }) => status.phase === 'Running');
    const lines = [
      `node_cpu_usage_seconds_total ${this.#cpuSeconds(`node ${node}`, nodeMilli, atMs)} ${atMs}`,
      `node_memory_working_set_bytes ${NODE_MEMORY_BYTES} ${atMs}`,
    ];
    for (const pod of running.filter(({ spec }) => spec.nodeName === node)) {
      const { namespace, name, labels = {} } = pod.metadata;
      const app = labels['app'] ?? '';
      const sharerCount = running.filter(({ metadata }) => metadata.labels?.['app'] === app).length;
      const milli = (podMilliByApp.get(app) ?? 1) / sharerCount / pod.spec.containers.length;
      for (const { name: container } of pod.spec.containers) {
        const series = `{container="${container}",namespace="${namespace}",pod="${name}"}`;
        const cpuSeconds = this.#cpuSeconds(series, milli, atMs);
        const startedAtMs = Date.parse(pod.status.startTime ?? '');
        if (startedAtMs >= atMs) continue;
        lines.push(
          `container_cpu_usage_seconds_total${series} ${cpuSeconds} ${atMs}`,
          `container_memory_working_set_bytes${series} ${POD_MEMORY_BYTES} ${atMs}`,
          `container_start_time_seconds${series} ${startedAtMs / 1000}`,
        );
      }
    }
    return `${lines.join('\n')}\nresource_scrape_error 0\n`;
  }

  #cpuSeconds(series: string, milli: number, atMs: number): number {
    const before = this.#seconds.get(series) ?? { atMs: atMs - 60_000, cpuSeconds: 0 };
    const cpuSeconds = before.cpuSeconds + (milli / 1000) * ((atMs - before.atMs) / 1000);
    this.#seconds.set(series, { atMs, cpuSeconds });
    return cpuSeconds;
  }
}
