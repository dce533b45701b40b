import { parseRfc3339 } from '../../../../base/rfc3339.ts';
import type { Node, Pod } from '../../objects.ts';
import { keyOf } from '../../traffic/scene.ts';
import type { MeterReading } from '../../usage/meter-record.ts';
import { MOMENT_PERIOD_MS, type MomentReading } from '../../usage/momentary-meters.ts';
import { CGROUP_LEAD_MS, lastSamples } from './cgroup-clock.ts';

/** What pods and nodes have used: the load generation's meters. */
export interface Meters {
  /** Up to when they can be read. */
  readableToMs(): number;
  podAt(podKey: string, atMs: number): MeterReading | undefined;
  nodeAt(nodeName: string, atMs: number): MeterReading | undefined;
  /**
   * The last sample of a pod that shows the usage of the moment: null before its first, undefined for every other pod.
   * Left out where no pod does.
   */
  momentOf?(podKey: string): MomentReading | null | undefined;
}

/** A cgroup as cAdvisor last saw it. */
export interface CgroupSample {
  readonly atMs: number;
  readonly startedAtMs: number;
  readonly cpuNs: number;
  /** Rate since the sample before; undefined for the first. */
  readonly cpuNanocores: number | undefined;
  readonly memoryBytes: number;
}

export interface ContainerUsage {
  readonly name: string;
  readonly image: string;
  readonly containerId: string;
  readonly sample: CgroupSample;
}

export interface PodUsageOnNode {
  readonly pod: Pod;
  /** The whole pod, pause container included. */
  readonly sample: CgroupSample;
  readonly containers: readonly ContainerUsage[];
}

/** Everything that a kubelet's pages show, as of one instant. */
export interface NodeUsage {
  readonly node: Node;
  /** Undefined within the first seconds of the node. */
  readonly sample: CgroupSample | undefined;
  /** All pods of the node together, those that are gone included, at the same instant. */
  readonly ofPods: CgroupSample | undefined;
  /** Pods of which at least one container has been seen, in order of namespace and name. */
  readonly pods: readonly PodUsageOnNode[];
}

export interface NodeUsageInput {
  readonly node: Node;
  readonly bootedAtMs: number;
  /** Of the node. */
  readonly pods: readonly Pod[];
  readonly meters: Meters;
  /** Of the instants of samples. */
  readonly seed: number;
}

/** What a node uses beside its pods. */
const NODE_CPU_MILLI = 120;
const NODE_MEMORY_BYTES = 900 * 1024 * 1024;
/** What a container beside the first costs: metrics-server takes a pod for broken whose container has no memory. */
const IDLE_CONTAINER_CPU_MILLI = 0.1;
const IDLE_CONTAINER_MEMORY_BYTES = 1024 * 1024;
/** What holds the pod's namespaces: it used this once, while it started. */
const PAUSE_CPU_NS = 20_000_000;
const PAUSE_MEMORY_BYTES = 512 * 1024;
const NS_PER_MILLI_MS = 1_000;

type Counter = (atMs: number) => { readonly cpuNs: number; readonly memoryBytes: number };

/** Reads what runs on a node off the meters, each cgroup as of its own last sample. */
export function readNodeUsage(input: NodeUsageInput): NodeUsage {
  const { node, bootedAtMs, meters } = input;
  const nowMs = meters.readableToMs();
  const { name } = node.metadata;
  const ofPods: Counter = (atMs) => meters.nodeAt(name, atMs) ?? { cpuNs: 0, memoryBytes: 0 };
  const ofNode: Counter = (atMs) => ({
    cpuNs: ofPods(atMs).cpuNs + NODE_CPU_MILLI * NS_PER_MILLI_MS * (atMs - bootedAtMs),
    memoryBytes: ofPods(atMs).memoryBytes + NODE_MEMORY_BYTES,
  });
  // One cgroup is read of both, so that what is left between them is the node's own.
  const cgroup = { name: `/${name}`, startedAtMs: bootedAtMs };
  return {
    node,
    sample: sampleOf(input, { ...cgroup, counter: ofNode }, nowMs),
    ofPods: sampleOf(input, { ...cgroup, counter: ofPods }, nowMs),
    pods: input.pods
      .filter((pod) => pod.status?.phase === 'Running')
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .flatMap((pod) => podUsage(input, pod, nowMs) ?? []),
  };
}

function podUsage(input: NodeUsageInput, pod: Pod, nowMs: number): PodUsageOnNode | undefined {
  const moment = input.meters.momentOf?.(keyOf(pod));
  if (moment === null) return undefined;
  const running = pod.spec.containers.flatMap((container, index) => {
    const status = pod.status?.containerStatuses?.find((each) => each.name === container.name);
    const processAtMs = parseRfc3339(String(status?.state['running']?.['startedAt'] ?? ''));
    if (status === undefined || processAtMs === undefined) return [];
    const startedAtMs = processAtMs - CGROUP_LEAD_MS;
    const counter = index === 0 ? mainCounter(input, pod, moment) : idleCounter(processAtMs);
    const isMomentary = index === 0 && moment !== undefined;
    return [{ container, status, startedAtMs, counter, moment: isMomentary ? moment : undefined }];
  });
  const uid = pod.metadata.uid ?? pod.metadata.name;
  const containers = running.flatMap(({ container, status, ...cgroup }) => {
    const sample = sampleOf(input, { ...cgroup, name: `${uid}/${container.name}` }, nowMs);
    const containerId = (status.containerID ?? '').replace(/^\w+:\/\//, '');
    return sample === undefined ? [] : [{ name: container.name, image: container.image, containerId, sample }];
  });
  const startedAtMs = parseRfc3339(pod.status?.startTime ?? '') ?? running[0]?.startedAtMs;
  if (containers.length === 0 || startedAtMs === undefined) return undefined;
  const counter: Counter = (atMs) => {
    const parts = running.map((each) => each.counter(atMs));
    return {
      cpuNs: parts.reduce((sum, part) => sum + part.cpuNs, PAUSE_CPU_NS),
      memoryBytes: parts.reduce((sum, part) => sum + part.memoryBytes, PAUSE_MEMORY_BYTES),
    };
  };
  const sample = sampleOf(input, { name: uid, startedAtMs, counter, moment }, nowMs);
  return sample === undefined ? undefined : { pod, sample, containers };
}

/** The first container does the work. */
function mainCounter({ meters }: NodeUsageInput, pod: Pod, moment: MomentReading | undefined): Counter {
  if (moment === undefined) return (atMs) => meters.podAt(keyOf(pod), atMs) ?? { cpuNs: 0, memoryBytes: 0 };
  const { cpuNs, cpuNanocores, memoryBytes } = moment;
  return (atMs) => ({
    cpuNs: Math.max(0, cpuNs - (cpuNanocores / 1000) * (moment.atMs - atMs)),
    memoryBytes,
  });
}

/** Those beside the first idle. */
function idleCounter(startedAtMs: number): Counter {
  return (atMs) => ({
    cpuNs: IDLE_CONTAINER_CPU_MILLI * NS_PER_MILLI_MS * Math.max(0, atMs - startedAtMs),
    memoryBytes: IDLE_CONTAINER_MEMORY_BYTES,
  });
}

interface Cgroup {
  /** Of the instants of its samples. */
  readonly name: string;
  readonly startedAtMs: number;
  readonly counter: Counter;
  /** Given, it was sampled at that moment and the stretch before it. */
  readonly moment?: MomentReading | undefined;
}

function sampleOf({ seed }: NodeUsageInput, cgroup: Cgroup, nowMs: number): CgroupSample | undefined {
  const { name, startedAtMs, counter, moment } = cgroup;
  const instants =
    moment === undefined
      ? lastSamples(seed, `${name}@${startedAtMs}`, startedAtMs, nowMs)
      : { atMs: moment.atMs, beforeMs: moment.atMs - MOMENT_PERIOD_MS };
  if (instants === undefined) return undefined;
  const { atMs, beforeMs } = instants;
  const { cpuNs, memoryBytes } = counter(atMs);
  const cpuNanocores =
    beforeMs === undefined ? undefined : Math.trunc(((cpuNs - counter(beforeMs).cpuNs) * 1000) / (atMs - beforeMs));
  return { atMs, startedAtMs, cpuNs: Math.floor(cpuNs), cpuNanocores, memoryBytes };
}
