import { describe, it } from 'vitest';
import { CPU, cpuAt, type Scene } from '../../../test/episode/scene.ts';
import { inOrder, rescale } from '../../../test/episode/story.ts';
import { expectTold, type StoryRow } from '../../../test/episode/story-row.ts';

const TEN: Partial<Scene> = { spec: 10, current: 10, desired: 10, scaledAt: -600, available: 10 };
const TOO_MANY = 'True TooManyReplicas';
const QUEUE = {
  type: 'External',
  external: { metric: { name: 'queue' }, target: { type: 'AverageValue', averageValue: '30' } },
} as const;

describe('at max (N9)', () => {
  it.each<StoryRow>([
    {
      why: 'for a minute: told once, with what it would like; over for two minutes: told once',
      events: [
        [20, { limited: TOO_MANY, values: [cpuAt(120)] }],
        [300, { limited: 'False DesiredWithinRange', values: [cpuAt(70)] }],
      ],
      telling: { opening: TEN },
      told: ['80 limit.max.entered wants 15', '420 limit.max.cleared'],
    },
    {
      why: 'for half a day: told again every four hours, until it is over',
      events: [
        [20, { limited: TOO_MANY, values: [cpuAt(120)] }],
        [40_000, { limited: 'False DesiredWithinRange', values: [cpuAt(70)] }],
      ],
      telling: { opening: TEN },
      told: [
        '80 limit.max.entered wants 15',
        '14480 limit.max.entered wants 15 since 20',
        '28880 limit.max.entered wants 15 since 20',
        '40120 limit.max.cleared',
      ],
    },
    {
      why: 'for half a day, where once is enough',
      events: [
        [20, { limited: TOO_MANY }],
        [40_000, { limited: 'False DesiredWithinRange' }],
      ],
      telling: { opening: { ...TEN, values: [cpuAt(120)] }, options: { levelRepeatMs: 0 } },
      told: ['80 limit.max.entered wants 15', '40120 limit.max.cleared'],
    },
    {
      why: 'at first sight: known, and not told again either',
      events: [[40_000, { limited: 'False DesiredWithinRange' }]],
      telling: { opening: { ...TEN, limited: TOO_MANY } },
      told: [],
    },
    {
      why: 'for less than a minute',
      events: [
        [20, { limited: TOO_MANY }],
        [79, { limited: 'False DesiredWithinRange' }],
      ],
      telling: { opening: TEN },
      told: [],
    },
    {
      why: 'away from it for less than two minutes is the same stay',
      events: [
        [20, { limited: TOO_MANY, values: [cpuAt(120)] }],
        [300, { limited: 'False DesiredWithinRange' }],
        [400, { limited: TOO_MANY }],
      ],
      telling: { opening: TEN },
      told: ['80 limit.max.entered wants 15'],
    },
    {
      why: 'two stays are told as two, though the condition never became False in between',
      events: [
        [20, { limited: 'True TooManyReplicas 20' }],
        [300, { limited: 'True ScaleUpLimit 20' }],
        [600, { limited: 'True TooManyReplicas 20' }],
        [900, { limited: 'True ScaleUpLimit 20' }],
      ],
      telling: { opening: { ...TEN, values: [cpuAt(80)] } },
      told: ['80 limit.max.entered', '420 limit.max.cleared', '660 limit.max.entered', '1020 limit.max.cleared'],
    },
    {
      why: 'a fixed size is not at max, whatever the condition says',
      events: [[20, { limited: TOO_MANY }]],
      telling: { opening: { ...TEN, min: 10 } },
      told: [],
    },
    {
      why: 'a count at the ceiling that wants no more',
      events: [[20, { values: [cpuAt(80)] }]],
      telling: { opening: { ...TEN, limited: 'False DesiredWithinRange' } },
      told: [],
    },
    {
      why: 'TooFewReplicas is the state of rest, ScaleUpLimit a rate',
      events: [
        [20, { limited: 'True TooFewReplicas' }],
        [300, { limited: 'True ScaleUpLimit' }],
      ],
      told: [],
    },
    {
      why: 'max lowered below the count: the conditions are of an older sync until it is corrected',
      events: [
        [20, { max: 5, limited: TOO_MANY }],
        [
          120,
          { spec: 5, current: 5, desired: 5, available: 5, limited: 'False DesiredWithinRange', writer: 'kubectl' },
        ],
      ],
      telling: { opening: TEN },
      told: [],
    },
    {
      why: 'metrics lost while at max: nobody knows, so neither begins nor ends',
      events: [
        [20, { limited: TOO_MANY, values: [cpuAt(120)] }],
        [100, { active: 'False FailedGetResourceMetric 100' }],
        [1000, { active: 'True ValidMetricFound 1000' }],
        [1300, { limited: 'False DesiredWithinRange' }],
      ],
      telling: { opening: TEN },
      told: [
        '80 limit.max.entered wants 15',
        '220 metrics.lost FailedGetResourceMetric',
        '1060 metrics.recovered ValidMetricFound',
        '1420 limit.max.cleared',
      ],
    },
    {
      why: 'max raised: cleared',
      events: [
        [20, { limited: TOO_MANY, values: [cpuAt(120)] }],
        [200, { max: 20 }],
      ],
      telling: { opening: TEN },
      told: ['80 limit.max.entered wants 15', '320 limit.max.cleared'],
    },
    {
      why: 'reached by scaling up: both are told',
      events: inOrder(rescale(20, 1, 10, { limited: TOO_MANY, values: [cpuAt(1000)] }), [[40, { available: 10 }]]),
      told: [
        '20.1 scale.up.started 1→10',
        '50 scale.up.completed 1→10 10 available',
        '80.1 limit.max.entered wants 125',
      ],
    },
    {
      why: 'there at first sight: neither its beginning nor its end is news',
      events: [[400, { limited: 'False DesiredWithinRange' }]],
      telling: { opening: { ...TEN, limited: TOO_MANY } },
      told: [],
    },
    {
      why: 'begun while nobody watched, at the instant that the condition names: told as late',
      events: [[1000, { limited: 'True TooManyReplicas 500', values: [cpuAt(120)], unwatchedSince: 100 }]],
      telling: { opening: TEN },
      told: ['1000 limit.max.entered wants 15 late'],
    },
  ])('$why', expectTold);
});

describe('metrics (N10)', () => {
  const LOST = 'False FailedGetResourceMetric';
  it.each<StoryRow>([
    {
      why: 'lost for two minutes: one message; back for one: one message',
      events: [
        [20, { active: LOST }],
        [600, { active: 'True ValidMetricFound' }],
      ],
      told: ['140 metrics.lost FailedGetResourceMetric', '660 metrics.recovered ValidMetricFound'],
    },
    {
      why: 'lost for less',
      events: [
        [20, { active: LOST }],
        [139, { active: 'True ValidMetricFound' }],
      ],
      told: [],
    },
    {
      why: 'back for less than a minute is the same loss',
      events: [
        [20, { active: LOST }],
        [600, { active: 'True ValidMetricFound' }],
        [650, { active: LOST }],
      ],
      told: ['140 metrics.lost FailedGetResourceMetric'],
    },
    {
      why: 'ScalingDisabled is a target at 0, not a loss',
      events: [
        [20, { spec: 0, current: 0, desired: 0, available: 0, active: 'False ScalingDisabled', writer: 'kubectl' }],
      ],
      told: [],
    },
    {
      why: 'an ambiguous selector is one',
      events: [[20, { active: 'False AmbiguousSelector' }]],
      told: ['140 metrics.lost AmbiguousSelector'],
    },
    {
      why: 'one of two metrics: ScalingActive stays True, and only a hole tells',
      events: [
        [20, { values: [cpuAt(50), { type: '' }] }],
        [
          900,
          {
            values: [
              cpuAt(50),
              { type: 'External', external: { metric: { name: 'queue' }, current: { averageValue: '9' } } },
            ],
          },
        ],
      ],
      telling: {
        opening: {
          metrics: [CPU, QUEUE],
          values: [
            cpuAt(50),
            { type: 'External', external: { metric: { name: 'queue' }, current: { averageValue: '9' } } },
          ],
        },
      },
      told: ['320 metrics.partial ValidMetricFound queue', '960 metrics.recovered ValidMetricFound'],
    },
    {
      why: 'some, then all, then some: each is told when it has lasted, and recovery when all are back',
      events: [
        [20, { values: [{ type: '' }, cpuAt(50)], metrics: [QUEUE, CPU] }],
        [600, { active: LOST }],
        [1200, { active: 'True ValidMetricFound' }],
        [1900, { values: [cpuAt(50)], metrics: [CPU] }],
      ],
      told: [
        '320 metrics.partial ValidMetricFound queue',
        '720 metrics.lost FailedGetResourceMetric',
        '1500 metrics.partial ValidMetricFound queue',
        '1960 metrics.recovered ValidMetricFound',
      ],
    },
    {
      why: 'a young HPA has none yet: its first three minutes are not told',
      events: [
        [10, { active: LOST }],
        [170, { active: 'True ValidMetricFound' }],
      ],
      telling: { opening: { createdAt: 0, current: null } },
      told: [],
    },
    {
      why: 'a young HPA that never gets any',
      events: [[10, { current: 1, active: LOST }]],
      telling: { opening: { createdAt: 0, current: null } },
      told: ['180 metrics.lost FailedGetResourceMetric'],
    },
    {
      why: 'while the scale cannot be read the conditions are of an older sync; what was told then is told of once it can',
      events: [
        [20, { active: LOST, able: 'False FailedGetScale' }],
        [200, { able: 'True SucceededGetScale' }],
      ],
      told: [
        '80 target.unreachable FailedGetScale',
        '260 target.reachable SucceededGetScale',
        '320 metrics.lost FailedGetResourceMetric',
      ],
    },
    {
      why: 'lost, and then scaled to 0: they are missed no longer',
      events: [
        [20, { active: LOST }],
        [600, { spec: 0, current: 0, desired: 0, available: 0, active: 'False ScalingDisabled', writer: 'kubectl' }],
      ],
      told: ['140 metrics.lost FailedGetResourceMetric', '660 metrics.recovered ScalingDisabled'],
    },
    {
      why: 'while the target is out of bounds nothing is known of metrics',
      events: [[20, { current: 12, active: LOST }]],
      told: [],
    },
    {
      why: 'lost at first sight: known, and so is the end',
      events: [[600, { active: 'True ValidMetricFound' }]],
      telling: { opening: { active: LOST } },
      told: [],
    },
    {
      why: 'for half a day: told again every four hours; while nobody can say so, not',
      events: [
        [20, { active: LOST }],
        [20_000, { current: 12 }],
        [32_000, { current: 1 }],
        [40_000, { active: 'True ValidMetricFound' }],
      ],
      told: [
        '140 metrics.lost FailedGetResourceMetric',
        '14540 metrics.lost FailedGetResourceMetric since 20',
        '32000 metrics.lost FailedGetResourceMetric since 20',
        '40060 metrics.recovered ValidMetricFound',
      ],
    },
    {
      why: 'while the provider is suspected or down, HPAs do not speak for themselves',
      events: [[20, { active: LOST }]],
      telling: { provider: { version: 1, phase: 'down', sinceMs: 0 }, until: 3000 },
      told: [],
    },
  ])('$why', expectTold);
});

describe('the target out of reach', () => {
  it.each<StoryRow>([
    {
      why: 'for a minute; and back for a minute',
      events: [
        [20, { able: 'False FailedGetScale' }],
        [300, { able: 'True SucceededGetScale' }],
      ],
      told: ['80 target.unreachable FailedGetScale', '360 target.reachable SucceededGetScale'],
    },
    {
      why: 'there is none, and then the controller says why',
      events: [
        [20, { sight: 'missing' }],
        [35, { able: 'False FailedGetScale' }],
      ],
      told: ['80 target.unreachable FailedGetScale'],
    },
    {
      why: 'nobody can say whether it is: neither a beginning nor an end',
      events: [
        [20, { able: 'False FailedGetScale' }],
        [100, { able: 'Unknown Whatever' }],
      ],
      told: ['80 target.unreachable FailedGetScale'],
    },
    {
      why: 'there is none, before the controller has said so',
      events: [[20, { sight: 'missing', able: 'True ReadyForNewScale' }]],
      told: ['80 target.unreachable NotFound'],
    },
    {
      why: 'for less',
      events: [
        [20, { able: 'False FailedGetScale' }],
        [70, { able: 'True SucceededGetScale' }],
      ],
      told: [],
    },
  ])('$why', expectTold);
});
