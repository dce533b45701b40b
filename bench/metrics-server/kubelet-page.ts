import { floatText } from '../../src/lab/world/node/kubelet/exposition.ts';
import { type ClusterSize, CONTAINERS, type PlacedPod, podsOfNode, usageMilli } from './measured-cluster.ts';

/** How far the counter of a probe's container jumps at a step: two thirds of a core over a window of 15 s. */
export const STEP_CPU_SECONDS = 10;

/** Long before any scrape, so that no container counts from its start. */
const AGE_MS = 3_600_000;
/** What had been used by the start of the measurement, so that counters have the digits of real ones. */
const USED_BEFORE_SECONDS = 20_000;

/** When the measurement began, and the instants at which the counter of the node's probe steps. */
export interface PageClock {
  readonly startAtMs: number;
  readonly nowMs: number;
  readonly stepsAtMs: readonly number[];
}

/**
 * `/metrics/resource` of a kubelet 1.36 with these pods, in its order of families; counters grow with time. Made anew at
 * each scrape: cheaper than to hold the pages of thousands of nodes.
 */
export function resourcePage(size: ClusterSize, node: number, clock: PageClock): string {
  const { startAtMs, nowMs } = clock;
  const elapsedSeconds = (nowMs - startAtMs) / 1000;
  const stepCount = clock.stepsAtMs.filter((atMs) => atMs <= nowMs).length;
  const pods = podsOfNode(size, node);
  const startedText = floatText((startAtMs - AGE_MS) / 1000);
  const cpu = (pod: PlacedPod, place: number, container: number): string => {
    const steppedSeconds = place === 0 && container === 0 ? stepCount * STEP_CPU_SECONDS : 0;
    const usedSeconds = elapsedSeconds * (container === 0 ? usageMilli(pod) / 1000 : 0.001);
    return (USED_BEFORE_SECONDS + usedSeconds + steppedSeconds).toFixed(6);
  };
  const memory = ({ index }: PlacedPod): string => floatText(20_000_000 + (index % 1000) * 4096);
  const ofPods = (name: string, value: (pod: PlacedPod, place: number) => string): readonly string[] =>
    pods.map((pod, place) => `${name}{namespace="${pod.namespace}",pod="${pod.name}"} ${value(pod, place)} ${nowMs}`);
  const ofContainers = (
    name: string,
    value: (pod: PlacedPod, place: number, container: number) => string,
    instant = ` ${nowMs}`,
  ): readonly string[] =>
    pods.flatMap((pod, place) =>
      CONTAINERS.map((container, index) => {
        const labels = `container="${container}",namespace="${pod.namespace}",pod="${pod.name}"`;
        return `${name}{${labels}} ${value(pod, place, index)}${instant}`;
      }),
    );
  const zero = (): string => '0';
  const families: Readonly<Record<string, readonly string[]>> = {
    container_cpu_usage_seconds_total: ofContainers('container_cpu_usage_seconds_total', cpu),
    container_memory_working_set_bytes: ofContainers('container_memory_working_set_bytes', memory),
    container_start_time_seconds: ofContainers('container_start_time_seconds', () => startedText, ''),
    container_swap_limit_bytes: ofContainers('container_swap_limit_bytes', zero),
    container_swap_usage_bytes: ofContainers('container_swap_usage_bytes', zero),
    node_cpu_usage_seconds_total: [
      `node_cpu_usage_seconds_total ${(USED_BEFORE_SECONDS + elapsedSeconds * 4).toFixed(6)} ${nowMs}`,
    ],
    node_memory_working_set_bytes: [`node_memory_working_set_bytes ${floatText(8_589_934_592 + node)} ${nowMs}`],
    node_swap_usage_bytes: [`node_swap_usage_bytes 0 ${nowMs}`],
    pod_cpu_usage_seconds_total: ofPods('pod_cpu_usage_seconds_total', (pod, place) => cpu(pod, place, 0)),
    pod_memory_working_set_bytes: ofPods('pod_memory_working_set_bytes', memory),
    pod_swap_usage_bytes: ofPods('pod_swap_usage_bytes', zero),
    resource_scrape_error: ['resource_scrape_error 0'],
  };
  const lines = Object.entries(families).flatMap(([name, samples]) => [
    `# HELP ${name} [STABLE] As a kubelet says it`,
    `# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`,
    ...samples,
  ]);
  return `${lines.join('\n')}\n`;
}
