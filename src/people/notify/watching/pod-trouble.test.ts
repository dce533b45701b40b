import { describe, expect, test } from 'vitest';
import { type PodStanding, standingOf, type WatchedPod } from './pod-trouble.ts';

type Status = WatchedPod['status'];

const RUNNING = { running: {} };
const UNREADY = {
  type: 'Ready',
  status: 'False',
  reason: 'ContainersNotReady',
  message: 'containers with unready status: [app]',
};

function waiting(reason: string, message?: string) {
  return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
}

const CASES: readonly (readonly [why: string, status: Status, expected: PodStanding])[] = [
  [
    'a pod that serves',
    { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    { isActive: true, isReady: true, trouble: null },
  ],
  ['nothing is known yet', undefined, { isActive: true, isReady: false, trouble: null }],
  [
    'ended pods neither serve nor are in trouble',
    { phase: 'Failed', conditions: [{ type: 'Ready', status: 'True' }] },
    { isActive: false, isReady: false, trouble: null },
  ],
  [
    'no node has room',
    {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: 3 Insufficient cpu.',
        },
      ],
    },
    {
      isActive: true,
      isReady: false,
      trouble: { podName: 'web-0', cause: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient cpu.' },
    },
  ],
  [
    'a claim that is not bound keeps it from a node, and is the cause that helps',
    {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message: '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
        },
      ],
    },
    {
      isActive: true,
      isReady: false,
      trouble: {
        podName: 'web-0',
        cause: 'VolumePending',
        message: '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.',
      },
    },
  ],
  [
    'an image that is not there, although an earlier container only waits',
    {
      phase: 'Pending',
      conditions: [UNREADY],
      containerStatuses: [
        { name: 'sidecar', state: waiting('ContainerCreating') },
        { name: 'app', state: waiting('ImagePullBackOff', 'Back-off pulling image "app:9"') },
      ],
    },
    {
      isActive: true,
      isReady: false,
      trouble: {
        podName: 'web-0',
        cause: 'ImagePull',
        message: 'app: ImagePullBackOff: Back-off pulling image "app:9"',
      },
    },
  ],
  [
    'a container of initialization that falls',
    {
      phase: 'Pending',
      initContainerStatuses: [{ name: 'migrate', state: waiting('CrashLoopBackOff') }],
      containerStatuses: [{ name: 'app', state: waiting('PodInitializing') }],
    },
    {
      isActive: true,
      isReady: false,
      trouble: { podName: 'web-0', cause: 'CrashLoop', message: 'migrate: CrashLoopBackOff' },
    },
  ],
  [
    'a Secret that is missing',
    {
      phase: 'Pending',
      containerStatuses: [{ name: 'app', state: waiting('CreateContainerConfigError', 'secret "db" not found') }],
    },
    {
      isActive: true,
      isReady: false,
      trouble: {
        podName: 'web-0',
        cause: 'CrashLoop',
        message: 'app: CreateContainerConfigError: secret "db" not found',
      },
    },
  ],
  [
    'between two falls it has ended',
    {
      phase: 'Running',
      containerStatuses: [{ name: 'app', state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }],
    },
    {
      isActive: true,
      isReady: false,
      trouble: { podName: 'web-0', cause: 'CrashLoop', message: 'app: OOMKilled: exit code 137' },
    },
  ],
  [
    'it runs, and its probe says no',
    { phase: 'Running', conditions: [UNREADY], containerStatuses: [{ name: 'app', ready: false, state: RUNNING }] },
    {
      isActive: true,
      isReady: false,
      trouble: {
        podName: 'web-0',
        cause: 'NotReady',
        message: 'app: ContainersNotReady: containers with unready status: [app]',
      },
    },
  ],
  [
    'it is being made: no trouble yet',
    { phase: 'Pending', containerStatuses: [{ name: 'app', state: waiting('ContainerCreating') }] },
    { isActive: true, isReady: false, trouble: null },
  ],
];

describe('what a pod’s status says', () => {
  test.each(CASES)('%s', (_why, status, expected) => {
    const pod = { metadata: { name: 'web-0' }, ...(status === undefined ? {} : { status }) };
    expect(standingOf(pod)).toEqual(expected);
  });

  test('a pod on its way out counts for nothing', () => {
    const metadata = { name: 'web-0', deletionTimestamp: '2026-01-01T00:00:00Z' };
    const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    expect(standingOf({ metadata, status })).toEqual({ isActive: false, isReady: false, trouble: null });
  });

  test('long words are cut, never within a character', () => {
    const message = `${'x'.repeat(299)}😀${'y'.repeat(100)}`;
    const conditions = [{ type: 'PodScheduled', status: 'False', message }];
    const { trouble } = standingOf({ metadata: { name: 'web-0' }, status: { conditions } });
    expect(trouble?.message).toBe(`${'x'.repeat(299)}…`);
  });
});
