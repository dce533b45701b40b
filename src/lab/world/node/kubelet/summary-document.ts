import { parseQuantity, quantityToNumber } from '../../../../base/quantity.ts';
import { formatRfc3339 } from '../../../../base/rfc3339.ts';
import { namespaceOf } from '../../objects.ts';
import type { CgroupSample, NodeUsage, PodUsageOnNode } from './node-usage.ts';

/**
 * `/stats/summary`, also the short form that metrics-server up to 0.5 reads (`?only_cpu_and_memory=true`). The plant knows
 * CPU and memory only, so that both are the same: what is not known is absent, never 0.
 */
export function summaryDocument({ node, sample, pods }: NodeUsage, bootedAtMs: number): unknown {
  const memoryBytesMax = bytesOf(node.status?.allocatable?.['memory']);
  return {
    node: {
      nodeName: node.metadata.name,
      startTime: formatRfc3339(bootedAtMs),
      ...(sample === undefined ? {} : usageOf(sample, memoryBytesMax)),
    },
    pods: pods.map(podDocument),
  };
}

function podDocument({ pod, sample, containers }: PodUsageOnNode): unknown {
  const { name, uid = '' } = pod.metadata;
  return {
    podRef: { name, namespace: namespaceOf(pod), uid },
    startTime: formatRfc3339(sample.startedAtMs),
    containers: containers.map((container) => {
      const limit = pod.spec.containers.find((each) => each.name === container.name)?.resources?.limits?.['memory'];
      return {
        name: container.name,
        startTime: formatRfc3339(container.sample.startedAtMs),
        ...usageOf(container.sample, bytesOf(limit)),
      };
    }),
    ...usageOf(sample, undefined),
  };
}

function usageOf({ atMs, cpuNs, cpuNanocores, memoryBytes }: CgroupSample, memoryBytesMax: number | undefined) {
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
    swap: { time, swapAvailableBytes: 0, swapUsageBytes: 0 },
  };
}

function bytesOf(text: string | undefined): number | undefined {
  const quantity = parseQuantity(text ?? '');
  return quantity === undefined ? undefined : quantityToNumber(quantity);
}
