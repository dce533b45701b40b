/**
 * What it costs a controller to learn the usage of a namespace: read in the process that measures it, as `podtide run`
 * does, or through a real API server's aggregation layer, as two deployments do. Times from the question to the numbers,
 * median and 99th percentile of `--requests` (200) for `--pods` (1000), and CPU of this process, which over HTTP is both the
 * metrics server's and the controller's; the API server's own comes on top. Prints one line for each way.
 */
import { parseArgs } from 'node:util';
import { startCluster } from '../scripts/cluster/cluster.ts';
import type { PodMetrics, ResourceMetricsSource } from '../src/metrics/source/port.ts';
import { createResourceMetricsClient } from '../src/metrics/source/resource-client.ts';
import { asReadOverHttp } from '../src/metrics/source/wire-rounding.ts';
import { kubeconfigAccess } from '../src/platform/kube/cluster-access.ts';
import { createKubeClient } from '../src/platform/kube/kube-client.ts';
import { createSocketTransport } from '../src/platform/kube/socket-transport.ts';
import { createSystemClock } from '../src/platform/time/system-clock.ts';
import { serveMetricsApi } from '../test/e2e/support/metrics-api.ts';
import { numberFlag } from './number-flags.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '200' }, pods: { type: 'string', default: '1000' } },
});
const requestsCount = numberFlag(values, 'requests');
const podsCount = numberFlag(values, 'pods');
const WARM_UP_COUNT = 20;
const DEADLINE_MS = 30_000;

const pods: readonly PodMetrics[] = Array.from({ length: podsCount }, (_, index) => ({
  namespace: 'shop',
  name: `web-5d7f8c9b6d-${String(index).padStart(5, '0')}`,
  labels: { app: 'web', 'pod-template-hash': '5d7f8c9b6d' },
  atMs: Date.now(),
  windowMs: 15_004,
  containers: [{ name: 'app', usage: { cpu: `${182_734_519 + index}n`, memory: `${12_240 + index}Ki` } }],
}));
const source: ResourceMetricsSource = { listPods: async () => pods, listNodes: async () => [] };

async function measure(way: string, from: ResourceMetricsSource): Promise<void> {
  const { signal } = new AbortController();
  const query = { namespace: 'shop', labelSelector: 'app=web' };
  for (let count = 0; count < WARM_UP_COUNT; count += 1) await from.listPods(query, signal);
  const took: number[] = [];
  const startedCpu = process.cpuUsage();
  for (let count = 0; count < requestsCount; count += 1) {
    const startedMs = performance.now();
    const found = await from.listPods(query, signal);
    took.push(performance.now() - startedMs);
    if (found.length !== podsCount) throw new Error(`${way}: ${found.length} pods instead of ${podsCount}`);
  }
  const { user, system } = process.cpuUsage(startedCpu);
  took.sort((a, b) => a - b);
  const at = (fraction: number): string => (took[Math.floor(took.length * fraction)] ?? 0).toFixed(2);
  const cpuMs = ((user + system) / 1000 / requestsCount).toFixed(2);
  console.log(`${way}: ${podsCount} pods, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, CPU ${cpuMs} ms`);
}

const cluster = await startCluster({ isApiServerAlone: true });
try {
  const served = await serveMetricsApi(cluster, source);
  const ioClock = createSystemClock();
  const access = await kubeconfigAccess({ paths: [cluster.kubeconfig], ioClock });
  const transport = createSocketTransport({ access, ioClock });
  const client = createKubeClient({ transport, ioClock, userAgent: 'podtide-bench' });
  await measure('in process', asReadOverHttp(source));
  await measure('aggregated', createResourceMetricsClient({ client, deadlineMs: DEADLINE_MS }));
  await transport.close();
  await served.stop();
} finally {
  await cluster.stop();
}
