import { parseDuration } from '../../../base/duration.ts';
import { formatRfc3339, parseRfc3339 } from '../../../base/rfc3339.ts';
import { type Condition, type Container, type ContainerStatus, PODS, type Pod } from '../objects.ts';
import type { ContainerEnd } from '../runtime/container-runtime.ts';
import { hasEnded, readyCondition } from '../workload/pod-state.ts';
import { deletionOf, type Reconciliation, statusPatchOf } from '../write.ts';

/** From the pod template: how long its container takes from running to ready, a Go duration such as `20s`. */
export const STARTUP_DELAY_ANNOTATION = 'podtide.dev/startup-delay';

/** From a node to running: the image is there, the container starts. */
const START_MS = 1_000;
/** Containers leave this long after they are told to, if the grace period lasts that long. */
const STOP_MS = 1_000;

export interface PodInput {
  readonly pod: Pod;
  readonly nowMs: number;
  /** When its main process ended of itself, and how; undefined while it runs. */
  readonly exit?: { readonly atMs: number; readonly exitCode: number } | undefined;
  readonly podIp: string;
  /** Of its node. */
  readonly hostIp: string;
}

/**
 * What the kubelet of its node does about a pod that has one: starts it, makes it ready after its start-up delay, ends
 * it, and removes it when it has stopped. Instants are read off the pod itself, so that a restart of the world loses
 * nothing.
 */
export function reconcilePod(input: PodInput): Reconciliation {
  const { pod, nowMs, exit } = input;
  if (!pod.spec.nodeName) return { writes: [] };
  if (pod.metadata.deletionTimestamp !== undefined) return stop(pod, nowMs);
  if (hasEnded(pod)) return { writes: [] };
  if (exit !== undefined) return { writes: [statusPatchOf(PODS, pod, endedStatus(input, exit))] };

  const scheduledAtMs = conditionAtMs(pod, 'PodScheduled') ?? bornAtMs(pod);
  const runningAtMs = scheduledAtMs + START_MS;
  if (nowMs < runningAtMs) return { writes: [], wakeAtMs: runningAtMs };
  // Whole seconds on the wire: a pod that ran since 12.4 s says 12 s, and is asked again from there.
  const readyAtMs = Math.max(runningAtMs, (runningSinceMs(pod) ?? runningAtMs) + startupDelayMs(pod));
  const isReadyNow = nowMs >= readyAtMs;
  const isRunning = pod.status?.phase === 'Running';
  const wasReady = readyCondition(pod)?.status === 'True';
  if (isRunning && wasReady) return { writes: [] };
  const writes = !isRunning || isReadyNow ? [statusPatchOf(PODS, pod, runningStatus(input, isReadyNow))] : [];
  return isReadyNow ? { writes } : { writes, wakeAtMs: readyAtMs };
}

function stop(pod: Pod, nowMs: number): Reconciliation {
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  const deadlineAtMs = parseRfc3339(pod.metadata.deletionTimestamp ?? '') ?? nowMs;
  const stoppedAtMs = deadlineAtMs - graceMs + Math.min(graceMs, STOP_MS);
  if (nowMs < stoppedAtMs) return { writes: [], wakeAtMs: stoppedAtMs };
  return { writes: [deletionOf(PODS, pod, 0)] };
}

/** From running to ready. */
export function startupDelayMs(pod: Pod): number {
  const annotated = parseDuration(pod.metadata.annotations?.[STARTUP_DELAY_ANNOTATION] ?? '');
  const probed = pod.spec.containers.map((container) => container.readinessProbe?.initialDelaySeconds ?? 0);
  return annotated ?? Math.max(0, ...probed) * 1000;
}

function bornAtMs(pod: Pod): number {
  return parseRfc3339(pod.metadata.creationTimestamp ?? '') ?? 0;
}

function conditionAtMs(pod: Pod, type: string): number | undefined {
  const condition = pod.status?.conditions?.find((candidate) => candidate.type === type && candidate.status === 'True');
  return condition === undefined ? undefined : parseRfc3339(condition.lastTransitionTime ?? '');
}

function runningSinceMs(pod: Pod): number | undefined {
  const startedAt = pod.status?.containerStatuses?.[0]?.state['running']?.['startedAt'];
  return typeof startedAt === 'string' ? parseRfc3339(startedAt) : undefined;
}

/** The status of a pod whose containers run since it says so. */
export function runningStatus(
  { pod, nowMs, podIp, hostIp }: Omit<PodInput, 'exit'>,
  isReadyNow: boolean,
): Readonly<Record<string, unknown>> {
  const nowText = formatRfc3339(nowMs);
  const startedAtMs = runningSinceMs(pod) ?? nowMs;
  const startedAt = formatRfc3339(startedAtMs);
  return {
    phase: 'Running',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    startTime: pod.status?.startTime ?? nowText,
    conditions: conditions(pod, nowText, {
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: isReadyNow ? 'True' : 'False',
      ContainersReady: isReadyNow ? 'True' : 'False',
      PodScheduled: 'True',
    }),
    containerStatuses: pod.spec.containers.map((container) =>
      containerStatus(pod, container, { running: { startedAt } }, isReadyNow),
    ),
  };
}

/** The status of a pod whose main process ended. */
export function endedStatus(
  { pod, nowMs, podIp }: Omit<PodInput, 'exit' | 'hostIp'>,
  exit: { readonly atMs: number; readonly exitCode: number },
): Readonly<Record<string, unknown>> {
  const nowText = formatRfc3339(nowMs);
  const terminated = terminatedState({ ...exit, startedAtMs: runningSinceMs(pod) ?? exit.atMs });
  const { startedAt } = terminated;
  const gone = exit.exitCode === 0 ? { reason: 'PodCompleted' } : {};
  return {
    phase: exit.exitCode === 0 ? 'Succeeded' : 'Failed',
    podIP: podIp,
    podIPs: [{ ip: podIp }],
    startTime: pod.status?.startTime ?? startedAt,
    conditions: conditions(pod, nowText, {
      PodReadyToStartContainers: 'False',
      Initialized: 'True',
      Ready: 'False',
      ContainersReady: 'False',
      PodScheduled: 'True',
    }).map((condition) => (condition.status === 'False' ? { ...condition, ...gone } : condition)),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(pod, container, { terminated }, false)),
  };
}

/** How a container's life ended, as its status tells it. */
export function terminatedState({ startedAtMs, atMs, exitCode }: ContainerEnd) {
  return {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: formatRfc3339(startedAtMs),
    finishedAt: formatRfc3339(atMs),
  };
}

/** The conditions of a pod, each keeping the time of its last transition while its status stays. */
export function conditions(
  pod: Pod,
  nowText: string,
  statuses: Readonly<Record<string, 'True' | 'False'>>,
): readonly Condition[] {
  return Object.entries(statuses).map(([type, status]) => {
    const before = pod.status?.conditions?.find((candidate) => candidate.type === type);
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? nowText) : nowText;
    const why = status === 'False' && type.endsWith('Ready') ? NOT_READY : {};
    return { type, status, lastProbeTime: null, lastTransitionTime, ...why };
  });
}

const NOT_READY = { reason: 'ContainersNotReady', message: 'containers with unready status' };

/** One container's part of a pod's status. */
export function containerStatus(
  pod: Pod,
  container: Container,
  state: ContainerStatus['state'],
  isReady: boolean,
): ContainerStatus {
  return {
    name: container.name,
    image: container.image,
    imageID: `${container.image}@sha256:lab`,
    containerID: `lab://${pod.metadata.uid ?? pod.metadata.name}/${container.name}`,
    ready: isReady,
    started: state['running'] !== undefined,
    restartCount: 0,
    state,
  };
}
