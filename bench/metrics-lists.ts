/**
 * How long a list of 1,000 pods takes our serving layer, in each of its forms: from the request in process to the last byte,
 * median and 99th percentile of `--requests` (500), and its size. Prints one line for each form.
 */
import { parseArgs } from 'node:util';
import { createMetricsApis } from '../src/metrics/serve/metrics-apis.ts';
import type { PodMetrics } from '../src/metrics/source/port.ts';
import { numberFlag } from './number-flags.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '500' }, pods: { type: 'string', default: '1000' } },
});
const requestsCount = numberFlag(values, 'requests');
const podsCount = numberFlag(values, 'pods');
const nowMs = Date.now();

const pods: readonly PodMetrics[] = Array.from({ length: podsCount }, (_, index) => ({
  namespace: 'shop',
  name: `web-5d7f8c9b6d-${String(index).padStart(5, '0')}`,
  labels: { app: 'web', 'pod-template-hash': '5d7f8c9b6d', tier: 'front' },
  atMs: nowMs,
  windowMs: 15_004,
  containers: [
    { name: 'app', usage: { cpu: `${182_734_519 + index}n`, memory: `${12_240 + index}Ki` } },
    { name: 'sidecar', usage: { cpu: `${3_517 + index}n`, memory: '5Mi' } },
  ],
}));

const apis = createMetricsApis(
  { resource: { listPods: async () => pods, listNodes: async () => [] } },
  { nowMs: () => nowMs },
);

const FORMS = {
  JSON: { accept: 'application/json' },
  protobuf: { accept: 'application/vnd.kubernetes.protobuf' },
  'JSON, compressed': { accept: 'application/json', 'accept-encoding': 'gzip' },
  'rows in JSON': { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
} as const;

for (const [form, headers] of Object.entries(FORMS)) {
  const took: number[] = [];
  let bytes = 0;
  const startedCpu = process.cpuUsage();
  for (let count = 0; count < requestsCount; count += 1) {
    const startedMs = performance.now();
    const answer = await apis.handle(
      new Request('http://bench/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods', { headers }),
    );
    bytes = (await answer.arrayBuffer()).byteLength;
    took.push(performance.now() - startedMs);
  }
  const { user, system } = process.cpuUsage(startedCpu);
  took.sort((a, b) => a - b);
  const at = (fraction: number): string => (took[Math.floor(took.length * fraction)] ?? 0).toFixed(2);
  const cpuMs = ((user + system) / 1000 / requestsCount).toFixed(2);
  console.log(
    `${form}: ${podsCount} pods, ${(bytes / 1024).toFixed(0)} KiB, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, CPU ${cpuMs} ms`,
  );
}
