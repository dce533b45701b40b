import { describe, expect, it } from 'vitest';
import { NOW_MS, podSamples, valueSamples } from '../../../test/fixtures/engine-facts.ts';
import { countSamples, foreignPodsOf, type SampleRules, sampleAgeLimit } from './counted-samples.ts';
import type { MetricSamples } from './facts.ts';
import { NO_HPA_OPTIONS } from './hpa-options.ts';
import { DEFAULT_ENGINE_OPTIONS } from './options.ts';

const EVERYTHING: SampleRules = { nowMs: NOW_MS, ageLimit: null, foreignPods: new Set() };
const MINUTE: SampleRules = { ...EVERYTHING, ageLimit: { maxAgeMs: 60_000, limitedBy: 'annotation' } };

function aged(ageMsByPod: Readonly<Record<string, number>>): MetricSamples {
  const byPod = Object.fromEntries(
    Object.entries(ageMsByPod).map(([pod, ageMs]) => [pod, { milli: 1, atMs: NOW_MS - ageMs, windowMs: 15_000 }]),
  );
  return { kind: 'values', samples: { kind: 'perPod', byPod } };
}

function total(ageMs: number): MetricSamples {
  return { kind: 'values', samples: { kind: 'values', milli: [5], atMs: NOW_MS - ageMs } };
}

describe('the limit', () => {
  const annotated = { ...NO_HPA_OPTIONS.options, maxSampleAgeMs: 90_000 };
  const flagged = { ...DEFAULT_ENGINE_OPTIONS, maxSampleAgeMs: 30_000 };

  it.each([
    { why: 'none', hpa: NO_HPA_OPTIONS.options, options: DEFAULT_ENGINE_OPTIONS, limit: null },
    {
      why: "the fleet's",
      hpa: NO_HPA_OPTIONS.options,
      options: flagged,
      limit: { maxAgeMs: 30_000, limitedBy: 'flag' },
    },
    {
      why: "the HPA's own, though longer",
      hpa: annotated,
      options: flagged,
      limit: { maxAgeMs: 90_000, limitedBy: 'annotation' },
    },
  ])('is $why', ({ hpa, options, limit }) => {
    expect(sampleAgeLimit(hpa, options)).toEqual(limit);
  });
});

describe('samples', () => {
  it.each<{ why: string; samples: MetricSamples | undefined; rules: SampleRules }>([
    { why: 'any age without a limit', samples: aged({ a: 9e9 }), rules: EVERYTHING },
    { why: 'a total of any age without a limit', samples: total(9e9), rules: EVERYTHING },
    { why: 'exactly as old as allowed', samples: aged({ a: 60_000 }), rules: MINUTE },
    { why: 'from a clock that is ahead', samples: aged({ a: -5_000 }), rules: MINUTE },
    { why: 'a total as old as allowed', samples: total(60_000), rules: MINUTE },
    { why: 'none, the query failed', samples: { kind: 'metricFailed', message: 'x' }, rules: MINUTE },
    { why: 'none, nobody asked', samples: { kind: 'notQueried' }, rules: MINUTE },
    { why: 'none at all', samples: undefined, rules: MINUTE },
    { why: 'an empty answer is not an old one', samples: podSamples({}), rules: MINUTE },
  ])('stay as they are: $why', ({ samples, rules }) => {
    expect(countSamples(samples, rules)).toEqual({ samples, stale: null });
  });

  it('that are too old go, and are named', () => {
    expect(countSamples(aged({ c: 61_000, a: 1_000, b: 120_000 }), MINUTE)).toEqual({
      samples: aged({ a: 1_000 }),
      stale: { maxAgeMs: 60_000, limitedBy: 'annotation', newestAgeMs: 61_000, pods: ['b', 'c'] },
    });
  });

  it('of foreign pods go, whatever their age, and are no old ones', () => {
    const rules = { ...MINUTE, foreignPods: new Set(['job-1', 'job-2']) };
    expect(countSamples(aged({ a: 1_000, 'job-1': 1_000, 'job-2': 90_000 }), rules)).toEqual({
      samples: aged({ a: 1_000 }),
      stale: null,
    });
  });

  it.each<{
    why: string;
    samples: MetricSamples;
    rules: SampleRules;
    message: string;
    newestAgeMs: number | null;
    pods: string[];
  }>([
    {
      why: 'of the pods',
      samples: aged({ a: 61_000, b: 600_000 }),
      rules: MINUTE,
      message: 'no sample is newer than 1m0s (podtide.dev/max-sample-age); the newest is 1m1s old',
      newestAgeMs: 61_000,
      pods: ['a', 'b'],
    },
    {
      why: 'of a total, by the flag',
      samples: total(3_600_000),
      rules: { ...MINUTE, ageLimit: { maxAgeMs: 90_000, limitedBy: 'flag' } },
      message: 'no sample is newer than 1m30s (--max-sample-age); the newest is 1h0m0s old',
      newestAgeMs: 3_600_000,
      pods: [],
    },
    {
      why: 'of a server that gives no instant: read as one of the year 1',
      samples: total(NOW_MS + 62_135_596_800_000),
      rules: MINUTE,
      message: 'no sample is newer than 1m0s (podtide.dev/max-sample-age); the newest is of unknown age',
      newestAgeMs: null,
      pods: [],
    },
    {
      why: 'of no instant at all',
      samples: total(Number.NaN),
      rules: MINUTE,
      message: 'no sample is newer than 1m0s (podtide.dev/max-sample-age); the newest is of unknown age',
      newestAgeMs: null,
      pods: [],
    },
  ])('that are all too old fail the metric: $why', ({ samples, rules, message, newestAgeMs, pods }) => {
    expect(countSamples(samples, rules)).toEqual({
      samples: { kind: 'metricFailed', message },
      stale: { ...rules.ageLimit, newestAgeMs, pods },
    });
  });

  it('keep their listing of pods that failed', () => {
    const samples = { ...valueSamples(5), kind: 'podsFailed', message: 'boom' } as MetricSamples;
    expect(countSamples(samples, MINUTE).samples).toEqual(samples);
  });
});

it('foreign pods are those of every owner', () => {
  const foreign = [
    { owner: 'Job/a', pods: ['a-1', 'a-2'] },
    { owner: null, pods: ['bare'] },
  ];
  expect([...foreignPodsOf({ kind: 'known', foreign })]).toEqual(['a-1', 'a-2', 'bare']);
  expect(foreignPodsOf({ kind: 'unknown', message: 'x' }).size).toBe(0);
  expect(foreignPodsOf(null).size).toBe(0);
});
