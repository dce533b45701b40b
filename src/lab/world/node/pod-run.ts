import { formatDuration } from '../../../base/duration.ts';
import { formatRfc3339 } from '../../../base/rfc3339.ts';
import { type Container, type ContainerStatus, namespaceOf, PODS, type Pod } from '../objects.ts';
import type { PodRun, RunningContainer, WaitingContainer } from '../runtime/container-runtime.ts';
import { hasEnded } from '../workload/pod-state.ts';
import { deletionOf, type Reconciliation, statusPatchOf, type Write } from '../write.ts';
import {
  conditions,
  containerStatus,
  endedStatus,
  runningStatus,
  startupDelayMs,
  terminatedState,
} from './pod-lifecycle.ts';

export interface PodRunInput {
  readonly pod: Pod;
  readonly nowMs: number;
  readonly podIp: string;
  /** The node's. */
  readonly hostIp: string;
  readonly run: Exclude<PodRun, { kind: 'timed' }>;
}

/**
 * What the kubelet of a pod writes about containers that its runtime really runs: why they wait, since when they run,
 * that they are ready, how they ended; and the pod's removal when they are gone.
 */
export function reconcileRun(input: PodRunInput): Reconciliation {
  const { pod, run } = input;
  if (pod.metadata.deletionTimestamp !== undefined) {
    return { writes: run.kind === 'stopped' ? [deletionOf(PODS, pod, 0)] : [] };
  }
  if (hasEnded(pod)) return { writes: [] };
  switch (run.kind) {
    case 'stopped':
      return { writes: [] };
    case 'ended':
      return { writes: [statusPatchOf(PODS, pod, endedStatus(input, run.exit))] };
    case 'waiting':
      return { writes: waitingWrites(input, run.containers) };
    case 'running':
      return runningWrites(input, run.containers);
  }
}

function waitingWrites({ pod, nowMs }: PodRunInput, containers: readonly WaitingContainer[]): readonly Write[] {
  const known = pod.status?.containerStatuses;
  const isTold = containers.every(({ name, reason, message }) => {
    const told = known?.find((status) => status.name === name)?.state['waiting'];
    return told?.['reason'] === reason && (message === undefined || told['message'] === message);
  });
  if (isTold) return [];
  const nowText = formatRfc3339(nowMs);
  const containerStatuses = pod.spec.containers.map((container) => {
    const waiting = containers.find(({ name }) => name === container.name);
    const { reason = 'ContainerCreating', message } = waiting ?? {};
    const state = { waiting: { reason, ...(message !== undefined && { message }) } };
    return { ...containerStatus(pod, container, state, false), containerID: '', imageID: '' };
  });
  const status = {
    phase: 'Pending',
    startTime: pod.status?.startTime ?? nowText,
    conditions: conditions(pod, nowText, {
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'False',
      ContainersReady: 'False',
      PodScheduled: 'True',
    }),
    containerStatuses,
  };
  const told = containers.flatMap(({ reason, message }) => {
    const noted = reason === 'ContainerCreating' ? 'FailedMount' : 'Failed';
    return message === undefined ? [] : [kubeletNote(pod, noted, message)];
  });
  return [statusPatchOf(PODS, pod, status), ...told];
}

function kubeletNote(pod: Pod, reason: string, message: string): Write {
  const aboutKind = { apiVersion: 'v1', kind: 'Pod' };
  return { kind: 'event', event: { about: pod, aboutKind, type: 'Warning', reason, message, source: 'kubelet' } };
}

function runningWrites(input: PodRunInput, containers: readonly RunningContainer[]): Reconciliation {
  const { pod, nowMs } = input;
  const newestStartAtMs = Math.max(...containers.map(({ startedAtMs }) => startedAtMs));
  const readyAtMs = newestStartAtMs + startupDelayMs(pod);
  const isEachUp = containers.every(({ isUp }) => isUp);
  const isReady = isEachUp && nowMs >= readyAtMs;
  const wake = isEachUp && !isReady ? { wakeAtMs: readyAtMs } : {};
  const containerStatuses = pod.spec.containers.map((container) =>
    statusOfRunning(
      input,
      container,
      containers.find(({ name }) => name === container.name),
      isReady,
    ),
  );
  const isTold =
    pod.status?.phase === 'Running' &&
    containerStatuses.every((wanted) =>
      isSame(
        pod.status?.containerStatuses?.find(({ name }) => name === wanted.name),
        wanted,
      ),
    );
  if (isTold) return { writes: [], ...wake };
  const status = { ...runningStatus(input, isReady), containerStatuses };
  return { writes: [statusPatchOf(PODS, pod, status), ...backoffNotes(pod, containerStatuses)], ...wake };
}

function statusOfRunning(
  { pod, nowMs }: PodRunInput,
  container: Container,
  running: RunningContainer | undefined,
  isReady: boolean,
): ContainerStatus {
  const { startedAtMs = nowMs, restartCount = 0, lastEnd, backoffMs } = running ?? {};
  const state =
    backoffMs === undefined
      ? { running: { startedAt: formatRfc3339(startedAtMs) } }
      : {
          waiting: {
            reason: BACKOFF_REASON,
            message: `back-off ${formatDuration(backoffMs)} restarting failed container=${container.name} pod=${fullNameOf(pod)}`,
          },
        };
  const status = { ...containerStatus(pod, container, state, isReady), restartCount };
  return lastEnd === undefined ? status : { ...status, lastState: { terminated: terminatedState(lastEnd) } };
}

function isSame(status: ContainerStatus | undefined, wanted: ContainerStatus): boolean {
  return (
    status?.ready === wanted.ready &&
    status.restartCount === wanted.restartCount &&
    status.state['running']?.['startedAt'] === wanted.state['running']?.['startedAt'] &&
    status.state['waiting']?.['message'] === wanted.state['waiting']?.['message']
  );
}

const BACKOFF_REASON = 'CrashLoopBackOff';

/** As kubelets tell of a container that keeps falling. */
function backoffNotes(pod: Pod, statuses: readonly ContainerStatus[]): readonly Write[] {
  return statuses
    .filter(({ state }) => state['waiting']?.['reason'] === BACKOFF_REASON)
    .map(({ name }) =>
      kubeletNote(pod, 'BackOff', `Back-off restarting failed container ${name} in pod ${fullNameOf(pod)}`),
    );
}

/** `web-5d4f_default(uid)` */
function fullNameOf(pod: Pod): string {
  return `${pod.metadata.name}_${namespaceOf(pod)}(${pod.metadata.uid})`;
}
