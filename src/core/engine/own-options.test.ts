import { describe, expect, it } from 'vitest';
import { NOW_MS, podSamples, readyPod } from '../../../test/fixtures/engine-facts.ts';
import { factsGiven, type Given, IDLE, decideGiven as run, told } from '../../../test/fixtures/own-options.ts';
import type { Facts, MetricSamples } from './facts.ts';
import { EMPTY_MEMORY } from './memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from './options.ts';
import { plan } from './plan.ts';

describe('pods by owner', () => {
  const annotations = { selection: 'owner' };
  const foreign = [{ owner: 'Job/migrate', pods: ['job-1'] }];

  it('foreign pods neither count nor are missed, and the trace names them', () => {
    const samples = podSamples({ p1: 500, p2: 500, p3: 500, 'job-1': 9_000 });
    const decision = run({ annotations, samples, facts: { ownership: { kind: 'known', foreign } } });
    expect(decision.desiredReplicas).toBe(3);
    expect(decision.trace.options).toEqual({ inForce: [{ code: 'OwnerSelection', foreign }], ignored: [] });
  });

  it.each<{ why: string; facts: Partial<Facts>; message: string }>([
    {
      why: 'it could not be found out',
      facts: { ownership: { kind: 'unknown', message: 'ReplicaSet web-1 may not be read' } },
      message: 'ReplicaSet web-1 may not be read',
    },
    { why: 'nobody asked', facts: {}, message: 'the owners of the pods were not looked up' },
  ])('whose they are is unknown: nothing is asked, nothing moves: $why', ({ facts, message }) => {
    const given = { annotations, facts };
    const decision = run(given);
    const text = `unable to tell which pods of selector app=web the target owns: ${message}`;
    expect(plan(factsGiven(given), DEFAULT_ENGINE_OPTIONS).queries).toEqual([]);
    expect([decision.trace.path.code, decision.trace.selector?.code]).toEqual(['SelectorFailed', 'OwnershipUnknown']);
    expect(decision.status?.conditions?.find(({ type }) => type === 'ScalingActive')).toMatchObject({
      status: 'False',
      reason: 'OwnershipUnknown',
      message: text,
    });
    expect(told(decision)).toEqual([
      `Warning OwnershipUnknown: ${text}`,
      `Warning FailedComputeMetricsReplicas: ${text}`,
    ]);
    expect(decision.scaleWriteAttempts).toEqual([]);
  });
});

describe('a warm-up', () => {
  it('keeps young pods from counting as ready for cpu, until their own instant', () => {
    const young = { startAtMs: NOW_MS - 400_000, ready: { status: 'True', sinceMs: NOW_MS - 390_000 } };
    const pods = [readyPod('p1'), readyPod('p2'), readyPod('p3', young)];
    const samples = podSamples({ p1: 500, p2: 500, p3: 5_000 });
    const known: Partial<Facts> = { pods: { kind: 'listed', pods } };
    const warm = run({ annotations: { warmup: '10m' }, samples, facts: known }).trace.metrics[0];
    expect(warm?.code === 'MetricProposed' && warm.pods?.unready).toEqual([
      { pod: 'p3', reason: 'WarmingUp', untilMs: NOW_MS + 200_000 },
    ]);
    expect(warm?.code === 'MetricProposed' && warm.proposedReplicas).toBe(3);
    const cold = run({ annotations: { warmup: '6m' }, samples, facts: known }).trace.metrics[0];
    expect(cold?.code === 'MetricProposed' && cold.proposedReplicas).toBe(12);
  });
});

describe('the age of samples', () => {
  it('pods whose sample is too old count as missing, against the move', () => {
    const byPod = Object.fromEntries(
      ['p1', 'p2', 'p3'].map((pod, index) => [pod, { milli: 0, atMs: NOW_MS - index * 50_000, windowMs: 15_000 }]),
    );
    const samples: MetricSamples = { kind: 'values', samples: { kind: 'perPod', byPod } };
    const [metric] = run({ annotations: { 'max-sample-age': '75s' }, samples }).trace.metrics;
    expect(metric).toMatchObject({
      code: 'MetricProposed',
      rule: 'RatioApplied',
      proposedReplicas: 2,
      pods: { readyCount: 2, missing: ['p3'], missingFilledWith: 'requestTimesTarget' },
      stale: { maxAgeMs: 75_000, limitedBy: 'annotation', newestAgeMs: 100_000, pods: ['p3'] },
    });
  });

  it('all too old: the metric failed and nothing shrinks', () => {
    const decision = run({ annotations: { 'max-sample-age': '4s' }, samples: IDLE });
    expect(decision.status?.conditions?.find(({ type }) => type === 'ScalingActive')?.message).toBe(
      'the HPA was unable to compute the replica count: failed to get cpu utilization: unable to get metrics for resource cpu: no sample is newer than 4s (podtide.dev/max-sample-age); the newest is 5s old',
    );
    expect(decision.scaleWriteAttempts).toEqual([]);
  });
});

describe('an annotation that is ignored', () => {
  const wrong = { 'sync-peroid': '5s', warmup: 'long' };
  const messages = {
    'podtide.dev/sync-peroid':
      'annotation podtide.dev/sync-peroid: "5s" is no option; did you mean podtide.dev/sync-period?; it is ignored',
    'podtide.dev/warmup':
      'annotation podtide.dev/warmup: "long" must be a duration from 0s to 1h0m0s such as 30s; it is ignored',
  };

  function warnings(given: Given): readonly string[] {
    return run(given).events.flatMap(({ reason, message }) => (reason === 'InvalidOption' ? [message] : []));
  }

  it('is told when it appears, and remembered whether or not the scale is written', () => {
    const decision = run({ annotations: wrong });
    expect(decision.scaledTo).toBe(6);
    expect(decision.memory?.ignoredOptions).toEqual(messages);
    expect(decision.trace.options?.ignored.map(({ annotation }) => annotation)).toEqual(
      Object.keys(messages).reverse(),
    );
    expect(warnings({ annotations: wrong })).toEqual(Object.values(messages).reverse());
  });

  it.each<{
    why: string;
    annotations: Record<string, string>;
    before: Record<string, string>;
    told: readonly string[];
  }>([
    { why: 'not again', annotations: wrong, before: messages, told: [] },
    {
      why: 'again when it changes',
      annotations: { ...wrong, warmup: '2h' },
      before: messages,
      told: ['annotation podtide.dev/warmup: "2h" must be a duration from 0s to 1h0m0s such as 30s; it is ignored'],
    },
    { why: 'not when it is gone', annotations: {}, before: messages, told: [] },
  ])('$why', ({ annotations, before, told: expected }) => {
    expect(warnings({ annotations, memory: { ignoredOptions: before } })).toEqual(expected);
  });

  it.each<{ why: string; annotations: Record<string, string>; text: string }>([
    { why: 'a word', annotations: { selection: 'all' }, text: 'podtide.dev/selection: "all" must be owner' },
    {
      why: 'a length',
      annotations: { 'paused-until': '2026-01-01T00:00:00Z', 'paused-reason': 'x'.repeat(201) },
      text: `podtide.dev/paused-reason: "${'x'.repeat(200)}…" must not be longer than 200 characters`,
    },
    {
      why: 'what goes together',
      annotations: { 'paused-reason': 'move' },
      text: 'podtide.dev/paused-reason: "move" goes together with podtide.dev/paused-until',
    },
    {
      why: 'a name of nothing',
      annotations: { fallback: '5' },
      text: 'podtide.dev/fallback: "5" is no option of this version',
    },
  ])('says the rule: $why', ({ annotations, text }) => {
    expect(warnings({ annotations })).toEqual([`annotation ${text}; it is ignored`]);
  });

  it('is forgotten with its annotation', () => {
    expect(run({ memory: { ignoredOptions: messages } }).memory).toEqual({
      ...EMPTY_MEMORY,
      recommendations: [[6, NOW_MS]],
    });
  });

  it('is told although the scale cannot be read', () => {
    const scale = { kind: 'failed', stage: 'read', message: 'gone' } as const;
    expect(warnings({ annotations: wrong, facts: { scale } })).toHaveLength(2);
  });
});
