/**
 * What the usage of many pods costs: `node --expose-gc bench/usage-memory.ts [--nodes 5000] [--pods 30] [--containers 2]`.
 * Reads two answers of every node into the usage store, and says the bytes that stay for each pod and the CPU time of an
 * answer: the first of a node, and the next.
 */
import { parseArgs } from 'node:util';
import { readResourceText } from '../src/metrics/kubelet/resource-text.ts';
import { UsageStore } from '../src/metrics/kubelet/usage-store.ts';
import { resourceAnswer } from '../test/kubelet/resource-answer.ts';
import { numberFlag } from './number-flags.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '5000' },
    pods: { type: 'string', default: '30' },
    containers: { type: 'string', default: '2' },
  },
});
const nodeCount = numberFlag(values, 'nodes');
const podCount = numberFlag(values, 'pods');
const containerCount = numberFlag(values, 'containers');
if (globalThis.gc === undefined) throw new Error('needs --expose-gc');

const SCRAPE_COUNT = 2;
const store = new UsageStore({ resolutionMs: 15_000, staleAfterMs: 40_000, isStopped: () => false });
const heldBytes = (): number => {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};
const beforeBytes = heldBytes();
const readMs = [0, 0];
let textBytes = 0;
for (let scrape = 0; scrape < SCRAPE_COUNT; scrape += 1) {
  for (let node = 0; node < nodeCount; node += 1) {
    const bytes = Buffer.from(answerOf(node, scrape));
    textBytes += bytes.length;
    const nodeName = `node-${node}`;
    const startedUs = process.cpuUsage().user;
    const options = { nodeName, requestedAtMs: 0, layout: store.layoutOf(nodeName), names: store.names };
    store.store(nodeName, readResourceText(bytes, options), scrape * 15_000);
    readMs[scrape] = (readMs[scrape] ?? 0) + (process.cpuUsage().user - startedUs) / 1000;
  }
}
const perPodBytes = (heldBytes() - beforeBytes) / (nodeCount * podCount);
const [firstMs, nextMs] = readMs.map((ms) => (ms / nodeCount).toFixed(3));
const answerKib = (textBytes / SCRAPE_COUNT / nodeCount / 1024).toFixed(1);
console.log(
  `${nodeCount} nodes × ${podCount} pods × ${containerCount} containers: ${perPodBytes.toFixed(0)} bytes a pod; ` +
    `to read and store an answer of ${answerKib} KiB: ${firstMs} ms of CPU for the first of a node, ${nextMs} ms for the next`,
);
console.log(`rates of ${store.pointCounts().container} containers`);

function answerOf(node: number, scrape: number): string {
  const readings = Array.from({ length: podCount ?? 0 }, (_, pod) =>
    Array.from({ length: containerCount ?? 0 }, (_unused, container) => ({
      namespace: `team-${(node + pod) % 50}`,
      pod: `service-${pod}-${(node * 7919 + pod).toString(16).padStart(9, 'a')}-x${node}`,
      container: container === 0 ? 'app' : `sidecar-${container}`,
      cpuSeconds: 1000 + scrape * 3.123456789 + pod,
      memoryBytes: 50_000_000 + pod * 4096,
      startSeconds: 1_767_000_000.123,
      atSeconds: 1_767_320_000 + scrape * 15,
    })),
  );
  const usage = { cpuSeconds: 9000 + scrape * 10, memoryBytes: 2 ** 33, atSeconds: 1_767_320_000 + scrape * 15 };
  return resourceAnswer(readings.flat(), usage);
}
