import { describe, expect, it } from 'vitest';
import { NOW_MS, podSamples } from '../../../test/fixtures/engine-facts.ts';
import { type Given, IDLE, decideGiven as run, told } from '../../../test/fixtures/own-options.ts';
import type { Decision } from './decision.ts';
import type { Facts, MetricSamples } from './facts.ts';
import { EMPTY_MEMORY } from './memory.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './options.ts';

const FAILED: MetricSamples = { kind: 'metricFailed', message: 'no' };
const BREAKER: EngineOptions = {
  ...DEFAULT_ENGINE_OPTIONS,
  downscaleStabilizationMs: 0,
  scaleDownBreaker: { shareRatioMax: 0.3, holdMs: 900_000, lookMs: 15_000 },
};
const CORRELATED: Partial<Facts> = {
  pressure: {
    wantsDownSinceMs: NOW_MS - 60_000,
    apis: [{ api: 'metrics.k8s.io', hpaCount: 1_000, wantDownCount: 412 }],
  },
};

function able({ status }: Decision): string {
  const condition = status?.conditions?.find(({ type }) => type === 'AbleToScale');
  return `${condition?.status}/${condition?.reason}: ${condition?.message}`;
}

const PAUSED = { 'paused-until': '2026-01-01T12:05:00Z', 'paused-reason': 'database move' };

describe('a pause', () => {
  it('keeps the count, shows what is wanted, and goes on measuring and remembering', () => {
    const decision = run({ annotations: PAUSED });
    expect([decision.scaledTo, decision.scaleWriteAttempts, decision.rescaleReason]).toEqual([null, [], null]);
    expect([decision.desiredReplicas, decision.status?.desiredReplicas]).toEqual([3, 3]);
    expect(decision.trace.hold).toEqual({
      code: 'Paused',
      wantedReplicas: 6,
      untilMs: NOW_MS + 300_000,
      reason: 'database move',
    });
    expect(able(decision)).toBe('False/Paused: paused until 2026-01-01T12:05:00Z: database move; would go from 3 to 6');
    expect(decision.status?.conditions?.map(({ type, reason }) => `${type}/${reason}`)).toEqual([
      'AbleToScale/Paused',
      'ScalingActive/ValidMetricFound',
      'ScalingLimited/DesiredWithinRange',
    ]);
    expect(told(decision)).toEqual(['Normal Paused: paused until 2026-01-01T12:05:00Z: database move']);
    expect(decision.memory).toEqual({
      ...EMPTY_MEMORY,
      recommendations: [[6, NOW_MS]],
      heldBy: 'Paused',
    });
  });

  it.each<{ why: string; given: Given; able: string; events: readonly string[]; heldBy: string | undefined }>([
    {
      why: 'told once',
      given: { annotations: PAUSED, memory: { heldBy: 'Paused' } },
      able: 'False/Paused: paused until 2026-01-01T12:05:00Z: database move; would go from 3 to 6',
      events: [],
      heldBy: 'Paused',
    },
    {
      why: 'nothing is wanted anyway',
      given: { annotations: PAUSED, samples: podSamples({ p1: 500, p2: 500, p3: 500 }), memory: { heldBy: 'Paused' } },
      able: 'False/Paused: paused until 2026-01-01T12:05:00Z: database move',
      events: [],
      heldBy: 'Paused',
    },
    {
      why: 'a forced move is held too',
      given: { annotations: PAUSED, specReplicas: 30, memory: { heldBy: 'Paused' } },
      able: 'False/Paused: paused until 2026-01-01T12:05:00Z: database move; would go from 30 to 10',
      events: [],
      heldBy: 'Paused',
    },
    {
      why: 'a failed metric is told as ever, and the pause stays',
      given: { annotations: PAUSED, samples: FAILED, memory: { heldBy: 'Paused' } },
      able: 'False/Paused: paused until 2026-01-01T12:05:00Z: database move',
      events: [
        'Warning FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no',
        'Warning FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: no',
      ],
      heldBy: 'Paused',
    },
    {
      why: 'at zero replicas it is paused twice',
      given: { annotations: PAUSED, specReplicas: 0 },
      able: 'False/Paused: paused until 2026-01-01T12:05:00Z: database move',
      events: ['Normal Paused: paused until 2026-01-01T12:05:00Z: database move'],
      heldBy: 'Paused',
    },
    {
      why: 'its end lets the count go',
      given: { annotations: { 'paused-until': '2026-01-01T12:00:00Z' }, memory: { heldBy: 'Paused' } },
      able: 'True/SucceededRescale: the HPA controller was able to update the target scale to 6',
      events: [
        'Normal Resumed: the pause is over, scale writes go out again',
        'Normal SuccessfulRescale: New size: 6; reason: cpu resource utilization (percentage of request) above target',
      ],
      heldBy: undefined,
    },
    {
      why: 'it ends with its annotation, whatever the metrics say',
      given: { samples: FAILED, memory: { heldBy: 'Paused' } },
      able: "True/SucceededGetScale: the HPA controller was able to get the target's current scale",
      events: [
        'Warning FailedGetResourceMetric: failed to get cpu utilization: unable to get metrics for resource cpu: no',
        'Normal Resumed: the pause is over, scale writes go out again',
        'Warning FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: no',
      ],
      heldBy: undefined,
    },
    {
      why: 'an instant that is none pauses nothing',
      given: { annotations: { 'paused-until': 'tomorrow' } },
      able: 'True/SucceededRescale: the HPA controller was able to update the target scale to 6',
      events: [
        'Warning InvalidOption: annotation podtide.dev/paused-until: "tomorrow" must be an instant such as 2026-01-31T18:00:00Z; it is ignored',
        'Normal SuccessfulRescale: New size: 6; reason: cpu resource utilization (percentage of request) above target',
      ],
      heldBy: undefined,
    },
  ])('$why', ({ given, able: condition, events, heldBy }) => {
    const decision = run(given);
    expect([able(decision), told(decision), decision.memory?.heldBy]).toEqual([condition, events, heldBy]);
  });

  it('dates its condition from its beginning', () => {
    const conditions = [
      { type: 'AbleToScale', status: 'False', reason: 'Paused', lastTransitionTime: '2026-01-01T11:00:00Z' },
    ];
    const { status } = run({ annotations: PAUSED, status: { desiredReplicas: 3, currentMetrics: [], conditions } });
    expect(status?.conditions?.[0]).toMatchObject({ reason: 'Paused', lastTransitionTime: '2026-01-01T11:00:00Z' });
  });
});

describe('the scale-down breaker', () => {
  const text =
    'held until 2026-01-01T12:14:00Z: 412 of 1000 HPAs on metrics.k8s.io want down within a minute, more than 30 %';

  it.each<{
    why: string;
    given: Given;
    scaledTo: number | null;
    able: string;
    events: readonly string[];
    heldBy: string | undefined;
  }>([
    {
      why: 'off, the count falls as ever',
      given: { samples: IDLE, facts: CORRELATED, options: { ...BREAKER, scaleDownBreaker: null } },
      scaledTo: 1,
      able: 'True/SucceededRescale: the HPA controller was able to update the target scale to 1',
      events: ['Normal SuccessfulRescale: New size: 1; reason: All metrics below target'],
      heldBy: undefined,
    },
    {
      why: 'the first look holds without a word',
      given: { samples: IDLE, facts: { pressure: { wantsDownSinceMs: null, apis: [] } } },
      scaledTo: null,
      able: 'True/ReadyForNewScale: recommended size matches current size',
      events: [],
      heldBy: undefined,
    },
    {
      why: 'many at once are held, and it is told',
      given: { samples: IDLE, facts: CORRELATED },
      scaledTo: null,
      able: `False/CorrelatedScaleDown: ${text}; would go from 3 to 1`,
      events: [`Warning CorrelatedScaleDown: ${text}`],
      heldBy: 'CorrelatedScaleDown',
    },
    {
      why: 'told once',
      given: { samples: IDLE, facts: CORRELATED, memory: { heldBy: 'CorrelatedScaleDown' } },
      scaledTo: null,
      able: `False/CorrelatedScaleDown: ${text}; would go from 3 to 1`,
      events: [],
      heldBy: 'CorrelatedScaleDown',
    },
    {
      why: 'metrics that come back end it',
      given: { facts: CORRELATED, memory: { heldBy: 'CorrelatedScaleDown' } },
      scaledTo: 6,
      able: 'True/SucceededRescale: the HPA controller was able to update the target scale to 6',
      events: [
        'Normal ScaleDownReleased: the scale-down breaker no longer holds this HPA',
        'Normal SuccessfulRescale: New size: 6; reason: cpu resource utilization (percentage of request) above target',
      ],
      heldBy: undefined,
    },
    {
      why: 'a new look after it says nothing new',
      given: {
        samples: IDLE,
        facts: { pressure: { wantsDownSinceMs: null, apis: [] } },
        memory: { heldBy: 'CorrelatedScaleDown' },
      },
      scaledTo: null,
      able: 'True/ReadyForNewScale: recommended size matches current size',
      events: [],
      heldBy: 'CorrelatedScaleDown',
    },
    {
      why: 'a maximum that a person lowered is obeyed at once',
      given: { samples: IDLE, facts: CORRELATED, specReplicas: 30 },
      scaledTo: 10,
      able: 'True/SucceededRescale: the HPA controller was able to update the target scale to 10',
      events: ['Normal SuccessfulRescale: New size: 10; reason: Current number of replicas above Spec.MaxReplicas'],
      heldBy: undefined,
    },
    {
      why: 'a pause beats it',
      given: { annotations: PAUSED, samples: IDLE, facts: CORRELATED, memory: { heldBy: 'CorrelatedScaleDown' } },
      scaledTo: null,
      able: 'False/Paused: paused until 2026-01-01T12:05:00Z: database move; would go from 3 to 1',
      events: [
        'Normal ScaleDownReleased: the scale-down breaker no longer holds this HPA',
        'Normal Paused: paused until 2026-01-01T12:05:00Z: database move',
      ],
      heldBy: 'Paused',
    },
  ])('$why', ({ given, scaledTo, able: condition, events, heldBy }) => {
    const decision = run({ options: BREAKER, ...given });
    expect({
      scaledTo: decision.scaledTo,
      able: able(decision),
      events: told(decision),
      heldBy: decision.memory?.heldBy,
    }).toEqual({ scaledTo, able: condition, events, heldBy });
  });

  it('keeps its word while the metrics fail', () => {
    const decision = run({ samples: FAILED, options: BREAKER, memory: { heldBy: 'CorrelatedScaleDown' } });
    expect([decision.memory?.heldBy, decision.events.map(({ reason }) => reason)]).toEqual([
      'CorrelatedScaleDown',
      ['FailedGetResourceMetric', 'FailedComputeMetricsReplicas'],
    ]);
  });
});
