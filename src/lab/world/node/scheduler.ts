import { parseQuantity, quantityToNumber } from '../../../base/quantity.ts';
import { formatRfc3339 } from '../../../base/rfc3339.ts';
import { type Node, namespaceOf, PODS, type Pod } from '../objects.ts';
import { hasEnded } from '../workload/pod-state.ts';
import { patchOf, type Reconciliation, statusPatchOf, type Write } from '../write.ts';

const ABOUT = { apiVersion: 'v1', kind: 'Pod' };

export interface SchedulingInput {
  readonly pod: Pod;
  readonly nodes: readonly Node[];
  /** Every pod that has a node. */
  readonly placed: readonly Pod[];
  readonly nowMs: number;
}

/** What pods ask for or a node has: cores, bytes, whatever else, and the number of pods. */
type Amounts = Readonly<Record<string, number>>;

/**
 * Gives a pod the node with the fewest pods among those whose allocatable resources hold its requests; nodes of equal
 * count by name. Without one the pod stays Pending and says why, as the real scheduler does.
 */
export function schedulePod(input: SchedulingInput): Reconciliation {
  const { pod, nodes, nowMs } = input;
  const isMine = (pod.spec.schedulerName ?? 'default-scheduler') === 'default-scheduler';
  if (pod.spec.nodeName || pod.metadata.deletionTimestamp !== undefined || hasEnded(pod) || !isMine)
    return { writes: [] };

  const wanted = requestsOf(pod);
  const reasons = new Map<string, number>();
  const fitting = nodes.flatMap((node) => {
    const there = input.placed.filter((other) => other.spec.nodeName === node.metadata.name && !hasEnded(other));
    const problem = nodeProblem(pod, node, wanted, there);
    if (problem === undefined) return [{ node, podCount: there.length }];
    reasons.set(problem, (reasons.get(problem) ?? 0) + 1);
    return [];
  });
  const best = fitting.toSorted(
    (a, b) => a.podCount - b.podCount || (a.node.metadata.name < b.node.metadata.name ? -1 : 1),
  )[0];
  if (best === undefined) return { writes: unschedulable(pod, nodes.length, reasons, nowMs) };
  const nodeName = best.node.metadata.name;
  const message = `Successfully assigned ${namespaceOf(pod)}/${pod.metadata.name} to ${nodeName}`;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: formatRfc3339(nowMs),
  };
  return {
    writes: [
      patchOf(PODS, pod, { spec: { nodeName } }),
      statusPatchOf(PODS, pod, { conditions: [scheduled] }),
      note(pod, 'Normal', 'Scheduled', message),
    ],
  };
}

/** What a pod asks for: the sum of its containers, or the largest init container if that is more; and one pod. */
export function requestsOf(pod: Pod): Amounts {
  const total: Record<string, number> = { pods: 1 };
  for (const container of pod.spec.containers) {
    for (const [name, amount] of amountsOf(container.resources?.requests)) total[name] = (total[name] ?? 0) + amount;
  }
  for (const container of pod.spec.initContainers ?? []) {
    for (const [name, amount] of amountsOf(container.resources?.requests)) {
      total[name] = Math.max(total[name] ?? 0, amount);
    }
  }
  return total;
}

function nodeProblem(pod: Pod, node: Node, wanted: Amounts, there: readonly Pod[]): string | undefined {
  if (node.spec?.unschedulable === true) return 'node(s) were unschedulable';
  const isReady = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  if (isReady !== true) return 'node(s) had untolerated taint(s)';
  const selector = Object.entries(pod.spec.nodeSelector ?? {});
  if (selector.some(([key, value]) => node.metadata.labels?.[key] !== value)) {
    return "node(s) didn't match Pod's node affinity/selector";
  }
  const used = there.map(requestsOf);
  for (const [name, amount] of Object.entries(wanted)) {
    const allocatable = amountOf(node.status?.allocatable?.[name]);
    const taken = used.reduce((sum, requests) => sum + (requests[name] ?? 0), 0);
    if (amount > 0 && taken + amount > allocatable) return name === 'pods' ? 'Too many pods' : `Insufficient ${name}`;
  }
  return undefined;
}

function unschedulable(
  pod: Pod,
  nodeCount: number,
  reasons: ReadonlyMap<string, number>,
  nowMs: number,
): readonly Write[] {
  const counted = [...reasons].sort(([a], [b]) => (a < b ? -1 : 1)).map(([reason, count]) => `${count} ${reason}`);
  const message = `0/${nodeCount} nodes are available: ${counted.join(', ')}.`;
  const before = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (before?.message === message) return [];
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason: 'Unschedulable',
    message,
    lastProbeTime: null,
    lastTransitionTime: before?.lastTransitionTime ?? formatRfc3339(nowMs),
  };
  return [statusPatchOf(PODS, pod, { conditions: [condition] }), note(pod, 'Warning', 'FailedScheduling', message)];
}

function note(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): Write {
  return { kind: 'event', event: { about: pod, aboutKind: ABOUT, type, reason, message, source: 'default-scheduler' } };
}

function amountsOf(texts: Readonly<Record<string, string>> | undefined): readonly (readonly [string, number])[] {
  return Object.entries(texts ?? {}).map(([name, text]) => [name, amountOf(text)] as const);
}

function amountOf(text: string | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(String(text));
  return quantity === undefined ? 0 : quantityToNumber(quantity);
}
