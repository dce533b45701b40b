import { expect, it } from 'vitest';
import type { ScaleEvent } from './memory.ts';
import { changeInPeriod, moveScaleEvent, storeScaleEvent } from './scale-events.ts';

const NOW = 1_000_000;

it.each<{ why: string; events: ScaleEvent[]; sum: number }>([
  { why: 'none', events: [], sum: 0 },
  {
    why: 'exactly one period old does not count',
    events: [
      [4, NOW - 60, 0],
      [3, NOW - 59, 0],
    ],
    sum: 3,
  },
  { why: 'a mark does not matter', events: [[4, NOW - 1, 1]], sum: 4 },
  {
    why: 'sums wrap at 32 bits',
    events: [
      [2147483647, NOW, 0],
      [1, NOW, 0],
    ],
    sum: -2147483648,
  },
])('sums a period: $why', ({ events, sum }) => {
  expect(changeInPeriod(events, 60, NOW)).toBe(sum);
});

it.each<{ why: string; before: ScaleEvent[]; after: ScaleEvent[] }>([
  {
    why: 'appended',
    before: [[4, NOW - 10, 0]],
    after: [
      [4, NOW - 10, 0],
      [2, NOW, 0],
    ],
  },
  {
    why: 'exactly one period old is not outdated',
    before: [[4, NOW - 60, 0]],
    after: [
      [4, NOW - 60, 0],
      [2, NOW, 0],
    ],
  },
  {
    why: 'the last outdated slot is reused, the others are marked',
    before: [
      [4, NOW - 90, 0],
      [3, NOW - 61, 0],
    ],
    after: [
      [4, NOW - 90, 1],
      [2, NOW, 0],
    ],
  },
  { why: 'a mark sticks', before: [[4, NOW - 1, 1]], after: [[2, NOW, 0]] },
])('stores an event: $why', ({ before, after }) => {
  expect(storeScaleEvent(before, 2, 60, NOW)).toEqual(after);
});

const STORED: readonly ScaleEvent[] = [
  [2, NOW, 1],
  [3, NOW, 0],
  [4, NOW - 100, 0],
];

it.each<{ why: string; toMs: number; after: readonly ScaleEvent[] }>([
  { why: 'to where it is', toMs: NOW, after: STORED },
  {
    why: 'the one that was stored last, none outdated and none older',
    toMs: NOW + 5_000,
    after: [
      [2, NOW, 1],
      [3, NOW + 5_000, 0],
      [4, NOW - 100, 0],
    ],
  },
])('moves an event: $why', ({ toMs, after }) => {
  expect(moveScaleEvent(STORED, NOW, toMs)).toEqual(after);
});
