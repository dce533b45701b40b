import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EMPTY_MEMORY, type Memory, type Recommendation } from './memory.ts';
import { compactMemory, type MemoryHorizon, memoryHorizon } from './memory-horizon.ts';
import { DEFAULT_ENGINE_OPTIONS } from './options.ts';
import { stabilizeLegacy, stabilizeWithBehavior } from './stabilization.ts';

const NOW = 1_000_000;
const PLENTY = 1_000;

it.each<{ why: string; behavior: Parameters<typeof memoryHorizon>[0]['behavior']; horizon: MemoryHorizon }>([
  {
    why: 'without behavior only the flag looks back',
    behavior: undefined,
    horizon: { upWindowMs: 0, downWindowMs: 300_000, policyPeriodMs: 0 },
  },
  {
    why: 'the windows of the spec, and the longest period of either direction',
    behavior: {
      scaleUp: { stabilizationWindowSeconds: 30, policies: [{ type: 'Pods', value: 2, periodSeconds: 60 }] },
      scaleDown: { stabilizationWindowSeconds: 120, policies: [{ type: 'Pods', value: 2, periodSeconds: 90 }] },
    },
    horizon: { upWindowMs: 30_000, downWindowMs: 120_000, policyPeriodMs: 90_000 },
  },
  {
    why: 'a behavior without windows: the flag for shrinking, nothing for growing',
    behavior: {
      scaleUp: { policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
      scaleDown: { policies: [] },
    },
    horizon: { upWindowMs: 0, downWindowMs: 300_000, policyPeriodMs: 15_000 },
  },
])('horizon: $why', ({ behavior, horizon }) => {
  expect(memoryHorizon(behavior === undefined ? {} : { behavior }, DEFAULT_ENGINE_OPTIONS)).toEqual(horizon);
});

const BOTH: MemoryHorizon = { upWindowMs: 300, downWindowMs: 300, policyPeriodMs: 0 };

it.each<{ why: string; before: readonly Recommendation[]; after: readonly Recommendation[]; countMax?: number }>([
  { why: 'nothing', before: [], after: [] },
  {
    why: 'the newest stays although it has left the windows: it says that there was one',
    before: [[4, NOW - 900]],
    after: [[4, NOW - 900]],
  },
  {
    why: 'of equal ones the newest',
    before: [
      [4, NOW - 20],
      [4, NOW - 5],
      [4, NOW - 10],
    ],
    after: [[4, NOW - 5]],
  },
  {
    why: 'a staircase down and one up, oldest first whatever the slots',
    before: [
      [5, NOW - 5],
      [9, NOW - 30],
      [7, NOW - 20],
      [2, NOW - 25],
      [6, NOW - 28],
      [3, NOW - 10],
    ],
    after: [
      [9, NOW - 30],
      [2, NOW - 25],
      [7, NOW - 20],
      [3, NOW - 10],
      [5, NOW - 5],
    ],
  },
  {
    why: 'what has left its window goes, exactly at the edge it stays',
    before: [
      [9, NOW - 301],
      [8, NOW - 300],
      [1, NOW - 301],
      [4, NOW],
    ],
    after: [
      [8, NOW - 300],
      [4, NOW],
    ],
  },
  {
    why: 'too many steps: the more extreme of two lasts as long as the later one',
    before: [
      [9, NOW - 40],
      [8, NOW - 30],
      [7, NOW - 20],
      [6, NOW - 10],
      [5, NOW],
    ],
    after: [
      [9, NOW - 30],
      [7, NOW - 10],
      [5, NOW],
    ],
    countMax: 5,
  },
])('compaction: $why', ({ before, after, countMax }) => {
  const memory = { ...EMPTY_MEMORY, recommendations: before };
  expect(compactMemory(memory, BOTH, NOW, countMax ?? PLENTY)).toEqual({ ...memory, recommendations: after });
});

it('nothing is compacted before the first recommendation', () => {
  expect(compactMemory(EMPTY_MEMORY, BOTH, NOW, PLENTY)).toBe(EMPTY_MEMORY);
});

const recommendations = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: NOW - 400, max: NOW })) as fc.Arbitrary<Recommendation>,
  { maxLength: 25 },
);
const window = fc.integer({ min: 0, max: 400 });

it('law: a compacted memory stabilizes every later recommendation as the whole one does', () => {
  const later = fc.integer({ min: 0, max: 400 });
  const counts = fc.integer({ min: 0, max: 12 });
  fc.assert(
    fc.property(
      recommendations,
      window,
      window,
      later,
      counts,
      counts,
      (before, upWindowMs, downWindowMs, laterMs, wanted, current) => {
        const memory: Memory = { ...EMPTY_MEMORY, recommendations: before };
        const compacted = compactMemory(memory, { upWindowMs, downWindowMs, policyPeriodMs: 0 }, NOW, PLENTY);
        const clock = { nowMs: NOW + laterMs, isTicking: false };
        const stabilized = ({ recommendations: kept }: Memory) => [
          stabilizeLegacy(kept ?? [], wanted, downWindowMs, clock).trace,
          stabilizeWithBehavior(kept ?? [], wanted, current, { upWindowMs, downWindowMs }, clock).trace,
        ];
        expect(stabilized(compacted)).toEqual(stabilized(memory));
      },
    ),
  );
});

it('law: thinning never lets a count fall or rise sooner', () => {
  fc.assert(
    fc.property(
      recommendations,
      window,
      fc.integer({ min: 3, max: 9 }),
      fc.integer({ min: 0, max: 400 }),
      (...drawn) => {
        const [before, downWindowMs, countMax, laterMs] = drawn;
        const memory: Memory = { ...EMPTY_MEMORY, recommendations: before };
        const horizon = { upWindowMs: downWindowMs, downWindowMs, policyPeriodMs: 0 };
        const kept = compactMemory(memory, horizon, NOW, countMax).recommendations ?? [];
        const clock = { nowMs: NOW + laterMs, isTicking: false };
        const highest = (list: readonly Recommendation[]) =>
          stabilizeLegacy(list, 0, downWindowMs, clock).trace.stabilizedReplicas;
        expect(kept.length).toBeLessThanOrEqual(Math.max(3, countMax));
        expect(highest(kept)).toBeGreaterThanOrEqual(highest(before));
      },
    ),
  );
});
