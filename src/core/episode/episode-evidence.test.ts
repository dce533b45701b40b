import { describe, it } from 'vitest';
import type { Scene } from '../../../test/episode/scene.ts';
import { inOrder, rescale } from '../../../test/episode/story.ts';
import { expectTold, pods, type StoryRow } from '../../../test/episode/story-row.ts';

describe('whose doing it is', () => {
  const five: Partial<Scene> = { spec: 5, current: 5, desired: 5, scaledAt: -600, available: 5 };
  it.each<StoryRow>([
    {
      why: 'kubectl scale is nothing unless it is asked for',
      events: [[20, { spec: 1, writer: 'kubectl', writtenAt: 20 }], pods(21, 1), [30, { current: 1, desired: 1 }]],
      telling: { opening: five },
      told: [],
    },
    {
      why: 'and after it the HPA’s next scaling is told as the first was',
      events: inOrder(
        [[20, { spec: 1, writer: 'kubectl', writtenAt: 20 }], pods(21, 1), [30, { current: 1, desired: 1 }]],
        rescale(300, 1, 3),
        [pods(310, 3)],
      ),
      telling: { opening: five },
      told: ['300.1 scale.up.started 1→3', '320 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'asked for: who, and what',
      events: [[20, { spec: 7, writer: 'argocd-controller', writtenAt: 20 }]],
      telling: { opening: five, options: { tellsManualChanges: true } },
      told: ['22 scale.manual 5→7 by argocd-controller'],
    },
    {
      why: 'a manager nobody knows whose change the status confirms is the HPA’s controller (k3s has one binary)',
      events: inOrder(rescale(20, 5, 7), [[20.05, { writer: 'k3s' }], pods(30, 7)]),
      telling: { opening: five },
      told: ['20.1 scale.up.started 5→7', '40 scale.up.completed 5→7 7 available'],
    },
    {
      why: 'its status comes late, as when a watch is behind: told then',
      events: [
        [20, { spec: 7, writer: 'k3s', writtenAt: 20 }],
        pods(30, 7),
        [50, { current: 7, desired: 7, scaledAt: 20 }],
      ],
      telling: { opening: five },
      told: ['50 scale.up.started 5→7', '60 scale.up.completed 5→7 7 available'],
    },
    {
      why: 'a status that comes more than a minute late claims nothing',
      events: [
        [20, { spec: 7, writer: 'k3s', writtenAt: 20 }],
        pods(30, 7),
        [81, { current: 7, desired: 7, scaledAt: 20 }],
      ],
      telling: { opening: five },
      told: [],
    },
    {
      why: 'and none claims a change after which there was another',
      events: [
        [20, { spec: 7, writer: 'k3s', writtenAt: 20 }],
        [30, { spec: 5, writer: 'kubectl', writtenAt: 30 }],
        [50, { current: 5, desired: 7, scaledAt: 20 }],
      ],
      telling: { opening: five },
      told: [],
    },
    {
      why: 'without managedFields the status alone tells',
      events: [[20, { spec: 7, writer: null }], [20.5, { current: 5, desired: 7, scaledAt: 20 }], pods(30, 7)],
      telling: { opening: { ...five, writer: null } },
      told: ['20.5 scale.up.started 5→7', '40 scale.up.completed 5→7 7 available'],
    },
    {
      why: 'the controller’s status write met a conflict: the rescale left no trace there, and is told all the same',
      events: [[20, { spec: 7, writtenAt: 20 }], pods(30, 7), [35, { current: 7, desired: 7 }]],
      telling: { opening: five },
      told: ['22 scale.up.started 5→7', '40 scale.up.completed 5→7 7 available'],
    },
    {
      why: 'the status may come before the target: the same',
      events: [[20, { current: 5, desired: 7, scaledAt: 20 }], [20.4, { spec: 7, writtenAt: 20 }], pods(30, 7)],
      telling: { opening: five },
      told: ['20.4 scale.up.started 5→7', '40 scale.up.completed 5→7 7 available'],
    },
    {
      why: 'metrics are lost and somebody lowers the count: desired stays higher for ever, and nothing is said (D1)',
      events: [
        [20, { active: 'False FailedGetResourceMetric' }],
        [40, { spec: 2, writer: 'kubectl', writtenAt: 40, available: 2, current: 2 }],
      ],
      telling: { opening: five },
      told: ['140 metrics.lost FailedGetResourceMetric'],
    },
    {
      why: 'a scale write that fails moves nothing; that it goes on failing is told',
      events: [[20, { able: 'False FailedUpdateScale', current: 5, desired: 5 }]],
      telling: { opening: five },
      told: ['80 target.unreachable FailedUpdateScale'],
    },
  ])('$why', expectTold);
});

describe('with less to see', () => {
  const role: Partial<Scene> = { sight: 'denied', podSight: 'denied', writer: null };
  it.each<StoryRow>([
    {
      why: 'the right to HPAs alone: the status tells, and the completion is unverified',
      events: inOrder(rescale(20, 1, 3), rescale(50, 3, 5)),
      telling: { opening: role },
      told: [
        '20.1 scale.up.started 1→3',
        '45 scale.up.completed 1→3 3 available unverified',
        '50.1 scale.up.started 3→5',
        '75 scale.up.completed 3→5 5 available unverified',
      ],
    },
    {
      why: 'and by it a change by hand is none of the HPA’s',
      events: [[20, { current: 1, desired: 1 }]],
      telling: { opening: { ...role, current: 5, desired: 5, scaledAt: -60 } },
      told: [],
    },
    {
      why: 'metrics are lost and somebody lowers the count: desired stays as it was, and current tells (D1)',
      events: [[20, { active: 'False FailedGetResourceMetric', current: 2 }]],
      telling: {
        opening: { ...role, current: 5, desired: 5, scaledAt: -60 },
        options: { tellsManualChanges: true },
        until: 100,
      },
      told: ['22 scale.manual 5→2 by somebody'],
    },
    {
      why: 'first seen between a rescale and the next sync: the count is the new one',
      events: [[15, { current: 3, able: 'True ReadyForNewScale' }]],
      telling: {
        opening: { ...role, current: 1, desired: 3, scaledAt: 0, able: 'True SucceededRescale' },
        options: { tellsManualChanges: true },
      },
      told: [],
    },
    {
      why: 'a new HPA’s status says desiredReplicas 0 before anybody desires anything',
      events: inOrder([[15, { current: 1, desired: 1 }]], rescale(30, 1, 2)),
      telling: { opening: { ...role, current: null } },
      told: ['30.1 scale.up.started 1→2', '55 scale.up.completed 1→2 2 available unverified'],
    },
    {
      why: 'a kind without counts: pods are looked at while the episode is open',
      events: inOrder(rescale(20, 1, 3), [
        [21, { podSight: 'seen', readyPods: 1 }],
        [30, { readyPods: 3 }],
      ]),
      telling: { opening: { available: undefined, pods: 1, podSight: 'notLooked' } },
      told: ['20.1 scale.up.started 1→3', '40 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'such a kind whose pods are denied: its own count, unverified',
      events: inOrder(rescale(20, 1, 3), [[30, { pods: 3 }]]),
      telling: { opening: { available: undefined, pods: 1, podSight: 'denied' } },
      told: ['20.1 scale.up.started 1→3', '40 scale.up.completed 1→3 3 available unverified'],
    },
    {
      why: 'a target that is polled only while it matters speaks from its first look on',
      events: inOrder(rescale(20, 1, 3).slice(1), [
        [21, { sight: 'seen', spec: 1 }],
        [25, { spec: 3, writtenAt: 25 }],
        pods(30, 3),
      ]),
      telling: { opening: { sight: 'notLooked' } },
      told: [
        '20.1 scale.up.started 1→3',
        '21 scale.reverted 1→3→1',
        '27 scale.up.started 1→3',
        '40 scale.up.completed 1→3 3 available',
      ],
    },
  ])('$why', expectTold);
});

describe('ends of things', () => {
  it.each<StoryRow>([
    {
      why: 'the HPA is deleted in the middle',
      events: inOrder(rescale(20, 1, 3), [[40, { isGone: true }]]),
      told: ['20.1 scale.up.started 1→3', '40 scale.aborted 1→3'],
    },
    {
      why: 'the HPA is deleted at rest',
      events: [[40, { isGone: true }]],
      told: [],
    },
    {
      why: 'deleted and made anew under the same name: the old one’s end, and nothing of the new one’s state',
      events: inOrder(rescale(20, 1, 3), [[40, { hpaUid: 'hpa-2', current: null, createdAt: 39 }]]),
      told: ['20.1 scale.up.started 1→3', '40 scale.aborted 1→3'],
    },
    {
      why: 'the target is deleted, and made anew with another count',
      events: inOrder(rescale(20, 1, 3), [
        [40, { sight: 'missing', able: 'False FailedGetScale' }],
        [60, { sight: 'seen', targetUid: 'web-2', spec: 7, available: 0, able: 'True SucceededGetScale' }],
      ]),
      told: ['20.1 scale.up.started 1→3', '40 scale.aborted 1→3'],
    },
    {
      why: 'the target is another object between two looks',
      events: inOrder(rescale(20, 1, 3), [[40, { targetUid: 'web-2', spec: 7, available: 7 }]]),
      told: ['20.1 scale.up.started 1→3', '40 scale.aborted 1→3'],
    },
    {
      why: 'the HPA turns to another target',
      events: [[40, { targetName: 'api', targetUid: 'api-1', spec: 7, available: 7, writer: 'kubectl' }]],
      told: [],
    },
    {
      why: 'several scalings in a row, each with its own beginning and end',
      events: inOrder(rescale(20, 1, 3), [pods(30, 3)], rescale(400, 3, 1), [pods(401, 1)], rescale(800, 1, 2), [
        pods(815, 2),
      ]),
      told: [
        '20.1 scale.up.started 1→3',
        '40 scale.up.completed 1→3 3 available',
        '430 scale.down.started 3→1',
        '430 scale.down.completed 3→1 1 available',
        '800.1 scale.up.started 1→2',
        '825 scale.up.completed 1→2 2 available',
      ],
    },
  ])('$why', expectTold);
});
