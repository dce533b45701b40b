import { createServer } from 'node:https';
import { listenOnLoopback } from '../support/loopback-server.ts';

/** What a pod's container has used by one sample. */
export interface ContainerSample {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly startedAtMs: number;
  readonly cpuSeconds: number;
  readonly memoryBytes: number;
}

/** What a kubelet has measured at one instant. */
export interface KubeletSample {
  readonly atMs: number;
  readonly nodeCpuSeconds: number;
  readonly nodeMemoryBytes: number;
  readonly containers: readonly ContainerSample[];
}

export interface KubeletStub {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves `/metrics/resource` over TLS as a kubelet does, to whoever shows a bearer token: the first sample to a token's
 * first scrape, the second ever after, so that two scrapers hold the same two points. Without samples it answers 500.
 */
export async function startKubeletStub(
  pair: { readonly cert: string; readonly key: string },
  samples: readonly [KubeletSample, KubeletSample] | undefined,
): Promise<KubeletStub> {
  const hasScraped = new Set<string>();
  const server = createServer(pair, (incoming, outgoing) => {
    const token = incoming.headers.authorization ?? '';
    const answer = (status: number, body: string): void => {
      outgoing.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
      outgoing.end(body);
    };
    if (!token.startsWith('Bearer ')) return answer(401, 'Unauthorized');
    if (incoming.url !== '/metrics/resource') return answer(404, '404 page not found\n');
    if (samples === undefined) return answer(500, 'the runtime is down\n');
    const sample = samples[hasScraped.has(token) ? 1 : 0];
    hasScraped.add(token);
    return answer(200, exposition(sample));
  });
  return listenOnLoopback(server);
}

function exposition({ atMs, nodeCpuSeconds, nodeMemoryBytes, containers }: KubeletSample): string {
  const labels = ({ container, namespace, pod }: ContainerSample): string =>
    `{container="${container}",namespace="${namespace}",pod="${pod}"}`;
  const family = (name: string, type: string, lines: readonly string[]): string[] => [
    `# HELP ${name} [STABLE] ${name}`,
    `# TYPE ${name} ${type}`,
    ...lines.map((line) => `${name}${line}`),
  ];
  return [
    ...family(
      'container_cpu_usage_seconds_total',
      'counter',
      containers.map((each) => `${labels(each)} ${each.cpuSeconds} ${atMs}`),
    ),
    ...family(
      'container_memory_working_set_bytes',
      'gauge',
      containers.map((each) => `${labels(each)} ${each.memoryBytes.toExponential()} ${atMs}`),
    ),
    ...family(
      'container_start_time_seconds',
      'gauge',
      containers.map((each) => `${labels(each)} ${each.startedAtMs / 1000}`),
    ),
    ...family('node_cpu_usage_seconds_total', 'counter', [` ${nodeCpuSeconds} ${atMs}`]),
    ...family('node_memory_working_set_bytes', 'gauge', [` ${nodeMemoryBytes} ${atMs}`]),
    ...family('node_swap_usage_bytes', 'gauge', [` 0 ${atMs}`]),
    ...family('resource_scrape_error', 'gauge', [' 0']),
    '',
  ].join('\n');
}
