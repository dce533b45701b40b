import { expect, test } from 'vitest';
import { parseRfc3339 } from '../../../base/rfc3339.ts';
import type { Pod } from '../objects.ts';
import type { PodRun } from '../runtime/container-runtime.ts';
import { reconcileRun } from './pod-run.ts';

const START_AT_MS = parseRfc3339('2026-01-01T00:00:00Z') ?? 0;
const STARTED_AT = '2026-01-01T00:00:00Z';

function podWith(changes: { readonly metadata?: object; readonly status?: object } = {}): Pod {
  return {
    metadata: { namespace: 'default', name: 'web', uid: 'u', creationTimestamp: STARTED_AT, ...changes.metadata },
    spec: { nodeName: 'node-1', containers: [{ name: 'web', image: 'nginx' }] },
    status: { phase: 'Pending', ...changes.status },
  } as Pod;
}

const running = (isUp: boolean, restartCount = 0, startedAtMs = START_AT_MS): PodRun => ({
  kind: 'running',
  containers: [{ name: 'web', startedAtMs, restartCount, isUp }],
});

const shown = (startedAt: string, ready: boolean) => ({
  phase: 'Running',
  containerStatuses: [
    { name: 'web', image: '', imageID: '', ready, restartCount: 0, state: { running: { startedAt } } },
  ],
});

const fallen: PodRun = {
  kind: 'running',
  containers: [
    {
      name: 'web',
      startedAtMs: START_AT_MS,
      restartCount: 1,
      isUp: false,
      lastEnd: { startedAtMs: START_AT_MS, atMs: START_AT_MS + 500, exitCode: 2 },
      backoffMs: 10_000,
    },
  ],
};
const BACKOFF_TEXT = 'back-off 10s restarting failed container=web pod=web_default(u)';
const unmounted: PodRun = {
  kind: 'waiting',
  containers: [{ name: 'web', reason: 'ContainerCreating', message: 'serviceaccounts "web" not found' }],
};
const creating: PodRun = {
  kind: 'waiting',
  containers: [{ name: 'web', reason: 'ContainerCreating', message: undefined }],
};

const refused: PodRun = {
  kind: 'waiting',
  containers: [{ name: 'web', reason: 'ErrImagePull', message: 'no such image' }],
};

/** What is written, in short: phase, readiness, restarts, or the kind of write. */
function writesOf(pod: Pod, run: PodRun, afterMs = 1_000) {
  if (run.kind === 'timed') throw new Error('a timed pod has no run');
  const { writes, wakeAtMs } = reconcileRun({
    pod,
    nowMs: START_AT_MS + afterMs,
    podIp: '127.112.0.1',
    hostIp: '127.0.10.1',
    run,
  });
  const told = writes.map((write) => {
    if (write.kind === 'event') return `${write.event.reason}: ${write.event.message}`;
    if (write.kind !== 'patch') return write.kind;
    const { phase, containerStatuses } = write.body['status'] as NonNullable<Pod['status']>;
    const [status] = containerStatuses ?? [];
    const [state] = Object.keys(status?.state ?? {});
    return `${phase} ${state}${status?.ready ? ' ready' : ''} ×${status?.restartCount}`;
  });
  return wakeAtMs === undefined ? told : [...told, `again in ${(wakeAtMs - START_AT_MS - afterMs) / 1000} s`];
}

test.each<readonly [why: string, pod: Pod, run: PodRun, expected: readonly string[]]>([
  ['a process starts', podWith(), running(false), ['Running running ×0']],
  ['nothing new', podWith({ status: shown(STARTED_AT, false) }), running(false), []],
  ['it listens', podWith({ status: shown(STARTED_AT, false) }), running(true), ['Running running ready ×0']],
  [
    'it listens, and its probe waits for longer',
    podWith({
      metadata: { annotations: { 'podtide.dev/startup-delay': '20s' } },
      status: shown(STARTED_AT, false),
    }),
    running(true),
    ['again in 19 s'],
  ],
  [
    'it fell and waits to be started again',
    podWith({ status: shown(STARTED_AT, true) }),
    running(false),
    ['Running running ×0'],
  ],
  [
    'it was started again',
    podWith({ status: shown(STARTED_AT, false) }),
    running(true, 1, START_AT_MS + 1_000),
    ['Running running ready ×1'],
  ],
  [
    'it keeps falling, and waits for longer',
    podWith({ status: shown(STARTED_AT, false) }),
    fallen,
    ['Running waiting ×1', 'BackOff: Back-off restarting failed container web in pod web_default(u)'],
  ],
  [
    'which was told already',
    podWith({
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'web',
            image: '',
            imageID: '',
            ready: false,
            restartCount: 1,
            state: { waiting: { message: BACKOFF_TEXT } },
          },
        ],
      },
    }),
    fallen,
    [],
  ],
  ['it is being made', podWith(), creating, ['Pending waiting ×0']],
  [
    'its account is not there',
    podWith(),
    unmounted,
    ['Pending waiting ×0', 'FailedMount: serviceaccounts "web" not found'],
  ],
  [
    'its account is not there, and it was being made before',
    podWith({ status: { containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ContainerCreating' } } }] } }),
    unmounted,
    ['Pending waiting ×0', 'FailedMount: serviceaccounts "web" not found'],
  ],
  ['its image is unknown', podWith(), refused, ['Pending waiting ×0', 'Failed: no such image']],
  [
    'which was told already',
    podWith({
      status: {
        containerStatuses: [{ name: 'web', state: { waiting: { reason: 'ErrImagePull', message: 'no such image' } } }],
      },
    }),
    refused,
    [],
  ],
  [
    'it ended well',
    podWith(),
    { kind: 'ended', exit: { atMs: START_AT_MS, exitCode: 0 } },
    ['Succeeded terminated ×0'],
  ],
  ['it failed', podWith(), { kind: 'ended', exit: { atMs: START_AT_MS, exitCode: 1 } }, ['Failed terminated ×0']],
  ['it has failed before', podWith({ status: { phase: 'Failed' } }), running(true), []],
  [
    'told to go, it still answers what it was asked',
    podWith({ metadata: { deletionTimestamp: STARTED_AT } }),
    running(true),
    [],
  ],
  ['told to go, it is gone', podWith({ metadata: { deletionTimestamp: STARTED_AT } }), { kind: 'stopped' }, ['delete']],
])('%s', (_why, pod, run, expected) => {
  expect(writesOf(pod, run)).toEqual(expected);
});

test('a container that keeps falling says how it fell, and keeps saying so when it runs again', () => {
  const statusOf = (run: Exclude<PodRun, { kind: 'timed' }>) => {
    const input = { pod: podWith(), nowMs: START_AT_MS + 1_000, podIp: '127.112.0.1', hostIp: '127.0.10.1', run };
    const [write] = reconcileRun(input).writes;
    if (write?.kind !== 'patch') throw new Error('nothing is patched');
    return (write.body['status'] as NonNullable<Pod['status']>).containerStatuses?.[0];
  };
  const terminated = { exitCode: 2, reason: 'Error', startedAt: STARTED_AT, finishedAt: STARTED_AT };
  expect(statusOf(fallen)).toMatchObject({
    state: { waiting: { reason: 'CrashLoopBackOff', message: BACKOFF_TEXT } },
    lastState: { terminated },
    restartCount: 1,
    ready: false,
  });
  const again = fallen.kind === 'running' ? fallen.containers.map((each) => ({ ...each, backoffMs: undefined })) : [];
  expect(statusOf({ kind: 'running', containers: again })).toMatchObject({
    state: { running: { startedAt: STARTED_AT } },
    lastState: { terminated },
  });
});
