import { parseQuantity, quantityToNumber } from '../../../../base/quantity.ts';
import { namespaceOf } from '../../objects.ts';
import type { Family, Series } from './exposition.ts';
import type { CgroupSample, NodeUsage, PodUsageOnNode } from './node-usage.ts';

type Labels = Readonly<Record<string, string>>;

/** A cgroup as cAdvisor shows it: the root, a pod as a whole (its container's name is empty), or a container. */
interface Cgroup {
  readonly labels: Labels;
  readonly sample: CgroupSample;
  readonly cpuMilliMax: number | undefined;
  readonly memoryBytesMax: number | undefined;
}

const CPU_PERIOD_US = 100_000;
const SHARES_PER_CORE = 1024;
const SHARES_MIN = 2;

/**
 * `/metrics/cadvisor`, as far as the lab's plant knows: CPU, memory, limits and the machine. It knows nothing of files,
 * networks and throttling, so that their families are not there.
 */
export function cadvisorFamilies(usage: NodeUsage): readonly Family[] {
  const cgroups = [...rootOf(usage), ...usage.pods.flatMap(cgroupsOf)];
  const sampled = (read: (sample: CgroupSample) => number, labels: Labels = {}): readonly Series[] =>
    cgroups.map((each) => ({
      labels: { ...each.labels, ...labels },
      value: read(each.sample),
      atMs: each.sample.atMs,
    }));
  const memory = sampled(({ memoryBytes }) => memoryBytes);
  return [
    counter(
      'container_cpu_usage_seconds_total',
      'Cumulative cpu time consumed in seconds.',
      sampled(({ cpuNs }) => cpuNs / 1e9, { cpu: 'total' }),
    ),
    gauge(
      'container_last_seen',
      'Last time a container was seen by the exporter',
      sampled(({ atMs }) => Math.floor(atMs / 1000)),
    ),
    gauge('container_memory_rss', 'Size of RSS in bytes.', memory),
    gauge(
      'container_memory_usage_bytes',
      'Current memory usage in bytes, including all memory regardless of when it was accessed',
      memory,
    ),
    gauge('container_memory_working_set_bytes', 'Current working set in bytes.', memory),
    gauge('container_scrape_error', '1 if there was an error while getting container metrics, 0 otherwise', [
      { value: 0 },
    ]),
    ...specFamilies(cgroups),
    ...machineFamilies(usage),
  ];
}

function specFamilies(cgroups: readonly Cgroup[]): readonly Family[] {
  const all = (read: (cgroup: Cgroup) => number | undefined): readonly Series[] =>
    cgroups.flatMap((cgroup) => {
      const value = read(cgroup);
      return value === undefined ? [] : [{ labels: cgroup.labels, value }];
    });
  return [
    gauge(
      'container_spec_cpu_period',
      'CPU period of the container.',
      all(() => CPU_PERIOD_US),
    ),
    gauge(
      'container_spec_cpu_quota',
      'CPU quota of the container.',
      all(({ cpuMilliMax }) => (cpuMilliMax === undefined ? undefined : (cpuMilliMax * CPU_PERIOD_US) / 1000)),
    ),
    gauge(
      'container_spec_cpu_shares',
      'CPU share of the container.',
      all(({ cpuMilliMax = 0 }) => Math.max(SHARES_MIN, Math.floor((cpuMilliMax * SHARES_PER_CORE) / 1000))),
    ),
    gauge(
      'container_spec_memory_limit_bytes',
      'Memory limit for the container.',
      all(({ memoryBytesMax = 0 }) => memoryBytesMax),
    ),
    gauge(
      'container_start_time_seconds',
      'Start time of the container since unix epoch in seconds.',
      all(({ sample }) => Math.floor(sample.startedAtMs / 1000)),
    ),
  ];
}

function machineFamilies({ node }: NodeUsage): readonly Family[] {
  const labels = { boot_id: '', machine_id: '', system_uuid: '' };
  const capacity = (name: string): readonly Series[] => {
    const value = quantityOf(node.status?.allocatable?.[name]);
    return value === undefined ? [] : [{ labels, value }];
  };
  return [
    gauge('machine_cpu_cores', 'Number of logical CPU cores.', capacity('cpu')),
    gauge('machine_memory_bytes', 'Amount of memory installed on the machine.', capacity('memory')),
  ];
}

function rootOf({ sample }: NodeUsage): readonly Cgroup[] {
  const labels = { container: '', id: '/', image: '', name: '', namespace: '', pod: '' };
  return sample === undefined ? [] : [{ labels, sample, cpuMilliMax: undefined, memoryBytesMax: undefined }];
}

function cgroupsOf({ pod, sample, containers }: PodUsageOnNode): readonly Cgroup[] {
  const id = `/kubepods/pod${pod.metadata.uid ?? ''}`;
  const ofPod = { namespace: namespaceOf(pod), pod: pod.metadata.name };
  const limits = pod.spec.containers.map(({ resources }) => ({
    cpuMilliMax: milliOf(resources?.limits?.['cpu']),
    memoryBytesMax: quantityOf(resources?.limits?.['memory']),
  }));
  return [
    {
      labels: { ...ofPod, container: '', id, image: '', name: '' },
      sample,
      cpuMilliMax: sumOf(limits.map(({ cpuMilliMax }) => cpuMilliMax)),
      memoryBytesMax: sumOf(limits.map(({ memoryBytesMax }) => memoryBytesMax)),
    },
    ...containers.map(({ name, image, containerId, sample: ofContainer }) => {
      const index = pod.spec.containers.findIndex((container) => container.name === name);
      const labels = { ...ofPod, container: name, id: `${id}/${containerId}`, image, name: containerId };
      const { cpuMilliMax, memoryBytesMax } = limits[index] ?? {};
      return { labels, sample: ofContainer, cpuMilliMax, memoryBytesMax };
    }),
  ];
}

/** A pod is limited only when each of its containers is. */
function sumOf(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((sum, value) => (sum === undefined || value === undefined ? undefined : sum + value), 0);
}

function milliOf(text: string | undefined): number | undefined {
  const cores = quantityOf(text);
  return cores === undefined ? undefined : cores * 1000;
}

function quantityOf(text: string | undefined): number | undefined {
  const quantity = parseQuantity(text ?? '');
  return quantity === undefined ? undefined : quantityToNumber(quantity);
}

function counter(name: string, help: string, series: readonly Series[]): Family {
  return { name, help, type: 'counter', series };
}

function gauge(name: string, help: string, series: readonly Series[]): Family {
  return { name, help, type: 'gauge', series };
}
