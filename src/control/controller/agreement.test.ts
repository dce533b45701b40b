import { describe, expect, test } from 'vitest';
import {
  play,
  type Setting,
  START_MS,
  type Step,
  sightingOf,
  statusAfter,
  stay,
  to,
  WRITTEN,
} from '../../../test/fixtures/sightings.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import { type AgreementState, judge } from './agreement.ts';

const rows: readonly [why: string, steps: readonly Step[], verdicts: readonly string[], setting?: Setting][] = [
  [
    'both stay',
    [
      { at: 0, spec: 2 },
      { at: 15, spec: 2 },
      { at: 30, spec: 2, says: 'another value' },
    ],
    ['.', '.'],
  ],
  [
    'we wished for it a sync before',
    [
      { at: 0, spec: 1, rule: to(4) },
      { at: 15, spec: 4, rule: to(4), moved: [7, 1, 4] },
      { at: 30, spec: 4 },
    ],
    ['agreedMove 1→4/4 at 7', '.'],
  ],
  [
    'the load came after our sync: from their count we go where they went',
    [
      { at: 0, spec: 1 },
      { at: 15, spec: 4, rule: to(4), moved: [7, 1, 4] },
    ],
    ['agreedMove 1→4/4 at 7'],
  ],
  [
    'our numbers came a sync later than theirs',
    [
      { at: 0, spec: 1 },
      { at: 15, spec: 4, moved: [14, 1, 4] },
      { at: 30, spec: 4, rule: to(4) },
    ],
    ['agreedMove 1→4/4 at 14'],
  ],
  [
    'the load grows: theirs lies between ours before and ours after',
    [
      { at: 0, spec: 2, rule: to(4) },
      { at: 15, spec: 5, rule: to(7), moved: [7, 2, 5] },
    ],
    ['agreedMove 2→5/5 at 7'],
  ],
  [
    'to another number: told a sync later, when we have looked twice',
    [
      { at: 0, spec: 2, rule: to(4) },
      { at: 15, spec: 7, rule: to(5), moved: [7, 2, 7] },
      { at: 30, spec: 7, rule: to(6) },
    ],
    ['otherNumber 2→7/6 at 7'],
  ],
  [
    'in the other direction',
    [
      { at: 0, spec: 4, rule: to(6) },
      { at: 15, spec: 2, rule: to(6), moved: [7, 4, 2] },
      { at: 30, spec: 2, rule: to(6) },
    ],
    ['otherNumber 4→2/6 at 7'],
  ],
  [
    'they move and we would not',
    [
      { at: 0, spec: 4 },
      { at: 15, spec: 5, moved: [7, 4, 5] },
      { at: 30, spec: 5 },
      { at: 45, spec: 5 },
    ],
    ['theyMovedAlone 4→5/4 at 7', '.'],
  ],
  [
    'they move and our metrics fail: we come to no count',
    [
      { at: 0, spec: 4, rule: to(null) },
      { at: 15, spec: 5, rule: to(null), moved: [7, 4, 5] },
      { at: 30, spec: 5, rule: to(null) },
    ],
    ['theyMovedAlone 4→5/- at 7'],
  ],
  [
    'we wish a move for two periods and nobody moves: told once',
    [0, 15, 30, 45, 60].map((at) => ({ at, spec: 4, rule: to(2) })),
    ['weMovedAlone 4→-/2 at 0'],
  ],
  [
    'they follow a wish that was judged already: no second verdict, but their next move has one',
    [
      ...[0, 15, 30].map((at) => ({ at, spec: 4, rule: to(2) })),
      { at: 45, spec: 2, rule: to(2), moved: [40, 4, 2] },
      { at: 60, spec: 3, moved: [50, 2, 3] },
      { at: 75, spec: 3 },
    ],
    ['weMovedAlone 4→-/2 at 0', '.', 'theyMovedAlone 2→3/2 at 50'],
  ],
  [
    'a wish that goes before two periods are over',
    [
      { at: 0, spec: 4, rule: to(2) },
      { at: 15, spec: 4, rule: to(2) },
      { at: 30, spec: 4 },
      { at: 45, spec: 4, rule: to(2) },
    ],
    ['.'],
  ],
  [
    'a wish that turns around begins anew',
    [
      { at: 0, spec: 4, rule: to(2) },
      { at: 15, spec: 4, rule: to(6) },
      { at: 30, spec: 4, rule: to(6) },
    ],
    [],
  ],
  [
    'a person changes the count: no verdict, although their status takes the new count over',
    [
      { at: 0, spec: 2 },
      { at: 15, spec: 6, says: 'a' },
      { at: 30, spec: 6 },
    ],
    ['.'],
  ],
  [
    'a person changes the count and we wish another one: the two periods begin there',
    [
      { at: 0, spec: 2, rule: to(3) },
      { at: 15, spec: 6, rule: to(3) },
      { at: 30, spec: 6, rule: to(3) },
    ],
    [],
  ],
  [
    'a person changes the count and they move on from there, all between two syncs of ours',
    [
      { at: 0, spec: 2 },
      { at: 15, spec: 4, rule: to(4), moved: [12, 6, 4] },
    ],
    ['agreedMove 6→4/4 at 12'],
  ],
  [
    'a person changes the count and they take it back, all between two syncs of ours',
    [
      { at: 0, spec: 2, rule: to(2) },
      { at: 15, spec: 2, rule: to(2), moved: [12, 6, 2] },
    ],
    ['agreedMove 6→2/2 at 12'],
  ],
  [
    'they move and a person takes it back between two syncs of ours',
    [
      { at: 0, spec: 2, rule: to(4) },
      { at: 15, spec: 2, rule: to(4), moved: [7, 2, 4] },
    ],
    ['agreedMove 2→4/4 at 7'],
  ],
  [
    'their status comes after the count: judged once it is there',
    [
      { at: 0, spec: 1, rule: to(4) },
      { at: 15, spec: 4, rule: to(4) },
      { at: 30, spec: 4, moved: [15, 1, 4] },
    ],
    ['agreedMove 1→4/4 at 15'],
  ],
  [
    'their status came late and was overwritten by their next sync',
    [
      { at: 0, spec: 1 },
      { at: 15, spec: 4, rule: stay },
      { at: 30, spec: 4, moved: [15, 4, 4] },
    ],
    ['theyMovedAlone 1→4/1 at 15'],
  ],
  [
    'their status comes late twice in a row',
    [
      { at: 0, spec: 1 },
      { at: 15, spec: 4, rule: to(4) },
      { at: 30, spec: 5, rule: to(5), moved: [14, 1, 4] },
      { at: 45, spec: 5, rule: to(5), moved: [29, 4, 5] },
    ],
    ['agreedMove 1→4/4 at 14', 'agreedMove 4→5/5 at 29'],
  ],
  [
    'they moved just before we began, and their status came after our first sync',
    [
      { at: 0, spec: 4 },
      { at: 15, spec: 4, moved: [-1, 1, 4] },
    ],
    ['.'],
  ],
  [
    'upstream with default flags needs 50 s for a thousand HPAs: a wish of 45 s is none',
    [0, 15, 30, 45, 60, 75, 90, 105].map((at) => ({ at, spec: 4, rule: to(2) })),
    ['weMovedAlone 4→-/2 at 0'],
    { actingPeriodSeconds: 50 },
  ],
  [
    'a controller whose status was never seen to change more often than once a minute',
    [
      { at: 0, spec: 4 },
      { at: 15, spec: 4, says: 'a' },
      { at: 75, spec: 4, says: 'b' },
      ...[90, 105, 120, 135, 150, 165, 180, 195].map((at) => ({ at, spec: 4, rule: to(2) })),
      { at: 210, spec: 2, moved: [200, 4, 2] as const },
    ],
    ['.', '.', 'agreedMove 4→2/2 at 200'],
  ],
  [
    'one whose status changes once an hour is waited for no longer than five minutes a period',
    [
      { at: 0, spec: 4 },
      { at: 15, spec: 4, says: 'a' },
      { at: 3615, spec: 4, says: 'b' },
      ...[3630, 3930, 4215, 4230, 4245].map((at) => ({ at, spec: 4, rule: to(2) })),
    ],
    ['.', '.', 'weMovedAlone 4→-/2 at 3630'],
  ],
  [
    'somebody holds the target at 0, and wakes it',
    [
      { at: 0, spec: 0 },
      { at: 15, spec: 0 },
      { at: 30, spec: 3 },
      { at: 45, spec: 3 },
    ],
    ['.', '.'],
  ],
  [
    'the HPA was created anew: what was waited for is forgotten',
    [
      { at: 0, spec: 4, rule: to(2) },
      { at: 15, spec: 4, rule: to(2), uid: 'v' },
      { at: 30, spec: 4, rule: to(2), uid: 'v' },
    ],
    [],
  ],
  [
    'the scale cannot be read for a while',
    [
      { at: 0, spec: 1, rule: to(4) },
      { at: 15, spec: null, moved: [7, 1, 4] },
      { at: 30, spec: 4, rule: to(4) },
    ],
    [],
  ],
  [
    'our first window: what held them up to now is theirs alone',
    [
      { at: 0, spec: 4 },
      { at: 15, spec: 2, moved: [7, 4, 2] },
      { at: 30, spec: 2 },
    ],
    ['WindowUnknown 4→2/4 at 7'],
    { windows: { downMs: 60_000 } },
  ],
  [
    'after our first window the same is a disagreement',
    [
      ...[0, 15, 30, 45, 60].map((at) => ({ at, spec: 4 })),
      { at: 75, spec: 2, moved: [70, 4, 2] as const },
      { at: 90, spec: 2 },
    ],
    ['.', '.', '.', '.', 'theyMovedAlone 4→2/4 at 70'],
    { windows: { downMs: 60_000 } },
  ],
  [
    'our first window does not excuse the other direction',
    [
      { at: 0, spec: 4 },
      { at: 15, spec: 5, moved: [7, 4, 5] },
      { at: 30, spec: 5 },
    ],
    ['theyMovedAlone 4→5/4 at 7'],
    { windows: { downMs: 60_000 } },
  ],
  [
    'they moved shortly before we began: what a policy leaves them is not known',
    [0, 15, 30].map((at) => ({ at, spec: 4, rule: to(6) })),
    ['BudgetUnknown 4→-/6 at 0'],
    { windows: { policyMs: 60_000 }, status: { ...WRITTEN, lastScaleTime: formatRfc3339(START_MS - 20_000) } },
  ],
  [
    'they moved longer ago than any policy looks back',
    [0, 15, 30].map((at) => ({ at, spec: 4, rule: to(6) })),
    ['weMovedAlone 4→-/6 at 0'],
    { windows: { policyMs: 60_000 }, status: { ...WRITTEN, lastScaleTime: formatRfc3339(START_MS - 61_000) } },
  ],
  [
    'we missed syncs around their move',
    [
      { at: 0, spec: 4 },
      { at: 46, spec: 5, moved: [20, 4, 5] },
      { at: 61, spec: 5 },
    ],
    ['SyncsMissed 4→5/4 at 20'],
  ],
  [
    'nobody ever wrote the status',
    [0, 15, 30].map((at) => ({ at, spec: 4, rule: to(2) })),
    ['NobodyActs 4→-/2 at 0'],
    { status: null },
  ],
  [
    'they wanted to and their write failed',
    [0, 15, 30].map((at) => ({
      at,
      spec: 4,
      rule: to(2),
      conditions: [{ type: 'AbleToScale', status: 'False', reason: 'FailedUpdateScale', message: 'quota' }],
    })),
    ['TheirWriteFailed 4→-/2 at 0'],
  ],
];

describe('judge', () => {
  test.each(rows)('%s', (_why, steps, verdicts, setting) => {
    expect(play(steps, setting)).toEqual(verdicts);
  });

  test('no more gaps between status writes are kept than the bound says, however long it goes on', () => {
    let state: AgreementState | null = null;
    for (let at = 0; at < 15 * 40; at += 15) {
      const step: Step = { at, spec: 2, says: String(at) };
      const status = statusAfter(step, WRITTEN);
      state = judge(state, sightingOf(step, status, state, {})).state;
    }
    expect(state?.statusWrites.gapsMs).toEqual(Array.from({ length: 8 }, () => 15_000));
  });
});
