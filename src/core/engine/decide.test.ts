import { describe, expect, it } from 'vitest';
import {
  cpuUtilization,
  factsOf,
  hpaOf,
  NOW_MS,
  podSamples,
  queuePerReplica,
  readyPods,
  valueSamples,
} from '../../../test/fixtures/engine-facts.ts';
import type { HpaCondition } from '../autoscaling/types.ts';
import { conclude } from './conclude.ts';
import { decide } from './decide.ts';
import type { Decision, ScaleWriteOutcome, StatusWriteOutcome } from './decision.ts';
import type { Facts, ScaleFact } from './facts.ts';
import { EMPTY_MEMORY, type Memory, type ScaleEvent } from './memory.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './options.ts';
import { plan } from './plan.ts';
import { settle } from './settle.ts';

const BUSY = podSamples({ p1: 1000, p2: 1000, p3: 1000 });
const BUSY_FACTS = factsOf(hpaOf([cpuUtilization(50)]), 3, [BUSY]);
const WRITTEN: ScaleWriteOutcome = { kind: 'written', attemptCount: 1 };

function run(
  facts: Facts,
  scaleWrite: ScaleWriteOutcome = WRITTEN,
  statusWrite: StatusWriteOutcome['kind'] = 'written',
  memory: Memory = EMPTY_MEMORY,
  options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
): Decision {
  const settlement = settle(decide(facts, memory, options), scaleWrite);
  if (!settlement.isStatusChanged) return conclude(settlement, { kind: 'notTried' });
  return conclude(settlement, statusWrite === 'failed' ? { kind: 'failed', message: 'no' } : { kind: statusWrite });
}

function reasons({ status }: Decision): readonly string[] {
  return (status?.conditions ?? []).map(({ type, reason }: HpaCondition) => `${type}/${reason}`);
}

describe('a growth', () => {
  it('is whole: write, status, event, telemetry, memory', () => {
    const decision = run(BUSY_FACTS);
    expect({ ...decision, trace: null, status: null }).toEqual({
      apiVersion: 'podtide.dev/v1',
      kind: 'Decision',
      hpa: { namespace: 'shop', name: 'web', uid: 'u1' },
      atMs: NOW_MS,
      isDeleted: false,
      currentReplicas: 3,
      desiredReplicas: 6,
      scaledTo: 6,
      scaleWriteAttempts: [6],
      rescaleReason: 'cpu resource utilization (percentage of request) above target',
      isStatusWritten: true,
      status: null,
      events: [
        {
          type: 'Normal',
          reason: 'SuccessfulRescale',
          message: 'New size: 6; reason: cpu resource utilization (percentage of request) above target',
        },
      ],
      error: null,
      telemetry: {
        action: 'scale_up',
        error: 'none',
        metrics: [{ type: 'Resource', action: 'scale_up', error: 'none' }],
        desiredReplicas: 6,
      },
      memory: {
        version: 1,
        recommendations: [
          [3, NOW_MS],
          [6, NOW_MS],
        ],
        scaleUpEvents: [],
        scaleDownEvents: [],
        failingSinceMs: {},
      },
      trace: null,
    });
    expect(reasons(decision)).toEqual([
      'AbleToScale/SucceededRescale',
      'ScalingActive/ValidMetricFound',
      'ScalingLimited/DesiredWithinRange',
    ]);
  });

  it('is kept back when the scale write fails', () => {
    const decision = run(BUSY_FACTS, { kind: 'failed', attemptCount: 5, message: 'conflict' });
    expect([
      decision.scaledTo,
      decision.scaleWriteAttempts,
      decision.error,
      decision.telemetry?.desiredReplicas,
    ]).toEqual([null, [6, 6, 6, 6, 6], 'failed to rescale Deployment/shop/web: conflict', null]);
    expect(reasons(decision)[0]).toBe('AbleToScale/FailedUpdateScale');
    expect(decision.status?.desiredReplicas).toBe(0);
  });

  const UP = 'scaleUpEvents';
  const DOWN = 'scaleDownEvents';
  const LATE_MS = NOW_MS + 20_000;
  it.each<{ why: string; outcome: ScaleWriteOutcome; up: readonly ScaleEvent[] }>([
    { why: 'a write counts from its answer', outcome: { ...WRITTEN, answeredAtMs: LATE_MS }, up: [[3, LATE_MS, 0]] },
    { why: 'a refused one never', outcome: { kind: 'failed', attemptCount: 1, message: 'no' }, up: [] },
    {
      why: 'one whose answer was lost counts as done',
      outcome: { kind: 'failed', attemptCount: 1, message: 'reset', isPossiblyWritten: true, answeredAtMs: LATE_MS },
      up: [[3, LATE_MS, 0]],
    },
  ])('$why towards the budgets of policies', ({ outcome, up }) => {
    const object = { ...hpaOf([cpuUtilization(50)]) };
    const behavior = { scaleUp: { policies: [{ type: 'Pods', value: 4, periodSeconds: 60 }] } };
    const hpa = { kind: 'found', object: { ...object, spec: { ...object.spec, behavior } } } as const;
    const { memory } = run({ ...BUSY_FACTS, hpa }, outcome);
    expect([memory?.[UP], memory?.[DOWN]]).toEqual([up, []]);
  });

  it('only wanted, not tried: the status says nothing of it', () => {
    const decision = run(BUSY_FACTS, { kind: 'notTried' });
    expect([decision.scaledTo, decision.desiredReplicas, decision.status?.desiredReplicas, decision.events]).toEqual([
      null,
      6,
      0,
      [],
    ]);
    expect(reasons(decision)[0]).toBe('AbleToScale/ReadyForNewScale');
  });

  it('reports a failed status write, and keeps the stored status', () => {
    const decision = run(BUSY_FACTS, WRITTEN, 'failed');
    expect([decision.isStatusWritten, decision.status, decision.error, decision.events.at(-1)]).toEqual([
      false,
      { desiredReplicas: 0, currentMetrics: null },
      'failed to update status for web: no',
      { type: 'Warning', reason: 'FailedUpdateStatus', message: 'no' },
    ]);
  });
});

describe('before anything can be decided', () => {
  it.each<{ why: string; facts: Facts; isDeleted: boolean; error: string | null; memory: Memory | null }>([
    {
      why: 'the HPA is gone: its memory goes too',
      facts: { ...BUSY_FACTS, hpa: { kind: 'missing', namespace: 'shop', name: 'web' } },
      isDeleted: true,
      error: null,
      memory: null,
    },
    {
      why: 'the HPA cannot be read: its memory stays',
      facts: { ...BUSY_FACTS, hpa: { kind: 'unreadable', namespace: 'shop', name: 'web', message: 'index broken' } },
      isDeleted: false,
      error: 'index broken',
      memory: EMPTY_MEMORY,
    },
  ])('$why', ({ facts, isDeleted, error, memory }) => {
    const decision = run(facts);
    expect([decision.isDeleted, decision.error, decision.memory, decision.telemetry]).toEqual([
      isDeleted,
      error,
      memory,
      null,
    ]);
    expect(plan(facts, DEFAULT_ENGINE_OPTIONS).queries).toEqual([]);
  });

  it.each<{ stage: Extract<ScaleFact, { kind: 'failed' }>['stage']; error: string; label: string }>([
    { stage: 'parse', error: 'invalid API version in scale target reference: boom', label: 'spec' },
    { stage: 'mapping', error: 'unable to determine resource for scale target reference: boom', label: 'internal' },
    { stage: 'read', error: 'failed to query scale subresource for Deployment/shop/web: boom', label: 'internal' },
  ])('the scale fails at $stage', ({ stage, error, label }) => {
    const facts: Facts = { ...BUSY_FACTS, scale: { kind: 'failed', stage, message: 'boom' } };
    const decision = run(facts);
    expect([decision.error, decision.telemetry?.error, decision.currentReplicas]).toEqual([error, label, null]);
    expect(reasons(decision)).toEqual(['AbleToScale/FailedGetScale']);
    expect(decision.memory?.recommendations).toBeNull();
  });
});

describe('without metrics', () => {
  it.each([
    { why: 'paused at zero', specReplicas: 0, path: 'Disabled', scaledTo: null, reason: null },
    {
      why: 'above the maximum',
      specReplicas: 12,
      path: 'ForcedToMax',
      scaledTo: 10,
      reason: 'Current number of replicas above Spec.MaxReplicas',
    },
    {
      why: 'below the minimum',
      specReplicas: -1,
      path: 'ForcedToMin',
      scaledTo: 1,
      reason: 'Current number of replicas below Spec.MinReplicas',
    },
  ])('$why: $path', ({ specReplicas, path, scaledTo, reason }) => {
    const facts = { ...BUSY_FACTS, scale: { ...BUSY_FACTS.scale, specReplicas } } as Facts;
    const decision = run(facts);
    expect([decision.trace.path.code, decision.scaledTo, decision.rescaleReason]).toEqual([path, scaledTo, reason]);
    expect(plan(facts, DEFAULT_ENGINE_OPTIONS)).toEqual({ path: decision.trace.path, selector: null, queries: [] });
  });

  it.each<{ why: string; changes: Partial<Facts>; code: string; active: string[] }>([
    {
      why: 'another HPA selects the pods',
      changes: { rivals: ['shop/a'] },
      code: 'Ambiguous',
      active: ['ScalingActive/AmbiguousSelector'],
    },
    {
      why: 'two others do',
      changes: { rivals: ['shop/z', 'shop/a'], isRegistered: false },
      code: 'Ambiguous',
      active: ['ScalingActive/AmbiguousSelector'],
    },
    {
      why: 'no selector',
      changes: { scale: { ...BUSY_FACTS.scale, selector: '' } as ScaleFact },
      code: 'SelectorRequired',
      active: ['ScalingActive/InvalidSelector'],
    },
    {
      why: 'no selector that can be read',
      changes: { scale: { ...BUSY_FACTS.scale, selector: 'a in (' } as ScaleFact },
      code: 'SelectorInvalid',
      active: ['ScalingActive/InvalidSelector'],
    },
    {
      why: 'no listing of pods',
      changes: { pods: { kind: 'failed', message: 'x' } },
      code: 'PodListFailed',
      active: [],
    },
  ])('the selector fails: $why', ({ changes, code, active }) => {
    const facts = { ...BUSY_FACTS, ...changes };
    const decision = run(facts);
    expect([decision.trace.path.code, decision.trace.selector?.code]).toEqual(['SelectorFailed', code]);
    expect(reasons(decision)).toEqual(['AbleToScale/SucceededGetScale', ...active]);
    expect(decision.events.at(-1)?.reason).toBe('FailedComputeMetricsReplicas');
    expect(plan(facts, DEFAULT_ENGINE_OPTIONS)).toEqual({
      path: decision.trace.path,
      selector: decision.trace.selector,
      queries: [],
    });
  });
});

describe('zero replicas', () => {
  const gateOn = { ...DEFAULT_ENGINE_OPTIONS, features: { ...DEFAULT_ENGINE_OPTIONS.features, HPAScaleToZero: true } };
  const idle = valueSamples(0);
  const zeroed = {
    desiredReplicas: 0,
    currentMetrics: null,
    conditions: [{ type: 'ScaledToZero', status: 'True', reason: 'ScaledToZero', message: 'x' }],
  };

  it('are marked as the HPA’s own doing', () => {
    const facts = factsOf(hpaOf([queuePerReplica('10')], { minReplicas: 0 }), 1, [idle]);
    const seeded = { ...EMPTY_MEMORY, recommendations: [] };
    expect(reasons(run(facts, WRITTEN, 'written', seeded, gateOn)).at(-1)).toBe('ScaledToZero/ScaledToZero');
    expect(reasons(run(facts, WRITTEN, 'written', seeded)).at(-1)).toBe('ScalingLimited/DesiredWithinRange');
  });

  it('are not the HPA’s own with metrics that need pods', () => {
    const facts = factsOf(hpaOf([cpuUtilization(50)], { minReplicas: 0 }), 1, [podSamples({ p1: 0 })]);
    const seeded = { ...EMPTY_MEMORY, recommendations: [] };
    expect(reasons(run(facts, WRITTEN, 'written', seeded, gateOn)).at(-1)).toBe('ScaledToZero/NotScaledToZero');
  });

  it('end at a minimum raised since, however slow the policies', () => {
    const behavior = { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] } };
    const hpa = { ...hpaOf([queuePerReplica('10')], { minReplicas: 3, behavior }), status: zeroed };
    const decision = run(factsOf(hpa, 0, [idle]), WRITTEN, 'written', EMPTY_MEMORY, gateOn);
    expect([decision.scaledTo, decision.rescaleReason, decision.trace.wakeFloor]).toEqual([
      3,
      'Current number of replicas below Spec.MinReplicas',
      { minReplicas: 3 },
    ]);
  });

  it('lose their mark when the gate is off', () => {
    const hpa = { ...hpaOf([queuePerReplica('10')], { minReplicas: 0 }), status: zeroed };
    expect(reasons(run(factsOf(hpa, 0, [idle])))).toEqual([
      'AbleToScale/SucceededGetScale',
      'ScalingActive/ScalingDisabled',
    ]);
  });
});

describe('with behavior', () => {
  it.each([
    { why: 'growing, by the defaults', usage: 1000, specReplicas: 2, scaledTo: 4, up: [[2, NOW_MS, 0]], down: [] },
    { why: 'shrinking, by the defaults', usage: 10, specReplicas: 5, scaledTo: 1, up: [], down: [[4, NOW_MS, 0]] },
  ])('notes the event: $why', ({ usage, specReplicas, scaledTo, up, down }) => {
    const samples = podSamples(Object.fromEntries(readyPods(specReplicas).map(({ name }) => [name, usage])));
    const facts = factsOf(hpaOf([cpuUtilization(50)], { behavior: {} }), specReplicas, [samples]);
    const options = { ...DEFAULT_ENGINE_OPTIONS, downscaleStabilizationMs: 0 };
    const { scaledTo: written, memory } = run(facts, WRITTEN, 'written', EMPTY_MEMORY, options);
    expect([written, memory?.scaleUpEvents, memory?.scaleDownEvents]).toEqual([scaledTo, up, down]);
  });
});

describe('a failing metric', () => {
  const failing = factsOf(hpaOf([cpuUtilization(50)]), 3, [{ kind: 'metricFailed', message: 'boom' }]);

  it('is remembered from its first failure on, and forgotten when it works', () => {
    const name = 'cpu resource utilization (percentage of request)';
    const first = run(failing).memory ?? EMPTY_MEMORY;
    const later = run({ ...failing, nowMs: NOW_MS + 15_000 }, WRITTEN, 'written', first).memory ?? EMPTY_MEMORY;
    const healed = run({ ...BUSY_FACTS, nowMs: NOW_MS + 30_000 }, WRITTEN, 'written', later).memory;
    expect([first.failingSinceMs, later.failingSinceMs, healed?.failingSinceMs]).toEqual([
      { [name]: NOW_MS },
      { [name]: NOW_MS },
      {},
    ]);
  });

  it('leaves the wish as it was', () => {
    const hpa = { ...hpaOf([cpuUtilization(50)]), status: { desiredReplicas: 7, currentMetrics: null } };
    const decision = run({ ...failing, hpa: { kind: 'found', object: hpa } });
    expect([decision.status?.desiredReplicas, decision.desiredReplicas]).toEqual([7, null]);
  });
});

describe('the status', () => {
  const steady = podSamples({ p1: 500, p2: 500, p3: 500 });
  const facts = factsOf(hpaOf([cpuUtilization(50)]), 3, [steady]);
  const status = run(facts).status ?? { desiredReplicas: 0, currentMetrics: null };
  const settled = { ...facts, hpa: { kind: 'found', object: { ...hpaOf([cpuUtilization(50)]), status } } } as Facts;

  it('is not written again while nothing changes', () => {
    expect(run(settled).isStatusWritten).toBe(false);
  });

  it('is written when a condition changed to and fro within the second that is stored', () => {
    const refused: ScaleWriteOutcome = { kind: 'failed', attemptCount: 1, message: 'denied' };
    const { status: stored = null } = run(BUSY_FACTS, refused);
    const object = { ...hpaOf([cpuUtilization(50)]), ...(stored === null ? {} : { status: stored }) };
    const again: Facts = { ...BUSY_FACTS, hpa: { kind: 'found', object } };
    expect(run(again, refused).isStatusWritten).toBe(false);
    expect(run({ ...again, nowMs: NOW_MS + 1 }, refused).isStatusWritten).toBe(true);
  });

  it('keeps what it does not know of a condition', () => {
    const foreign = { type: 'AbleToScale', status: 'False', observedGeneration: 4 };
    const object = { ...hpaOf([cpuUtilization(50)]), status: { ...status, conditions: [foreign] } };
    const decision = run({ ...settled, hpa: { kind: 'found', object } } as Facts);
    expect(decision.status?.conditions?.[0]).toMatchObject({ observedGeneration: 4, status: 'True' });
  });
});
