import { describe, expect, it } from 'vitest';
import { AT_REST, CPU, cpuAt, type Scene } from '../../../test/episode/scene.ts';
import { inOrder, linesOf, play, rescale } from '../../../test/episode/story.ts';
import { expectTold, pods, type StoryRow } from '../../../test/episode/story-row.ts';
import { shortHash } from './short-hash.ts';

describe('scaling up', () => {
  it.each<StoryRow>([
    {
      why: 'one step: begun when the status says why, complete when the pods have been there for ten seconds',
      events: inOrder(rescale(20, 1, 3), [pods(32, 2), pods(41, 3)]),
      told: ['20.1 scale.up.started 1→3', '51 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'current == desired after one sync says nothing of pods: Pending for ever is no completion',
      events: inOrder(rescale(20, 1, 3)),
      telling: {
        until: 2200,
        opening: { trouble: { cause: 'Unschedulable', podName: 'web-x', message: 'insufficient cpu' } },
      },
      told: [
        '20.1 scale.up.started 1→3',
        '320 scale.stuck 1→3 1 available Unschedulable',
        '2120 scale.stuck 1→3 1 available Unschedulable',
      ],
    },
    {
      why: '1→3→5→8 by a policy of steps is one scaling (N7)',
      events: inOrder(rescale(20, 1, 3), [pods(28, 3)], rescale(35, 3, 5), [pods(44, 5)], rescale(50, 5, 8), [
        pods(58, 8),
      ]),
      told: ['20.1 scale.up.started 1→3', '68 scale.up.completed 1→3→5→8 8 available'],
    },
    {
      why: 'steps further apart than the pods need are scalings of their own',
      events: inOrder(rescale(20, 1, 3), [pods(25, 3)], rescale(50, 3, 5), [pods(55, 5)]),
      told: [
        '20.1 scale.up.started 1→3',
        '35 scale.up.completed 1→3 3 available',
        '50.1 scale.up.started 3→5',
        '65 scale.up.completed 3→5 5 available',
      ],
    },
    {
      why: 'a policy of two in 30 s: the controller says that it waits for the next step, and it is one scaling',
      events: inOrder(
        rescale(20, 1, 3, { limited: 'True ScaleUpLimit' }),
        [pods(25, 3)],
        rescale(65, 3, 5, { limited: 'False DesiredWithinRange' }),
        [pods(70, 5)],
      ),
      told: ['20.1 scale.up.started 1→3', '80 scale.up.completed 1→3→5 5 available'],
    },
    {
      why: 'a controller that says so without another step is waited for two minutes',
      events: inOrder(rescale(20, 1, 3, { limited: 'True ScaleUpLimit' }), [pods(25, 3)]),
      told: ['20.1 scale.up.started 1→3', '140 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'a window that holds back the next step says so too',
      events: inOrder(rescale(20, 1, 3).slice(0, 2), [
        pods(25, 3),
        [30, { current: 3, able: 'True ScaleUpStabilized' }],
      ]),
      told: ['20.1 scale.up.started 1→3', '140 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'a limit of another sync: the count is out of bounds, and no step is awaited',
      events: inOrder(rescale(20, 1, 3, { limited: 'True ScaleUpLimit' }), [pods(25, 3)], [[26, { min: 4 }]]),
      told: ['20.1 scale.up.started 1→3', '35 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'at its maximum no step is awaited',
      events: inOrder(rescale(20, 1, 10, { limited: 'True ScaleUpLimit' }), [pods(25, 10)]),
      told: ['20.1 scale.up.started 1→10', '35 scale.up.completed 1→10 10 available'],
    },
    {
      why: 'pods that are there for nine seconds and go again do not complete it',
      events: inOrder(rescale(20, 1, 3), [pods(30, 3), pods(39, 2), pods(50, 3)]),
      told: ['20.1 scale.up.started 1→3', '60 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'counts of an older generation do not count',
      events: inOrder(rescale(20, 3, 2), [
        [60, { spec: 5, generation: 2, writtenAt: 60 }],
        [60.1, { current: 2, desired: 5, scaledAt: 60 }],
        [90, { observed: 2, available: 5 }],
      ]),
      telling: { opening: { spec: 2, current: 2, desired: 2, available: 5, pods: 5 } },
      told: ['60.1 scale.up.started 2→5', '100 scale.up.completed 2→5 5 available'],
    },
    {
      why: 'in a roll-out the surge makes status.replicas 5 while 3 are available: no completion',
      events: inOrder(rescale(20, 2, 4), [pods(25, 3, 5), pods(60, 4, 5)]),
      telling: { opening: { spec: 2, current: 2, desired: 2, available: 2 } },
      told: ['20.1 scale.up.started 2→4', '70 scale.up.completed 2→4 4 available'],
    },
    {
      why: 'stuck and then complete: the completion says what it had been stuck on',
      events: inOrder(rescale(20, 1, 3), [
        [30, { replicaFailure: { reason: 'FailedCreate', message: 'exceeded quota: pods' } }],
        [400, { replicaFailure: undefined, available: 3 }],
      ]),
      told: [
        '20.1 scale.up.started 1→3',
        '320 scale.stuck 1→3 1 available ReplicaFailure',
        '410 scale.up.completed 1→3 3 available ReplicaFailure',
      ],
    },
    {
      why: 'a further step gives a stuck scaling its time anew',
      events: inOrder(rescale(20, 1, 3), rescale(310, 3, 4), [pods(590, 4)]),
      told: ['20.1 scale.up.started 1→3', '600 scale.up.completed 1→3→4 4 available'],
    },
    {
      why: 'back to where it began before the pods were there',
      events: inOrder(rescale(20, 1, 4), [pods(30, 2)], rescale(50, 4, 1)),
      told: ['20.1 scale.up.started 1→4', '50 scale.reverted 1→4→1'],
    },
    {
      why: 'back to less than where it began: the rest is a scaling down, told if it lasts',
      events: inOrder(rescale(20, 3, 6), rescale(50, 6, 2), [pods(55, 2)]),
      telling: { opening: { spec: 3, current: 3, desired: 3, available: 3 } },
      told: [
        '20.1 scale.up.started 3→6',
        '50 scale.reverted 3→6→2',
        '80 scale.down.started 3→2',
        '80 scale.down.completed 3→2 2 available',
      ],
    },
    {
      why: 'to fewer than aimed at, but more than before: one merged message, and its end waits for pods',
      events: inOrder(rescale(20, 1, 6), [pods(30, 2, 6)], rescale(50, 6, 4), [pods(55, 2, 4), pods(90, 4)]),
      told: ['20.1 scale.up.started 1→6', '50 scale.superseded 1→6→4', '100 scale.down.completed 6→4 4 available'],
    },
    {
      why: 'and where pods are enough for the lower count, that end is as soon as any, and not late',
      events: inOrder(rescale(20, 1, 6), [pods(30, 4, 6)], rescale(50, 6, 4), [pods(50.5, 4)]),
      told: ['20.1 scale.up.started 1→6', '50 scale.superseded 1→6→4', '60.5 scale.down.completed 6→4 4 available'],
    },
    {
      why: 'up again before that: it is superseded as well',
      events: inOrder(rescale(20, 1, 6), rescale(50, 6, 4), rescale(80, 4, 5), [pods(95, 5)]),
      told: [
        '20.1 scale.up.started 1→6',
        '50 scale.superseded 1→6→4',
        '80 scale.superseded 6→4→5',
        '105 scale.up.completed 4→5 5 available',
      ],
    },
    {
      why: 'pods of a StatefulSet start one after the other: five minutes for each',
      events: inOrder(rescale(20, 1, 4), [pods(300, 2), pods(610, 3)]),
      telling: { opening: { isOrdered: true }, until: 1000 },
      told: ['20.1 scale.up.started 1→4', '920 scale.stuck 1→4 3 available Unknown'],
    },
    {
      why: 'counts beyond 2^31 are counts',
      events: inOrder(rescale(20, 1, 2 ** 33), [pods(41, 2 ** 33)]),
      telling: { opening: { max: 2 ** 34 } },
      told: ['20.1 scale.up.started 1→8589934592', '51 scale.up.completed 1→8589934592 8589934592 available'],
    },
  ])('$why', expectTold);

  it('has three times what it usually takes where that is longer than five minutes', () => {
    const slow = [0, 1, 2].flatMap((round) =>
      inOrder(rescale(20 + round * 1000, 1, 3), [pods(260 + round * 1000, 3)], rescale(500 + round * 1000, 3, 1), [
        pods(505 + round * 1000, 1),
      ]),
    );
    const events = [...slow, ...rescale(3020, 1, 3)];
    const lines = linesOf(play(events, { until: 4000 })).filter((line) => line.includes('stuck'));
    expect(lines).toEqual(['3740 scale.stuck 1→3 1 available Unknown']);
  });
});

describe('scaling down', () => {
  const three: Partial<Scene> = { spec: 3, current: 3, desired: 3, available: 3 };
  it.each<StoryRow>([
    {
      why: 'told when it has lasted for thirty seconds; pods are gone by then',
      events: inOrder(rescale(20, 3, 1), [pods(22, 1)]),
      telling: { opening: three },
      told: ['50 scale.down.started 3→1', '50 scale.down.completed 3→1 1 available'],
    },
    {
      why: 'pods that go slowly: complete when the surplus is gone',
      events: inOrder(rescale(20, 3, 1), [pods(22, 1, 3), pods(70, 1)]),
      telling: { opening: three },
      told: ['50 scale.down.started 3→1', '80 scale.down.completed 3→1 1 available'],
    },
    {
      why: 'a fall that is taken back within thirty seconds is nothing',
      events: inOrder(rescale(20, 3, 1), rescale(49, 1, 3)),
      telling: { opening: three },
      told: [],
    },
    {
      why: 'back up after it was told and before the surplus was gone',
      events: inOrder(rescale(20, 3, 1), [pods(22, 1, 3)], rescale(55, 1, 3)),
      telling: { opening: three },
      told: ['50 scale.down.started 3→1', '55 scale.reverted 3→1→3'],
    },
    {
      why: 'in steps: one scaling',
      events: inOrder(rescale(20, 3, 2), rescale(35, 2, 1), [pods(36, 1)]),
      telling: { opening: three },
      told: ['50 scale.down.started 3→2→1', '50 scale.down.completed 3→2→1 1 available'],
    },
    {
      why: 'in steps after it was told, down to one',
      events: inOrder(rescale(20, 5, 3), [pods(22, 3, 5)], rescale(60, 3, 1), [pods(65, 1)]),
      telling: { opening: { spec: 5, current: 5, desired: 5, available: 5 } },
      told: ['50 scale.down.started 5→3', '75 scale.down.completed 5→3→1 1 available'],
    },
    {
      why: 'a policy of two in 60 s: the controller says that it waits for the next step, and it is one scaling',
      events: inOrder(
        rescale(20, 7, 5, { limited: 'True ScaleDownLimit' }),
        [pods(25, 5)],
        rescale(80, 5, 3, { limited: 'False DesiredWithinRange' }),
        [pods(85, 3)],
      ),
      telling: { opening: { spec: 7, current: 7, desired: 7, available: 7 } },
      told: ['50 scale.down.started 7→5', '95 scale.down.completed 7→5→3 3 available'],
    },
    {
      why: 'at its minimum no step is awaited',
      events: inOrder(rescale(20, 3, 1, { limited: 'True ScaleDownLimit' }), [pods(25, 1)]),
      telling: { opening: three },
      told: ['50 scale.down.started 3→1', '50 scale.down.completed 3→1 1 available'],
    },
    {
      why: 'a limit on the way up says nothing of the way down',
      events: inOrder(rescale(20, 5, 3, { limited: 'True ScaleUpLimit' }), [pods(25, 3)]),
      telling: { opening: { spec: 5, current: 5, desired: 5, available: 5 } },
      told: ['50 scale.down.started 5→3', '50 scale.down.completed 5→3 3 available'],
    },
    {
      why: 'a fall that goes on into a rise above where it began: only the rise is told',
      events: inOrder(rescale(20, 3, 2), rescale(35, 2, 5), [pods(40, 5)]),
      telling: { opening: three },
      told: ['35.1 scale.up.started 3→5', '50 scale.up.completed 3→5 5 available'],
    },
    {
      why: 'a pod that stays unready does not hold up the end of a scaling down',
      events: inOrder(rescale(20, 3, 2), [pods(22, 1, 2)]),
      telling: { opening: three },
      told: ['50 scale.down.started 3→2', '50 scale.down.completed 3→2 1 available'],
    },
  ])('$why', expectTold);
});

describe('zero', () => {
  const keda = { labels: { 'scaledobject.keda.sh/name': 'web' } };
  it.each<StoryRow>([
    {
      why: 'KEDA wakes and puts to sleep without a word in the HPA’s status',
      events: [
        [20, { spec: 1, writer: 'keda', writtenAt: 20 }],
        pods(30, 1),
        [600, { spec: 0, writer: 'keda', writtenAt: 600 }],
        pods(601, 0),
      ],
      telling: { opening: { ...keda, spec: 0, current: 0, desired: 0, available: 0, active: 'False ScalingDisabled' } },
      told: ['20 scale.from_zero 0→1', '40 scale.up.completed 0→1 1 available', '600 scale.to_zero 1→0'],
    },
    {
      why: 'where managedFields do not tell, its label does, and only between zero and one',
      events: [[20, { spec: 1, writer: null }], pods(30, 1), [100, { spec: 4 }]],
      telling: {
        opening: {
          ...keda,
          spec: 0,
          current: 0,
          desired: 0,
          available: 0,
          active: 'False ScalingDisabled',
          writer: null,
        },
        options: { tellsManualChanges: true },
      },
      told: ['20 scale.from_zero 0→1', '40 scale.up.completed 0→1 1 available', '102 scale.manual 1→4 by somebody'],
    },
    {
      why: 'an HPA with minReplicas 0 does it itself',
      events: inOrder(rescale(20, 1, 0)),
      telling: { opening: { min: 0 } },
      told: ['20.1 scale.to_zero 1→0'],
    },
    {
      why: 'a scaling down that goes on to zero ends there',
      events: inOrder(
        rescale(20, 3, 1),
        [pods(21, 1, 3)],
        [[60, { spec: 0, writer: 'keda', writtenAt: 60 }]],
        [pods(61, 0)],
      ),
      telling: { opening: { ...keda, spec: 3, current: 3, desired: 3, available: 3 } },
      told: ['50 scale.down.started 3→1', '60 scale.to_zero 3→1→0'],
    },
    {
      why: 'woken and put to sleep again before a pod was there',
      events: [
        [20, { spec: 1, writer: 'keda', writtenAt: 20 }],
        [50, { spec: 0, writer: 'keda', writtenAt: 50 }],
      ],
      telling: { opening: { ...keda, spec: 0, current: 0, desired: 0, available: 0, active: 'False ScalingDisabled' } },
      told: ['20 scale.from_zero 0→1', '50 scale.reverted 0→1→0'],
    },
  ])('$why', expectTold);
});

it('each telling of a stuck scaling has an id of its own', () => {
  const told = play(rescale(20, 1, 3), { until: 5_000 }).filter(({ notice }) => notice.type === 'scale.stuck');
  const id = shortHash(['prod', 'hpa-1', 'up', Date.UTC(2026, 0, 5, 9, 0, 20)]);
  expect(told.map(({ notice }) => notice.id)).toEqual([0, 1, 2].map((count) => `${id}/stuck/${count}`));
});

it('what bounds a count is what the condition says while it holds', () => {
  const [first] = play(rescale(20, 1, 3, { limited: 'False DesiredWithinRange' }), { until: 30 });
  expect(first?.notice.episode?.limiter).toBeUndefined();
});

it('a notice has all that a sentence needs', () => {
  const opening: Partial<Scene> = {
    labels: { team: 'pay' },
    metrics: [
      CPU,
      {
        type: 'External',
        external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } },
      },
    ],
    values: [cpuAt(10), { type: '' }],
  };
  const wanted = [
    cpuAt(132),
    { type: 'External', external: { metric: { name: 'queue' }, current: { averageValue: '95' } } },
  ];
  const events = rescale(20, 1, 3, { values: wanted, limited: 'True ScaleUpLimit' });
  const [first] = play(events, { opening, until: 30 });
  const id = shortHash(['prod', 'hpa-1', 'up', Date.UTC(2026, 0, 5, 9, 0, 20)]);
  expect(first?.notice).toEqual({
    id: `${id}/started`,
    type: 'scale.up.started',
    severity: 'info',
    atMs: Date.UTC(2026, 0, 5, 9, 0, 20),
    cluster: 'prod',
    subject: {
      namespace: 'shop',
      hpaName: 'web',
      hpaUid: AT_REST.hpaUid,
      hpaLabels: { team: 'pay' },
      targetKind: 'Deployment',
      targetName: 'web',
      replicasMin: 1,
      replicasMax: 10,
    },
    episode: {
      id,
      direction: 'up',
      baselineReplicas: 1,
      targetReplicas: 3,
      openedAtMs: Date.UTC(2026, 0, 5, 9, 0, 20),
      steps: [{ atMs: Date.UTC(2026, 0, 5, 9, 0, 20), fromReplicas: 1, toReplicas: 3 }],
      readings: [
        { source: 'Resource', name: 'cpu', current: '132%', target: '80%', usageRatio: 1.65 },
        { source: 'External', name: 'queue', current: '95', target: '30', usageRatio: 95 / 30 },
      ],
      limiter: 'ScaleUpLimit',
    },
    isObservedLate: false,
    isUnverified: false,
    details: { kind: 'none' },
  });
});
