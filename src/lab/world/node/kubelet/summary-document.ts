import { parseQuantity, quantityToNumber } from '../../../../base/quantity.ts';
import { formatRfc3339 } from '../../../../base/rfc3339.ts';
import { namespaceOf } from '../../objects.ts';
import type { CgroupSample, NodeUsage, PodUsageOnNode } from './node-usage.ts';

export interface SummaryOptions {
  /** Epoch ms. */
  readonly bootedAtMs: number;
  /** `?only_cpu_and_memory=true`, the form that metrics-server up to 0.5 reads. */
  readonly isShort: boolean;
}

/** What of a node's own usage its daemons have, as shares of it. */
const DAEMONS = [
  { name: 'kubelet', share: 0.4 },
  { name: 'runtime', share: 0.35 },
] as const;

/**
 * `/stats/summary`. The plant knows CPU and memory only; nodes have no swap. What is not known is absent, never 0. The short
 * form leaves out everything but CPU and memory.
 */
export function summaryDocument({ node, sample, ofPods, pods }: NodeUsage, options: SummaryOptions): unknown {
  const { bootedAtMs, isShort } = options;
  const memoryBytesMax = bytesOf(node.status?.allocatable?.['memory']);
  const startTime = formatRfc3339(bootedAtMs);
  const daemons = sample === undefined || ofPods === undefined ? [] : systemContainers(sample, ofPods);
  return {
    node: {
      nodeName: node.metadata.name,
      ...(daemons.length === 0
        ? {}
        : {
            systemContainers: daemons.map(({ name, sample: of }) => ({
              name,
              startTime,
              ...usageOf(of, undefined, true),
            })),
          }),
      startTime,
      ...(sample === undefined ? {} : usageOf(sample, memoryBytesMax, isShort)),
    },
    pods: pods.map((pod) => podDocument(pod, isShort)),
  };
}

/** The cgroups that a kubelet tells of beside its pods': `pods` is all of them together. */
function systemContainers(node: CgroupSample, ofPods: CgroupSample): readonly { name: string; sample: CgroupSample }[] {
  const part = (whole: number | undefined, pods: number | undefined, share: number): number =>
    Math.max(0, Math.floor(((whole ?? 0) - (pods ?? 0)) * share));
  const daemons = DAEMONS.map(({ name, share }) => ({
    name,
    sample: {
      ...node,
      cpuNs: part(node.cpuNs, ofPods.cpuNs, share),
      cpuNanocores: node.cpuNanocores === undefined ? undefined : part(node.cpuNanocores, ofPods.cpuNanocores, share),
      memoryBytes: part(node.memoryBytes, ofPods.memoryBytes, share),
    },
  }));
  return [...daemons, { name: 'pods', sample: ofPods }];
}

function podDocument({ pod, sample, containers }: PodUsageOnNode, isShort: boolean): unknown {
  const { name, uid = '' } = pod.metadata;
  return {
    podRef: { name, namespace: namespaceOf(pod), uid },
    startTime: formatRfc3339(sample.startedAtMs),
    containers: containers.map((container) => {
      const limit = pod.spec.containers.find((each) => each.name === container.name)?.resources?.limits?.['memory'];
      return {
        name: container.name,
        startTime: formatRfc3339(container.sample.startedAtMs),
        ...usageOf(container.sample, bytesOf(limit), isShort),
      };
    }),
    ...usageOf(sample, undefined, isShort),
  };
}

function usageOf(
  { atMs, cpuNs, cpuNanocores, memoryBytes }: CgroupSample,
  memoryBytesMax: number | undefined,
  isShort: boolean,
) {
  const time = formatRfc3339(atMs);
  return {
    cpu: {
      time,
      ...(cpuNanocores === undefined ? {} : { usageNanoCores: cpuNanocores }),
      usageCoreNanoSeconds: cpuNs,
    },
    memory: {
      time,
      ...(memoryBytesMax === undefined ? {} : { availableBytes: Math.max(0, memoryBytesMax - memoryBytes) }),
      usageBytes: memoryBytes,
      workingSetBytes: memoryBytes,
      rssBytes: memoryBytes,
    },
    ...(isShort ? {} : { swap: { time, swapAvailableBytes: 0, swapUsageBytes: 0 } }),
  };
}

function bytesOf(text: string | undefined): number | undefined {
  const quantity = parseQuantity(text ?? '');
  return quantity === undefined ? undefined : quantityToNumber(quantity);
}
