import { formatRfc3339 } from '../../../base/rfc3339.ts';
import { PODS, type Pod } from '../objects.ts';
import type { PodRun, RunningContainer, WaitingContainer } from '../runtime/container-runtime.ts';
import { hasEnded } from '../workload/pod-state.ts';
import { deletionOf, type Reconciliation, statusPatchOf, type Write } from '../write.ts';
import { conditions, containerStatus, endedStatus, runningStatus, startupDelayMs } from './pod-lifecycle.ts';

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
  const isTold = containers.every(({ name, reason }) =>
    known?.some((status) => status.name === name && status.state['waiting']?.['reason'] === reason),
  );
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
  const told = containers.flatMap(({ message }) => (message === undefined ? [] : [failureNote(pod, message)]));
  return [statusPatchOf(PODS, pod, status), ...told];
}

function failureNote(pod: Pod, message: string): Write {
  const aboutKind = { apiVersion: 'v1', kind: 'Pod' };
  return {
    kind: 'event',
    event: { about: pod, aboutKind, type: 'Warning', reason: 'Failed', message, source: 'kubelet' },
  };
}

function runningWrites(input: PodRunInput, containers: readonly RunningContainer[]): Reconciliation {
  const { pod, nowMs } = input;
  const newestStartAtMs = Math.max(...containers.map(({ startedAtMs }) => startedAtMs));
  const readyAtMs = newestStartAtMs + startupDelayMs(pod);
  const isEachUp = containers.every(({ isUp }) => isUp);
  const isReady = isEachUp && nowMs >= readyAtMs;
  const wake = isEachUp && !isReady ? { wakeAtMs: readyAtMs } : {};
  const containerStatuses = pod.spec.containers.map((container) => {
    const running = containers.find(({ name }) => name === container.name);
    const startedAt = formatRfc3339(running?.startedAtMs ?? nowMs);
    const status = containerStatus(pod, container, { running: { startedAt } }, isReady);
    return { ...status, restartCount: running?.restartCount ?? 0 };
  });
  const isTold =
    pod.status?.phase === 'Running' &&
    containerStatuses.every((wanted) => {
      const status = pod.status?.containerStatuses?.find(({ name }) => name === wanted.name);
      return (
        status?.ready === wanted.ready &&
        status.state['running']?.['startedAt'] === wanted.state['running']?.['startedAt']
      );
    });
  if (isTold) return { writes: [], ...wake };
  return { writes: [statusPatchOf(PODS, pod, { ...runningStatus(input, isReady), containerStatuses })], ...wake };
}
