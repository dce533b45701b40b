import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLoad, type LoadProfile } from './load.ts';
import { loopRequestCount } from './request-loop.ts';
import { advanceService, IDLE_SERVICE, type ServiceModel, type ServingPod } from './service.ts';
import { profileOfImage, shareMilli, WALKTHROUGH_PROFILE } from './workload-profile.ts';

const MODEL: ServiceModel = {
  cpuMsPerRequest: 10,
  idleCpuMilli: 0,
  memoryBaseBytes: 1_000,
  memoryBytesPerRequest: 10,
  queueCountPerPodMax: 50,
};

const pod = (id: string, cpuMilliMax = 500): ServingPod => ({ id, cpuMilliMax });

describe('load', () => {
  const cases: readonly [why: string, profile: LoadProfile, asked: readonly number[], perSecond: readonly number[]][] =
    [
      ['constant from its beginning', { kind: 'constant', perSecond: 3 }, [-1, 0, 9e9], [0, 3, 3]],
      [
        'steps hold until the next',
        {
          kind: 'steps',
          steps: [
            { atMs: 10, perSecond: 4 },
            { atMs: 20, perSecond: 1 },
          ],
        },
        [0, 10, 19, 20, 99],
        [0, 4, 4, 1, 1],
      ],
      [
        'a trace runs straight between the middles of its intervals',
        { kind: 'trace', requestCounts: [60, 120], intervalMs: 60_000 },
        [0, 30_000, 60_000, 90_000, 500_000],
        [1, 1, 1.5, 2, 2],
      ],
      [
        'a trace scaled in amount and played faster',
        { kind: 'trace', requestCounts: [60, 120], intervalMs: 60_000, amountFactor: 10, speedFactor: 60 },
        [0, 1_000],
        [10, 15],
      ],
      ['an empty trace is no load', { kind: 'trace', requestCounts: [], intervalMs: 1 }, [0, 5], [0, 0]],
    ];
  test.each(cases)('%s', (_why, profile, asked, perSecond) => {
    const load = createLoad(profile);
    expect(asked.map((atMs) => load.perSecondAt(atMs))).toEqual(perSecond);
  });

  test('law: cutting an interval into pieces changes no total', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 20 });
    const cuts = fc.array(fc.integer({ min: 0, max: 1_200_000 }), { minLength: 2, maxLength: 10 });
    fc.assert(
      fc.property(counts, cuts, fc.integer(), (requestCounts, instants, seed) => {
        const load = createLoad({
          kind: 'trace',
          requestCounts,
          intervalMs: 60_000,
          noise: { amplitudeRatio: 0.3, seed },
        });
        const sorted = instants.toSorted((a, b) => a - b);
        const pieces = sorted.slice(1).map((toMs, index) => load.requestCount(sorted[index] ?? 0, toMs));
        expect(pieces.every((count) => Number.isInteger(count) && count >= 0)).toBe(true);
        const whole = load.requestCount(sorted[0] ?? 0, sorted.at(-1) ?? 0);
        expect(pieces.reduce((sum, count) => sum + count, 0)).toBe(whole);
      }),
    );
  });

  test('noise depends on its seed alone, and stays within its amplitude', () => {
    const rates = (seed: number): readonly number[] => {
      const noise = { amplitudeRatio: 0.5, seed };
      const load = createLoad({ kind: 'trace', requestCounts: new Array(500).fill(100), intervalMs: 1_000, noise });
      return Array.from({ length: 500 }, (_, index) => load.perSecondAt(index * 1_000 + 500));
    };
    const drawn = rates(7);
    expect(rates(7)).toEqual(drawn);
    expect(rates(8)).not.toEqual(drawn);
    const mean = drawn.reduce((sum, rate) => sum + rate, 0) / drawn.length;
    expect({ isMiddle: Math.abs(mean - 100) < 5, isInRange: drawn.every((rate) => rate >= 50 && rate < 150) }).toEqual({
      isMiddle: true,
      isInRange: true,
    });
  });
});

describe('service', () => {
  test('below its capacity it serves everything and uses what the requests cost', () => {
    const { state, interval } = advanceService(MODEL, IDLE_SERVICE, {
      durationMs: 1_000,
      offeredCount: 40,
      pods: [pod('a'), pod('b')],
    });
    expect(state).toEqual(IDLE_SERVICE);
    expect({ ...interval, latencyP95Ms: Math.round(interval.latencyP95Ms ?? 0) }).toEqual({
      offeredCount: 40,
      servedCount: 40,
      droppedCount: 0,
      queuedCount: 0,
      utilizationRatio: 0.4,
      latencyP95Ms: 100,
      pods: [
        { id: 'a', servedCount: 20, cpuMilli: 200, memoryBytes: 1_002 },
        { id: 'b', servedCount: 20, cpuMilli: 200, memoryBytes: 1_002 },
      ],
    });
  });

  test('beyond it CPU stays at the limit, requests wait up to the limit of the queue, the rest is dropped', () => {
    const { interval } = advanceService(MODEL, IDLE_SERVICE, {
      durationMs: 1_000,
      offeredCount: 170,
      pods: [pod('a')],
    });
    expect({ ...interval, latencyP95Ms: Math.round(interval.latencyP95Ms ?? 0) }).toEqual({
      offeredCount: 170,
      servedCount: 50,
      droppedCount: 70,
      queuedCount: 50,
      utilizationRatio: 1,
      latencyP95Ms: 2_198,
      pods: [{ id: 'a', servedCount: 50, cpuMilli: 500, memoryBytes: 1_505 }],
    });
  });

  test('without a ready pod every request is refused, also those that waited', () => {
    const { interval } = advanceService(
      MODEL,
      { queuedCount: 3, carriedCapacityCount: 0 },
      { durationMs: 1_000, offeredCount: 2, pods: [] },
    );
    expect(interval).toEqual({
      offeredCount: 2,
      servedCount: 0,
      droppedCount: 5,
      queuedCount: 0,
      utilizationRatio: 1,
      latencyP95Ms: null,
      pods: [],
    });
  });

  const story = fc.array(
    fc.record({
      durationMs: fc.integer({ min: 1, max: 20_000 }),
      offeredCount: fc.integer({ min: 0, max: 5_000 }),
      limits: fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 6 }),
    }),
    { maxLength: 30 },
  );

  test('law: requests in = served + dropped + waiting, exactly, over any story', () => {
    fc.assert(
      fc.property(story, (steps) => {
        let state = IDLE_SERVICE;
        let balance = 0;
        for (const { durationMs, offeredCount, limits } of steps) {
          const pods = limits.map((limit, index) => pod(`${index}`, limit));
          const result = advanceService(MODEL, state, { durationMs, offeredCount, pods });
          balance += offeredCount - result.interval.servedCount - result.interval.droppedCount;
          state = result.state;
          expect(balance).toBe(state.queuedCount);
        }
      }),
    );
  });

  test('law: no pod uses more than its limit, and all of them use it when requests wait', () => {
    fc.assert(
      fc.property(story, (steps) => {
        let state = IDLE_SERVICE;
        for (const { durationMs, offeredCount, limits } of steps) {
          const pods = limits.map((limit, index) => pod(`${index}`, limit));
          const { interval, state: next } = advanceService(MODEL, state, { durationMs, offeredCount, pods });
          state = next;
          interval.pods.forEach(({ cpuMilli }, index) => {
            expect(cpuMilli).toBeLessThanOrEqual(limits[index] ?? 0);
            // A request that does not fit into the rest of the interval may leave a pod less than a request short.
            const slackMilli = (MODEL.cpuMsPerRequest * 1000) / durationMs + 1e-6;
            if (interval.queuedCount > 0) expect(cpuMilli).toBeGreaterThan((limits[index] ?? 0) - slackMilli);
          });
        }
      }),
    );
  });

  test('law: more load or another pod never serves less', () => {
    const input = fc.record({
      durationMs: fc.integer({ min: 1, max: 20_000 }),
      offeredCount: fc.integer({ min: 0, max: 5_000 }),
      podCount: fc.integer({ min: 0, max: 8 }),
      moreCount: fc.integer({ min: 0, max: 5_000 }),
    });
    fc.assert(
      fc.property(input, ({ durationMs, offeredCount, podCount, moreCount }) => {
        const served = (offered: number, count: number): number => {
          const pods = Array.from({ length: count }, (_, index) => pod(`${index}`));
          return advanceService(MODEL, IDLE_SERVICE, { durationMs, offeredCount: offered, pods }).interval.servedCount;
        };
        const base = served(offeredCount, podCount);
        expect(served(offeredCount + moreCount, podCount)).toBeGreaterThanOrEqual(base);
        expect(served(offeredCount, podCount + 1)).toBeGreaterThanOrEqual(base);
      }),
    );
  });

  test('law: a saturated service finishes as much in many short intervals as in a long one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 400 }), (pieces) => {
        let state = IDLE_SERVICE;
        let servedCount = 0;
        for (let index = 0; index < pieces; index++) {
          const offeredCount = 50 - state.queuedCount;
          const step = advanceService(MODEL, state, {
            durationMs: 10_000 / pieces,
            offeredCount,
            pods: [pod('a', 333)],
          });
          servedCount += step.interval.servedCount;
          state = step.state;
        }
        expect(Math.abs(servedCount - 333)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('request loops', () => {
  const quiet = { durationMs: 1_000, serviceMs: 10, capacityCount: 1_000, queuedCount: 0 };
  const cases = [
    { why: 'none asks for nothing', loops: [], surroundings: quiet, expected: 0 },
    { why: 'without a pause it is bound by the answers', loops: [{ pauseMs: 0 }], surroundings: quiet, expected: 71.4 },
    { why: 'a pause slows it down', loops: [{ pauseMs: 10 }], surroundings: quiet, expected: 41.7 },
    {
      why: 'a slow service is asked for what it finishes, and one request waits for each loop',
      loops: [{ pauseMs: 0 }, { pauseMs: 0 }],
      surroundings: { ...quiet, capacityCount: 50 },
      expected: 52,
    },
    {
      why: 'while requests of the loops wait, no more come',
      loops: [{ pauseMs: 0 }],
      surroundings: { ...quiet, capacityCount: 0, queuedCount: 1 },
      expected: 0,
    },
  ];
  test.each(cases)('$why', ({ loops, surroundings, expected }) => {
    expect(Math.round(loopRequestCount(loops, surroundings) * 10) / 10).toBe(expected);
  });
});

describe('profiles of images', () => {
  test.each([
    ['registry.k8s.io/hpa-example', true],
    ['registry.k8s.io/hpa-example:latest', true],
    ['hpa-example@sha256:00', true],
    ['nginx:latest', false],
    ['example/not-hpa-example-at-all', false],
  ])('%s', (image, isWalkthrough) => {
    expect(profileOfImage(image) === WALKTHROUGH_PROFILE).toBe(isWalkthrough);
  });

  test.each([
    ['one pod takes it all', 610, 1, [610]],
    ['four', 610, 4, [153, 153, 152, 152]],
    ['seven', 610, 7, [88, 87, 87, 87, 87, 87, 87]],
    ['nobody is ready', 610, 0, []],
  ])('shares: %s', (_why, totalMilli, podCount, expected) => {
    expect(shareMilli(totalMilli, podCount)).toEqual(expected);
  });
});
