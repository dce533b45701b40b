import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { facts, memory } from '../../../test/fixtures/engine-arbitraries.ts';
import { NOW_MS } from '../../../test/fixtures/engine-facts.ts';
import { conclude } from './conclude.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts, FleetPressure } from './facts.ts';
import type { Memory } from './memory.ts';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './options.ts';
import { settle } from './settle.ts';

function run(known: Facts, before: Memory, options: EngineOptions = DEFAULT_ENGINE_OPTIONS): Decision {
  const settlement = settle(decide(known, before, options), { kind: 'written', attemptCount: 1 });
  return conclude(settlement, settlement.isStatusChanged ? { kind: 'written' } : { kind: 'notTried' });
}

function annotated(known: Facts, annotations: Readonly<Record<string, string>>): Facts {
  if (known.hpa.kind !== 'found') return known;
  const { object } = known.hpa;
  return { ...known, hpa: { kind: 'found', object: { ...object, metadata: { ...object.metadata, annotations } } } };
}

/** The decision without what only tells of options. */
function withoutOptions(decision: Decision): Decision {
  return { ...decision, trace: { ...decision.trace, options: null } };
}

const pressure: fc.Arbitrary<FleetPressure> = fc.record({
  wantsDownSinceMs: fc.option(fc.integer({ min: NOW_MS - 1_200_000, max: NOW_MS })),
  apis: fc.array(
    fc.record({
      api: fc.constantFrom('metrics.k8s.io', 'external.metrics.k8s.io'),
      hpaCount: fc.integer({ min: 1, max: 50 }),
      wantDownCount: fc.integer({ min: 0, max: 50 }),
    }),
    { maxLength: 2 },
  ),
});

const BREAKER: EngineOptions = {
  ...DEFAULT_ENGINE_OPTIONS,
  scaleDownBreaker: { shareRatioMax: 0.3, holdMs: 900_000, lookMs: 15_000 },
};

describe('without its options an HPA decides as ever', () => {
  it('whatever the facts hold for other options', () => {
    fc.assert(
      fc.property(facts, memory, pressure, (known, before, fleet) => {
        const ownership = { kind: 'unknown', message: 'nobody asked' } as const;
        const decided = run({ ...known, pressure: fleet, ownership }, before);
        expect(JSON.stringify(decided)).toBe(JSON.stringify(run(known, before)));
      }),
    );
  });

  it('with a warm-up of nothing', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const decided = run(annotated(known, { 'podtide.dev/warmup': '0s' }), before);
        expect(withoutOptions(decided)).toEqual(run(known, before));
      }),
    );
  });

  it('with an age that no sample has reached', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const decided = run(annotated(known, { 'podtide.dev/max-sample-age': '15m' }), before);
        expect(withoutOptions(decided)).toEqual(run(known, before));
        expect(run(known, before, { ...DEFAULT_ENGINE_OPTIONS, maxSampleAgeMs: 900_000 })).toEqual(run(known, before));
      }),
    );
  });

  it('selecting by owner when the target owns every pod', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const owned: Facts = { ...known, ownership: { kind: 'known', foreign: [] } };
        const decided = run(annotated(owned, { 'podtide.dev/selection': 'owner' }), before);
        expect(withoutOptions(decided)).toEqual(run(known, before));
      }),
    );
  });

  it('after a pause', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const decided = run(annotated(known, { 'podtide.dev/paused-until': '2026-01-01T11:59:59Z' }), before);
        expect(withoutOptions(decided)).toEqual(run(known, before));
      }),
    );
  });
});

describe('a hold', () => {
  it('by a pause writes nothing, and remembers what was recommended all the same', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const paused = run(annotated(known, { 'podtide.dev/paused-until': '2026-01-01T12:00:01Z' }), before);
        const free = run(known, before);
        expect(paused.scaleWriteAttempts).toEqual([]);
        expect(paused.memory?.recommendations).toEqual(free.memory?.recommendations);
        expect(paused.trace.hold).toMatchObject({ code: 'Paused', wantedReplicas: wantedOf(free) });
        expect(paused.desiredReplicas).toBe(free.desiredReplicas === null ? null : free.currentReplicas);
      }),
    );
  });

  it('by the breaker only ever keeps a metric-driven count from falling', () => {
    fc.assert(
      fc.property(facts, memory, pressure, (known, before, fleet) => {
        const free = run(known, before);
        const guarded = run({ ...known, pressure: fleet }, before, BREAKER);
        if (guarded.trace.hold === null) {
          expect(guarded).toEqual(free);
          return;
        }
        expect(free.trace.path.code).toBe('MetricDriven');
        expect(free.scaledTo).toBeLessThan(free.currentReplicas ?? 0);
        expect([guarded.scaleWriteAttempts, guarded.desiredReplicas]).toEqual([[], free.currentReplicas]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('samples that do not count', () => {
  it('older than allowed shrink nothing', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const old = run(
          { ...known, nowMs: NOW_MS + 3_600_000 },
          { ...before, recommendations: [] },
          {
            ...DEFAULT_ENGINE_OPTIONS,
            maxSampleAgeMs: 60_000,
          },
        );
        if (old.trace.path.code === 'MetricDriven') expect(old.scaledTo).toBeNull();
      }),
    );
  });

  it('of pods that somebody else owns are as if they had never been there', () => {
    fc.assert(
      fc.property(facts, memory, fc.subarray(['p1', 'p2', 'p3', 'p4']), (known, before, foreign) => {
        if (known.pods.kind !== 'listed') return;
        const pods = known.pods.pods.filter(({ name }) => !foreign.includes(name));
        const ownership = { kind: 'known', foreign: [{ owner: 'Job/x', pods: foreign }] } as const;
        const kept = { ...known, pods: { kind: 'listed', pods } } as const;
        const selected = run(annotated({ ...kept, ownership }, { 'podtide.dev/selection': 'owner' }), before);
        const metrics = known.metrics.map((samples) => {
          if (samples.kind !== 'values' || samples.samples.kind !== 'perPod') return samples;
          const byPod = Object.entries(samples.samples.byPod).filter(([name]) => !foreign.includes(name));
          return { ...samples, samples: { kind: 'perPod', byPod: Object.fromEntries(byPod) } } as const;
        });
        expect(withoutOptions(selected)).toEqual(run({ ...kept, metrics }, before));
      }),
    );
  });
});

it('all options together, on, survive JSON and change nothing that was given', () => {
  const all = {
    'podtide.dev/paused-until': '2026-01-01T12:00:01Z',
    'podtide.dev/paused-reason': 'why',
    'podtide.dev/selection': 'owner',
    'podtide.dev/warmup': '5m',
    'podtide.dev/max-sample-age': '2m',
    'podtide.dev/sync-period': 'often',
  };
  fc.assert(
    fc.property(facts, memory, pressure, (known, before, fleet) => {
      const given = annotated({ ...known, pressure: fleet, ownership: { kind: 'known', foreign: [] } }, all);
      const copies = structuredClone([given, before]);
      const decision = run(given, before, BREAKER);
      expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
      expect([given, before]).toEqual(copies);
    }),
  );
});

function wantedOf({ desiredReplicas, trace }: Decision): number | null {
  return trace.path.code === 'Disabled' ? null : desiredReplicas;
}
