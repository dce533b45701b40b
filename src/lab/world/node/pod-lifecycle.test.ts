import { expect, test } from 'vitest';
import { formatRfc3339 } from '../../../base/rfc3339.ts';
import type { Pod } from '../objects.ts';
import type { Reconciliation } from '../write.ts';
import { reconcilePod, STARTUP_DELAY_ANNOTATION } from './pod-lifecycle.ts';

const BORN_AT_MS = Date.parse('2026-01-01T00:00:00Z');
const at = (second: number): string => formatRfc3339(BORN_AT_MS + second * 1000);

const PLACED: Pod = {
  metadata: { namespace: 'default', name: 'web', uid: 'u', creationTimestamp: at(0) },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: at(0) }] },
};

const slow: Pod = { ...PLACED, metadata: { ...PLACED.metadata, annotations: { [STARTUP_DELAY_ANNOTATION]: '20s' } } };

function running(pod: Pod, startedSecond: number, isReady: boolean): Pod {
  const state = { running: { startedAt: at(startedSecond) } };
  const status = { name: 'c', image: 'i', imageID: '', ready: isReady, restartCount: 0, state };
  const ready = { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: at(startedSecond) };
  const conditions = [...(pod.status?.conditions ?? []), ready];
  return { ...pod, status: { phase: 'Running', conditions, containerStatuses: [status] } };
}

/** What is written, shortly, and when to look again. */
function summary({ writes, wakeAtMs }: Reconciliation): string {
  const texts = writes.map((write) => {
    if (write.kind === 'delete') return `delete, grace ${write.gracePeriodSeconds}`;
    if (write.kind !== 'patch') return write.kind;
    const { phase, conditions } = write.body['status'] as NonNullable<Pod['status']>;
    const ready = conditions?.find(({ type }) => type === 'Ready');
    return `${phase}, ready ${ready?.status} since ${ready?.lastTransitionTime?.slice(17, 19)}`;
  });
  const wake = wakeAtMs === undefined ? [] : [`again at ${(wakeAtMs - BORN_AT_MS) / 1000}`];
  return [...texts, ...wake].join('; ');
}

const leaving = (pod: Pod, graceSeconds: number): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: at(10 + graceSeconds), deletionGracePeriodSeconds: graceSeconds },
});

test.each<[why: string, pod: Pod, second: number, expected: string]>([
  ['without a node nothing starts', { ...PLACED, spec: { containers: [] } }, 5, ''],
  ['a container takes a second to start', PLACED, 0, 'again at 1'],
  ['without a start-up delay it is ready at once', PLACED, 1, 'Running, ready True since 01'],
  ['with one it runs first', slow, 1, 'Running, ready False since 01; again at 21'],
  ['and is looked at again', running(slow, 1, false), 7, 'again at 21'],
  ['then it is ready', running(slow, 1, false), 21, 'Running, ready True since 21'],
  ['a ready pod stays so', running(slow, 1, true), 60, ''],
  [
    'a probe delays readiness too',
    {
      ...PLACED,
      spec: { ...PLACED.spec, containers: [{ name: 'c', image: 'i', readinessProbe: { initialDelaySeconds: 3 } }] },
    },
    1,
    'Running, ready False since 01; again at 4',
  ],
  ['told to leave it takes a second', leaving(running(PLACED, 1, true), 30), 10, 'again at 11'],
  ['then it is gone', leaving(running(PLACED, 1, true), 30), 11, 'delete, grace 0'],
  ['without grace it goes at once', leaving(running(PLACED, 1, true), 0), 10, 'delete, grace 0'],
  ['one that has ended stays as it is', { ...PLACED, status: { phase: 'Succeeded' } }, 60, ''],
])('%s', (_why, pod, second, expected) => {
  expect(
    summary(reconcilePod({ pod, nowMs: BORN_AT_MS + second * 1000, podIp: '10.244.0.1', hostIp: '127.0.10.1' })),
  ).toBe(expected);
});

test.each([
  ['Completed', 0, 'Succeeded'],
  ['Error', 130, 'Failed'],
])('a process that ends as %s', (reason, exitCode, phase) => {
  const exit = { atMs: BORN_AT_MS + 9_000, exitCode };
  const { writes } = reconcilePod({
    pod: running(PLACED, 1, true),
    nowMs: BORN_AT_MS + 9_000,
    exit,
    podIp: '10.244.0.1',
    hostIp: '127.0.10.1',
  });
  expect(writes).toMatchObject([
    {
      body: {
        status: {
          phase,
          containerStatuses: [
            { ready: false, state: { terminated: { exitCode, reason, startedAt: at(1), finishedAt: at(9) } } },
          ],
        },
      },
    },
  ]);
});
