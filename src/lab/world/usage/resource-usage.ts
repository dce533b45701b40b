import { Failure } from '../../../base/failure.ts';
import { matchesSelector, parseSelector, type Selector } from '../../../base/label-selector.ts';
import type { NodeMetrics, PodMetrics, ResourceMetricsSource } from '../../../metrics/source/port.ts';
import { type Node, namespaceOf, type Pod } from '../objects.ts';
import { SCRAPE_PERIOD_MS, type UsageSample, type UsageSamples, usageTexts } from './usage-samples.ts';

export interface ResourceUsageInput {
  pods(): Iterable<Pod>;
  nodes(): Iterable<Node>;
  readonly samples: Pick<UsageSamples, 'sampleOf' | 'scrapedAtMs'>;
}

/** What a node uses beside its pods. */
export const NODE_CPU_NANO = 120_000_000;
export const NODE_MEMORY_BYTES = 900 * 1024 * 1024;

/** The world's usage as metrics-server serves it: running pods that have a sample, and every node. */
export function createResourceUsage(input: ResourceUsageInput): ResourceMetricsSource {
  return {
    async listPods({ namespace, labelSelector }) {
      const selector = readSelector(labelSelector);
      const found: PodMetrics[] = [];
      for (const pod of input.pods()) {
        if (namespace !== null && namespaceOf(pod) !== namespace) continue;
        if (pod.status?.phase !== 'Running' || !matchesSelector(selector, pod.metadata.labels)) continue;
        const sample = input.samples.sampleOf(`${namespaceOf(pod)}/${pod.metadata.name}`);
        if (sample !== undefined) found.push(podMetrics(pod, sample));
      }
      return found;
    },
    async listNodes({ labelSelector }) {
      const selector = readSelector(labelSelector);
      const pods = [...input.pods()];
      return [...input.nodes()]
        .filter((node) => matchesSelector(selector, node.metadata.labels))
        .flatMap((node) => nodeMetrics(node, pods, input.samples));
    },
  };
}

function podMetrics(pod: Pod, sample: UsageSample): PodMetrics {
  return {
    namespace: namespaceOf(pod),
    name: pod.metadata.name,
    labels: pod.metadata.labels ?? {},
    atMs: sample.atMs,
    windowMs: sample.windowMs,
    // The first container does the work; those beside it are idle.
    containers: pod.spec.containers.map(({ name }, index) => ({
      name,
      usage: usageTexts(index === 0 ? sample : { cpuNano: 0, memoryBytes: 0 }),
    })),
  };
}

/** A node's sample is the sum of its pods' and its own; none before the first scrape. */
function nodeMetrics(node: Node, pods: readonly Pod[], samples: ResourceUsageInput['samples']): readonly NodeMetrics[] {
  if (samples.scrapedAtMs === undefined) return [];
  const used = pods
    .filter((pod) => pod.spec.nodeName === node.metadata.name && pod.status?.phase === 'Running')
    .flatMap((pod) => samples.sampleOf(`${namespaceOf(pod)}/${pod.metadata.name}`) ?? []);
  const usage = usageTexts({
    cpuNano: used.reduce((sum, sample) => sum + sample.cpuNano, NODE_CPU_NANO),
    memoryBytes: used.reduce((sum, sample) => sum + sample.memoryBytes, NODE_MEMORY_BYTES),
  });
  const { name, labels = {} } = node.metadata;
  return [{ name, labels, atMs: samples.scrapedAtMs, windowMs: SCRAPE_PERIOD_MS, usage }];
}

function readSelector(text: string): Selector {
  const result = parseSelector(text);
  if (result.kind === 'invalid') throw new Failure('invalid', result.message);
  return result.selector;
}
