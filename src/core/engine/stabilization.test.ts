import { expect, it } from 'vitest';
import type { Recommendation } from './memory.ts';
import { stabilizeLegacy, stabilizeWithBehavior } from './stabilization.ts';

const NOW = 1_000_000;
const STILL = { nowMs: NOW, isTicking: false };

it.each<{ why: string; before: Recommendation[]; wanted: number; stabilized: number; after: Recommendation[] }>([
  { why: 'nothing remembered', before: [], wanted: 3, stabilized: 3, after: [[3, NOW]] },
  {
    why: 'the highest wins',
    before: [
      [5, NOW - 10],
      [7, NOW - 5],
    ],
    wanted: 3,
    stabilized: 7,
    after: [
      [5, NOW - 10],
      [7, NOW - 5],
      [3, NOW],
    ],
  },
  {
    why: 'exactly one window old counts',
    before: [[5, NOW - 300]],
    wanted: 3,
    stabilized: 5,
    after: [
      [5, NOW - 300],
      [3, NOW],
    ],
  },
  { why: 'older does not, and gives its slot', before: [[5, NOW - 301]], wanted: 3, stabilized: 3, after: [[3, NOW]] },
  {
    why: 'the last expired slot is reused',
    before: [
      [9, NOW - 900],
      [8, NOW - 800],
      [4, NOW - 1],
    ],
    wanted: 3,
    stabilized: 4,
    after: [
      [9, NOW - 900],
      [3, NOW],
      [4, NOW - 1],
    ],
  },
  {
    why: 'the future counts',
    before: [[6, NOW + 50]],
    wanted: 3,
    stabilized: 6,
    after: [
      [6, NOW + 50],
      [3, NOW],
    ],
  },
])('legacy: $why', ({ before, wanted, stabilized, after }) => {
  const { trace, recommendations } = stabilizeLegacy(before, wanted, 300, STILL);
  expect([trace.stabilizedReplicas, recommendations]).toEqual([stabilized, after]);
});

it.each([
  { isTicking: false, stabilized: 8, why: 'a still clock keeps the seed of the same reconcile' },
  { isTicking: true, stabilized: 2, why: 'a ticking one has passed it' },
])('legacy with a window of 0: $why', ({ isTicking, stabilized }) => {
  const { trace } = stabilizeLegacy([[8, NOW]], 2, 0, { nowMs: NOW, isTicking });
  expect(trace.stabilizedReplicas).toBe(stabilized);
});

it.each<{ why: string; before: Recommendation[]; current: number; wanted: number; stabilized: number; code: string }>([
  { why: 'nothing remembered', before: [], current: 5, wanted: 9, stabilized: 9, code: 'Unchanged' },
  {
    why: 'up as far as all agree',
    before: [[7, NOW - 5]],
    current: 5,
    wanted: 9,
    stabilized: 7,
    code: 'ScaleUpStabilized',
  },
  {
    why: 'down as far as all agree',
    before: [[7, NOW - 5]],
    current: 9,
    wanted: 3,
    stabilized: 7,
    code: 'ScaleDownStabilized',
  },
  {
    why: 'never away from the current count',
    before: [[20, NOW - 5]],
    current: 5,
    wanted: 3,
    stabilized: 5,
    code: 'ScaleDownStabilized',
  },
  {
    why: 'exactly one window old does not count',
    before: [[7, NOW - 200]],
    current: 9,
    wanted: 3,
    stabilized: 3,
    code: 'Unchanged',
  },
])('behavior: $why', ({ before, current, wanted, stabilized, code }) => {
  const windows = { upWindowMs: 100, downWindowMs: 200 };
  const { trace } = stabilizeWithBehavior(before, wanted, current, windows, STILL);
  expect([trace.stabilizedReplicas, trace.code]).toEqual([stabilized, code]);
});

it('behavior: a slot is reused only when both windows have passed it', () => {
  const windows = { upWindowMs: 100, downWindowMs: 200 };
  const before: Recommendation[] = [
    [4, NOW - 201],
    [4, NOW - 150],
  ];
  const { recommendations } = stabilizeWithBehavior(before, 4, 4, windows, STILL);
  expect(recommendations).toEqual([
    [4, NOW],
    [4, NOW - 150],
  ]);
});
