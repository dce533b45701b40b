import { namespaceOf } from '../../objects.ts';
import type { Family, Series } from './exposition.ts';
import type { CgroupSample, ContainerUsage, NodeUsage, PodUsageOnNode } from './node-usage.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * `/metrics/resource` of a kubelet 1.36: what metrics-server reads. Every series carries the instant of its cgroup's last
 * sample, but the start times, which carry none. Nodes of the lab have no swap.
 */
export function resourceFamilies({ sample, pods }: NodeUsage): readonly Family[] {
  const nodes = sample === undefined ? [] : [{ labels: {}, sample }];
  const ofPods = pods.map((pod) => ({ labels: podLabels(pod), sample: pod.sample }));
  const containers = pods.flatMap((pod) =>
    pod.containers.map((container) => ({ labels: containerLabels(pod, container), sample: container.sample })),
  );
  return [
    ...usageFamilies('node', nodes),
    ...usageFamilies('pod', ofPods),
    ...usageFamilies('container', containers),
    {
      name: 'container_swap_limit_bytes',
      help: `[ALPHA] Current amount of the container swap limit in bytes. ${NOT_ON_WINDOWS}`,
      type: 'gauge',
      series: containers.map(({ labels, sample: { atMs } }) => ({ labels, value: 0, atMs })),
    },
    {
      name: 'container_start_time_seconds',
      help: '[STABLE] Start time of the container since unix epoch in seconds',
      type: 'gauge',
      series: containers.map(({ labels, sample: { startedAtMs } }) => ({ labels, value: startedAtMs / 1000 })),
    },
    {
      name: 'resource_scrape_error',
      help: '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
      type: 'gauge',
      series: [{ value: 0 }],
    },
  ];
}

const NOT_ON_WINDOWS = 'Reported only on non-windows systems';
const SWAP_SUBJECTS = {
  node: 'swap usage of the node',
  pod: 'amount of the pod swap usage',
  container: 'amount of the container swap usage',
};

interface Subject {
  readonly labels: Labels;
  readonly sample: CgroupSample;
}

function usageFamilies(what: 'node' | 'pod' | 'container', subjects: readonly Subject[]): readonly Family[] {
  const series = (read: (sample: CgroupSample) => number): readonly Series[] =>
    subjects.map(({ labels, sample }) => ({ labels, value: read(sample), atMs: sample.atMs }));
  return [
    {
      name: `${what}_cpu_usage_seconds_total`,
      help: `[STABLE] Cumulative cpu time consumed by the ${what} in core-seconds`,
      type: 'counter',
      series: series(({ cpuNs }) => cpuNs / 1e9),
    },
    {
      name: `${what}_memory_working_set_bytes`,
      help: `[STABLE] Current working set of the ${what} in bytes`,
      type: 'gauge',
      series: series(({ memoryBytes }) => memoryBytes),
    },
    {
      name: `${what}_swap_usage_bytes`,
      help: `[ALPHA] Current ${SWAP_SUBJECTS[what]} in bytes. ${NOT_ON_WINDOWS}`,
      type: 'gauge',
      series: series(() => 0),
    },
  ];
}

function podLabels({ pod }: PodUsageOnNode): Labels {
  return { namespace: namespaceOf(pod), pod: pod.metadata.name };
}

function containerLabels(pod: PodUsageOnNode, { name }: ContainerUsage): Labels {
  return { container: name, ...podLabels(pod) };
}
