import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { behavior, count, facts, memory, metric } from '../../../test/fixtures/engine-arbitraries.ts';
import { factsOf, hpaOf, NOW_MS, readyPods } from '../../../test/fixtures/engine-facts.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from '../autoscaling/types.ts';
import { conclude } from './conclude.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import type { Facts, MetricSamples } from './facts.ts';
import { EMPTY_MEMORY, type Memory } from './memory.ts';
import { DEFAULT_ENGINE_OPTIONS } from './options.ts';
import { plan } from './plan.ts';
import { settle } from './settle.ts';

function run(known: Facts, before: Memory): Decision {
  const settlement = settle(decide(known, before, DEFAULT_ENGINE_OPTIONS), { kind: 'written', attemptCount: 1 });
  return conclude(settlement, settlement.isStatusChanged ? { kind: 'written' } : { kind: 'notTried' });
}

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

describe('laws', () => {
  it('the same facts and memory give the same decision', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        expect(run(known, before)).toEqual(run(known, before));
      }),
    );
  });

  it('facts, memory and decision survive JSON', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const decision = run(known, before);
        expect(throughJson(known)).toEqual(known);
        expect(run(throughJson(known), throughJson(before))).toEqual(decision);
        expect(throughJson(decision)).toEqual(decision);
      }),
    );
  });

  it('nothing that was given is changed', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const copies = structuredClone([known, before]);
        run(known, before);
        expect([known, before]).toEqual(copies);
      }),
    );
  });

  it('a metric-driven count stays between the bounds, or where it was', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const { scaledTo, currentReplicas } = run(known, before);
        if (scaledTo === null || currentReplicas === null) return;
        expect(scaledTo).toBeGreaterThanOrEqual(1);
        expect(scaledTo).toBeLessThanOrEqual(20);
      }),
    );
  });
});

describe('missing data', () => {
  const untouched: Memory = { ...EMPTY_MEMORY, recommendations: [] };

  it('starts no move: when every metric fails, nothing is written', () => {
    fc.assert(
      fc.property(facts, memory, (known, before) => {
        const blind = {
          ...known,
          metrics: known.metrics.map((): MetricSamples => ({ kind: 'metricFailed', message: 'x' })),
        };
        const { trace, scaledTo } = run(blind, before);
        if (trace.path.code === 'MetricDriven') expect(scaledTo).toBeNull();
      }),
    );
  });

  it('shrinks nothing: with one metric failing the count never falls', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const [, ...rest] = known.metrics;
        const partial: Facts = { ...known, metrics: [{ kind: 'metricFailed', message: 'x' }, ...rest] };
        const { trace, scaledTo, currentReplicas } = run(partial, untouched);
        if (trace.path.code !== 'MetricDriven' || scaledTo === null) return;
        expect(scaledTo).toBeGreaterThan(currentReplicas ?? 0);
      }),
    );
  });

  it('reverses no move: pods without a sample never turn the ratio’s direction around', () => {
    fc.assert(
      fc.property(facts, (known) => {
        const { trace } = run(known, untouched);
        for (const proposed of trace.metrics) {
          if (proposed.code !== 'MetricProposed' || proposed.pods === null || proposed.filledRatio === null) continue;
          const { usageRatio, proposedReplicas } = proposed;
          const current = trace.path.currentReplicas ?? 0;
          if (usageRatio !== null && usageRatio < 1) expect(proposedReplicas).toBeLessThanOrEqual(current);
          if (usageRatio !== null && usageRatio > 1) expect(proposedReplicas).toBeGreaterThanOrEqual(current);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('makes no larger move: hiding a sample never takes a utilization further from where it is', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 0, max: 1_000 }),
        (size, target, usage) => {
          const names = readyPods(size).map(({ name }) => name);
          const spec: MetricSpec = {
            type: 'Resource',
            resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } },
          };
          const proposedWith = (sampled: readonly string[]): number => {
            const byPod = Object.fromEntries(
              sampled.map((name) => [name, { milli: usage, atMs: NOW_MS, windowMs: 15_000 }]),
            );
            const samples: MetricSamples = { kind: 'values', samples: { kind: 'perPod', byPod } };
            const { trace } = decide(factsOf(hpaOf([spec]), size, [samples]), untouched, DEFAULT_ENGINE_OPTIONS);
            const [proposed] = trace.metrics;
            return proposed?.code === 'MetricProposed' ? proposed.proposedReplicas : size;
          };
          const whole = Math.abs(proposedWith(names) - size);
          const partial = Math.abs(proposedWith(names.slice(1)) - size);
          expect(partial).toBeLessThanOrEqual(whole);
        },
      ),
    );
  });
});

describe('total on hostile input', () => {
  const part = fc.jsonValue({ maxDepth: 4 });
  const hostileMetric = fc.oneof(
    part,
    fc.record({
      type: fc.constantFrom('Resource', 'ContainerResource', 'Pods', 'Object', 'External', 'x'),
      resource: part,
      pods: part,
      object: part,
      external: part,
    }),
    metric.map(({ spec }) => spec),
  );
  const hostileHpa = fc.oneof(
    part,
    fc.record({
      metadata: part,
      spec: fc.oneof(
        part,
        fc.record(
          {
            scaleTargetRef: part,
            minReplicas: part,
            maxReplicas: fc.oneof(part, count),
            metrics: fc.array(hostileMetric),
            behavior: fc.oneof(part, behavior),
          },
          { requiredKeys: [] },
        ),
      ),
      status: fc.oneof(part, fc.record({ conditions: part, currentMetrics: part, desiredReplicas: part })),
    }),
  );
  const number = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger());

  it('whatever the HPA object holds', () => {
    fc.assert(
      fc.property(facts, memory, hostileHpa, (known, before, object) => {
        const hostile: Facts = {
          ...known,
          hpa: { kind: 'found', object: object as unknown as HorizontalPodAutoscaler },
        };
        plan(hostile, DEFAULT_ENGINE_OPTIONS);
        expect(run(hostile, before).kind).toBe('Decision');
      }),
      { numRuns: 1_000 },
    );
  });

  it('whatever the numbers are', () => {
    fc.assert(
      fc.property(
        facts,
        memory,
        fc.array(number, { minLength: 8, maxLength: 8 }),
        fc.string(),
        (known, before, numbers, selector) => {
          const [
            nowMs = 0,
            specReplicas = 0,
            statusReplicas = 0,
            milliValue = 0,
            atMs = 0,
            tolerance = 0,
            windowMs = 0,
            size = 0,
          ] = numbers;
          const byPod = { p1: { milli: milliValue, atMs, windowMs } };
          const hostile: Facts = {
            ...known,
            nowMs,
            clockTickNs: atMs,
            scale: { kind: 'found', resource: '', specReplicas, statusReplicas, selector },
            metrics: known.metrics.map((samples, index) =>
              index % 2 === 0 ? { kind: 'values', samples: { kind: 'perPod', byPod } } : samples,
            ),
          };
          const options = { ...DEFAULT_ENGINE_OPTIONS, tolerance, downscaleStabilizationMs: windowMs };
          const odd: Memory = { ...before, recommendations: [[size, atMs]], scaleUpEvents: [[size, nowMs, 0]] };
          const settlement = settle(decide(hostile, odd, options), { kind: 'written', attemptCount: size });
          expect(conclude(settlement, { kind: 'written' }).kind).toBe('Decision');
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
