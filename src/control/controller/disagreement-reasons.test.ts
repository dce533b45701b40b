import { describe, expect, test } from 'vitest';
import type { HpaCondition, HpaStatus } from '../../core/autoscaling/types.ts';
import type { LimitTrace, MetricFailed, MetricProposed, StabilizationTrace, Trace } from '../../core/engine/trace.ts';
import type { ExplainableDecision } from '../../core/explain/explanation.ts';
import type { DisagreementReason, MoveVerdict } from '../../core/explain/observed-move.ts';
import type { JudgedMove } from './agreement.ts';
import { explainDisagreement } from './disagreement-reasons.ts';

const CPU: MetricProposed = {
  code: 'MetricProposed',
  index: 0,
  sourceType: 'Resource',
  name: 'cpu resource utilization (percentage of request)',
  targetKind: 'utilization',
  target: 50,
  current: 65,
  currentRawMilli: 130,
  pods: {
    readyCount: 1,
    unready: [],
    missing: ['p2'],
    ignored: [],
    missingFilledWith: null,
    isUnreadyFilledWithZero: false,
  },
  tolerance: { down: 0.1, up: 0.1 },
  usageRatio: 1.3,
  filledRatio: null,
  multiplier: 2,
  rule: 'RatioApplied',
  proposedReplicas: 3,
};

const FAILED: MetricFailed = {
  code: 'MetricFailed',
  index: 0,
  sourceType: 'Resource',
  name: CPU.name,
  reason: 'FailedGetResourceMetric',
  message: 'forbidden',
};

const STABLE: StabilizationTrace = {
  code: 'Unchanged',
  algorithm: 'behavior',
  recommendedReplicas: 3,
  stabilizedReplicas: 3,
  upWindowMs: 30_000,
  downWindowMs: 300_000,
  decidedBy: null,
};

const WITHIN: LimitTrace = {
  code: 'DesiredWithinRange',
  stabilizedReplicas: 3,
  limitedReplicas: 3,
  rateLimit: 8,
  policy: null,
  isDirectionDisabled: false,
};

const PATH = { code: 'MetricDriven', currentReplicas: 2, minReplicas: 1, maxReplicas: 10 } as const;

function ours(trace: Partial<Trace> = {}, counts: Partial<ExplainableDecision> = {}): ExplainableDecision {
  const combination = { code: 'Combined', failedCount: 0, metricCount: 1, winnerIndex: 0, recommendedReplicas: 3 };
  const whole = { path: PATH, selector: null, metrics: [CPU], combination, stabilization: STABLE, limit: WITHIN };
  return { currentReplicas: 2, desiredReplicas: 3, ...counts, trace: { ...whole, ...trace } } as ExplainableDecision;
}

function theirs(cpuPercent: number | null, conditions: readonly HpaCondition[] = []): HpaStatus {
  const current = { averageUtilization: cpuPercent ?? 0 };
  const metric = cpuPercent === null ? { type: '' } : { type: 'Resource', resource: { name: 'cpu', current } };
  return { desiredReplicas: 2, currentMetrics: [metric], conditions };
}

const THEIRS_ALONE: MoveVerdict = {
  kind: 'theyMovedAlone',
  atMs: 100,
  fromReplicas: 2,
  theirReplicas: 3,
  ourReplicas: 2,
  unknown: null,
};
const OURS_ALONE: MoveVerdict = { ...THEIRS_ALONE, kind: 'weMovedAlone', theirReplicas: null, ourReplicas: 3 };

function reasons(judged: Partial<JudgedMove>): readonly DisagreementReason[] {
  const base = { verdict: THEIRS_ALONE, ours: [ours()], status: theirs(65), statusChangedAtMs: 90 };
  return explainDisagreement({ ...base, ...judged }).reasons;
}

describe('they moved and we did not, or elsewhere', () => {
  const rows: readonly [why: string, trace: Partial<Trace>, status: HpaStatus, expected: readonly object[]][] = [
    ['nothing shows', {}, theirs(65), []],
    ['another value', {}, theirs(80), [{ code: 'MetricDiffers', label: 'cpu', unit: 'percent', theirs: 80, ours: 65 }]],
    ['almost the same value', { metrics: [{ ...CPU, current: 10_000 }] }, theirs(9_950), []],
    [
      'our metric failed, theirs did not',
      {
        metrics: [FAILED],
        combination: {
          code: 'AllFailed',
          failedCount: 1,
          metricCount: 1,
          winnerIndex: null,
          recommendedReplicas: null,
        },
      },
      theirs(65),
      [{ code: 'MetricFailedHere', label: 'cpu', reason: FAILED.reason, message: 'forbidden' }],
    ],
    [
      'our tolerance',
      { metrics: [{ ...CPU, rule: 'WithinTolerance' }] },
      theirs(65),
      [{ code: 'OurTolerance', label: 'cpu', down: 0.1, up: 0.1 }],
    ],
    [
      'our tolerance once a pod without a sample is filled in',
      { metrics: [{ ...CPU, rule: 'WithinToleranceAfterFill' }] },
      theirs(65),
      [
        { code: 'OurTolerance', label: 'cpu', down: 0.1, up: 0.1 },
        { code: 'OurFill', label: 'cpu', unreadyCount: 0, missingCount: 1 },
      ],
    ],
    [
      'a pod without a sample turned our direction around',
      { metrics: [{ ...CPU, rule: 'DirectionReversedByFill' }] },
      theirs(65),
      [{ code: 'OurFill', label: 'cpu', unreadyCount: 0, missingCount: 1 }],
    ],
    [
      'our scale-down window',
      { stabilization: { ...STABLE, code: 'ScaleDownStabilized', stabilizedReplicas: 7 } },
      theirs(65),
      [{ code: 'OurWindow', direction: 'down', windowMs: 300_000, heldReplicas: 7 }],
    ],
    [
      'our scale-up window',
      { stabilization: { ...STABLE, code: 'ScaleUpStabilized', stabilizedReplicas: 2 } },
      theirs(65),
      [{ code: 'OurWindow', direction: 'up', windowMs: 30_000, heldReplicas: 2 }],
    ],
    [
      'our step limit up',
      { limit: { ...WITHIN, code: 'ScaleUpLimit', rateLimit: 4 } },
      theirs(65),
      [{ code: 'OurRateLimit', direction: 'up', limitReplicas: 4 }],
    ],
    [
      'our policies down',
      { limit: { ...WITHIN, code: 'ScaleDownLimit', rateLimit: 1 } },
      theirs(65),
      [{ code: 'OurRateLimit', direction: 'down', limitReplicas: 1 }],
    ],
    [
      'minReplicas',
      { limit: { ...WITHIN, code: 'TooFewReplicas' } },
      theirs(65),
      [{ code: 'OurBound', bound: 'minReplicas', boundReplicas: 1 }],
    ],
    [
      'maxReplicas',
      { limit: { ...WITHIN, code: 'TooManyReplicas' } },
      theirs(65),
      [{ code: 'OurBound', bound: 'maxReplicas', boundReplicas: 10 }],
    ],
    [
      'we asked no metric',
      { path: { ...PATH, code: 'Disabled' }, metrics: [] },
      theirs(65),
      [{ code: 'OurPath', path: 'Disabled' }],
    ],
  ];
  test.each(rows)('%s', (_why, trace, status, expected) => {
    expect(reasons({ ours: [ours(trace)], status })).toEqual(expected);
  });

  test('of our decisions the one with their numbers speaks', () => {
    const early = ours({ metrics: [{ ...CPU, current: 50, rule: 'WithinTolerance' }] });
    const late = ours({ metrics: [{ ...CPU, rule: 'WithinTolerance' }] });
    expect(
      explainDisagreement({ verdict: THEIRS_ALONE, ours: [early, late], status: theirs(65), statusChangedAtMs: 1 }),
    ).toEqual({
      reasons: [{ code: 'OurTolerance', label: 'cpu', down: 0.1, up: 0.1 }],
      ours: late,
    });
  });

  test('values of each source are compared in our unit', () => {
    const named = { metric: { name: 'm' } };
    const plain = { targetKind: 'averageValue', current: 2_000, pods: null } as const;
    const sources: readonly [MetricProposed, object][] = [
      [
        { ...CPU, ...plain, sourceType: 'Pods', name: 'pods metric m' },
        { pods: { ...named, current: { averageValue: '3' } } },
      ],
      [
        { ...CPU, ...plain, targetKind: 'value', sourceType: 'External', name: 'external metric m(nil)' },
        { external: { ...named, current: { value: '2500m' } } },
      ],
      [
        { ...CPU, ...plain, sourceType: 'ContainerResource', name: 'cpu container resource' },
        { containerResource: { name: 'cpu', container: 'app', current: { averageValue: '3' } } },
      ],
      [
        { ...CPU, ...plain, targetKind: 'value', sourceType: 'Object', name: 'object metric m' },
        { object: { ...named, current: {} } },
      ],
    ];
    const found = sources.map(([metric, current]) => {
      const status = { desiredReplicas: 2, currentMetrics: [{ type: metric.sourceType, ...current }] } as HpaStatus;
      return reasons({ ours: [ours({ metrics: [metric] })], status }).map((reason) =>
        reason.code === 'MetricDiffers' ? `${reason.label} ${reason.unit} ${reason.theirs}` : reason.code,
      );
    });
    expect(found).toEqual([['m plain 3000'], ['m plain 2500'], ['cpu cores 3000'], []]);
  });
});

describe('we would have moved and they do not', () => {
  const condition = (type: string, status: string, reason: string): HpaCondition => ({
    type,
    status,
    reason,
    message: 'm',
  });
  const rows: readonly [why: string, status: HpaStatus, expected: readonly object[]][] = [
    [
      'the same value, and nothing holds them: a wider tolerance',
      theirs(65, [
        condition('AbleToScale', 'True', 'ReadyForNewScale'),
        condition('ScalingLimited', 'False', 'DesiredWithinRange'),
      ]),
      [{ code: 'TheirTolerance', label: 'cpu', down: 0.1, up: 0.1 }],
    ],
    [
      'their window down',
      theirs(65, [condition('AbleToScale', 'True', 'ScaleDownStabilized')]),
      [{ code: 'TheirWindow', direction: 'down', windowMs: 300_000 }],
    ],
    [
      'their window up',
      theirs(65, [condition('AbleToScale', 'True', 'ScaleUpStabilized')]),
      [{ code: 'TheirWindow', direction: 'up', windowMs: 30_000 }],
    ],
    [
      'their limit',
      theirs(65, [condition('ScalingLimited', 'True', 'TooManyReplicas')]),
      [{ code: 'TheirLimit', reason: 'TooManyReplicas', message: 'm' }],
    ],
    [
      'their metric failed',
      theirs(null, [condition('ScalingActive', 'False', 'FailedGetResourceMetric')]),
      [{ code: 'MetricFailedThere', reason: 'FailedGetResourceMetric', message: 'm' }],
    ],
    [
      'their selector is ambiguous',
      theirs(null, [condition('ScalingActive', 'False', 'AmbiguousSelector')]),
      [{ code: 'TheirCondition', type: 'ScalingActive', reason: 'AmbiguousSelector', message: 'm' }],
    ],
    [
      'they cannot read the scale',
      theirs(65, [condition('AbleToScale', 'False', 'FailedGetScale')]),
      [{ code: 'TheirCondition', type: 'AbleToScale', reason: 'FailedGetScale', message: 'm' }],
    ],
    [
      'another value, and their status follows',
      theirs(50, [condition('AbleToScale', 'True', 'ReadyForNewScale')]),
      [{ code: 'MetricDiffers', label: 'cpu', unit: 'percent', theirs: 50, ours: 65 }],
    ],
  ];
  test.each(rows)('%s', (_why, status, expected) => {
    expect(reasons({ verdict: OURS_ALONE, status, statusChangedAtMs: 101 })).toEqual(expected);
  });

  test.each([
    { why: 'not since we wish to move', statusChangedAtMs: 60, sinceMs: 60 },
    { why: 'not as long as we watch', statusChangedAtMs: null, sinceMs: 100 },
  ])('another value, and their status was not written: $why', ({ statusChangedAtMs, sinceMs }) => {
    expect(reasons({ verdict: OURS_ALONE, status: theirs(50), statusChangedAtMs })).toEqual([
      { code: 'MetricDiffers', label: 'cpu', unit: 'percent', theirs: 50, ours: 65 },
      { code: 'StatusSilent', sinceMs },
    ]);
  });
});
