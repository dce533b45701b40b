import { describe, expect, it } from 'vitest';
import type { Scene } from '../../../test/episode/scene.ts';
import { inOrder, linesOf, play, rescale, type StoryEvent } from '../../../test/episode/story.ts';
import { EPISODE_FLAP_MOVES_COUNT_MAX } from '../../base/notifier-limits.ts';
import { STEADY, withMove, withStarts } from './flapping.ts';

/** Up and down by turns, each `everySeconds`, with pods that follow within two seconds. */
function toAndFro(turnCount: number, everySeconds: number): readonly StoryEvent[] {
  return Array.from({ length: turnCount }, (_, turn) => {
    const [from, to] = turn % 2 === 0 ? [2, 4] : [4, 2];
    const at = everySeconds * (turn + 1);
    return inOrder(rescale(at, from, to), [[at + 2, { available: to }]]);
  }).flat();
}

const TWO: Partial<Scene> = { spec: 2, current: 2, desired: 2, available: 2 };

describe('an HPA that goes to and fro', () => {
  it('every minute for two hours: begun, eight digests at most, ended (N8)', () => {
    const told = linesOf(play(inOrder(toAndFro(120, 60)), { opening: TWO, until: 20_000 }));
    const [before, flaps] = [
      told.filter((line) => !line.includes('flapping')),
      told.filter((line) => line.includes('flapping')),
    ];
    expect(before).toEqual([
      '60.1 scale.up.started 2→4',
      '72 scale.up.completed 2→4 4 available',
      '150 scale.down.started 4→2',
      '150 scale.down.completed 4→2 2 available',
      '180.1 scale.up.started 2→4',
      '192 scale.up.completed 2→4 4 available',
      '270 scale.down.started 4→2',
      '270 scale.down.completed 4→2 2 available',
    ]);
    expect(flaps).toEqual([
      '300 flapping.started 4 turns, 4 starts, 2–4, window 300',
      ...Array.from(
        { length: 7 },
        (_, at) => `${1200 + 900 * at} flapping.digest 15 turns, 15 starts, 2–4, window 300`,
      ),
      '7500 flapping.digest 10 turns, 11 starts, 2–4, window 300',
      '9300 flapping.ended 0 turns, 0 starts, 2–2, window 300',
    ]);
  });

  it('has its scalings told again once it is steady', () => {
    const events = inOrder(toAndFro(6, 60), rescale(4000, 2, 3), [[4004, { available: 3 }]]);
    const told = linesOf(play(events, { opening: TWO }));
    expect(told.slice(-3)).toEqual([
      '3000 flapping.ended 0 turns, 0 starts, 2–2, window 300',
      '4000.1 scale.up.started 2→3',
      '4014 scale.up.completed 2→3 3 available',
    ]);
  });

  it('is told of limits and metrics all the same', () => {
    const events = inOrder(toAndFro(20, 60), [[400, { active: 'False FailedGetResourceMetric' }]]);
    expect(linesOf(play(events, { opening: TWO, until: 1000 })).filter((line) => line.includes('metrics'))).toEqual([
      '520 metrics.lost FailedGetResourceMetric',
    ]);
  });

  it('is told of the end of what it was told to begin', () => {
    const events = inOrder(toAndFro(3, 60), rescale(240, 4, 2, { pods: 4 }), rescale(300, 2, 4));
    expect(linesOf(play(events, { opening: TWO, until: 1000 })).slice(-3)).toEqual([
      '270 scale.down.started 4→2',
      '300 flapping.started 4 turns, 4 starts, 2–4, window 300',
      '300 scale.reverted 4→2→4',
    ]);
  });
});

it('seven scalings in half an hour are flapping without a change of direction', () => {
  const events = Array.from({ length: 8 }, (_, at) =>
    inOrder(rescale(100 * (at + 1), at + 1, at + 2), [[100 * (at + 1) + 3, { available: at + 2 }]]),
  ).flat();
  const told = linesOf(play(events, { until: 1500 }));
  expect(told.filter((line) => line.includes('started'))).toEqual([
    ...Array.from({ length: 7 }, (_, at) => `${100 * (at + 1)}.1 scale.up.started ${at + 1}→${at + 2}`),
    '700.1 flapping.started 0 turns, 7 starts, 1–8, window 300',
  ]);
});

it('a window that would have held it steady spans from one high to the next, in whole minutes', () => {
  const told = linesOf(play(inOrder(toAndFro(10, 230)), { opening: TWO, until: 3_000 }));
  expect(told.filter((line) => line.includes('flapping'))).toEqual([
    '1150 flapping.started 4 turns, 4 starts, 2–4, window 480',
    '2050 flapping.digest 3 turns, 4 starts, 2–4, window 480',
    '2950 flapping.digest 2 turns, 2 starts, 2–4, window 480',
  ]);
});

it('each digest has an id of its own, and all belong to one flapping', () => {
  const told = play(inOrder(toAndFro(60, 60)), { opening: TWO, until: 9_000 }).filter(({ notice }) =>
    notice.type.startsWith('flapping'),
  );
  const about = told[0]?.notice.id.replace(/\/started$/, '');
  expect(told.map(({ notice }) => notice.id)).toEqual([
    `${about}/started`,
    ...told.slice(1, -1).map((_, at) => `${about}/digest/${at + 1}`),
    `${about}/ended`,
  ]);
});

it('moves by hand are no flapping', () => {
  const events = Array.from(
    { length: 20 },
    (_, at): StoryEvent => [60 * (at + 1), { spec: at % 2 === 0 ? 4 : 2, writer: 'kubectl' }],
  );
  expect(linesOf(play(events, { opening: TWO }))).toEqual([]);
});

it('what is remembered is bounded', () => {
  let flapping = STEADY;
  for (let at = 0; at < EPISODE_FLAP_MOVES_COUNT_MAX + 9; at += 1) {
    flapping = withStarts(flapping, 1, at);
    flapping = withMove(
      flapping,
      { fromReplicas: at, toReplicas: at + 1, mover: 'hpa', manager: '', writtenAtMs: null },
      at,
    );
  }
  expect([flapping.moves.length, flapping.startsAtMs.length]).toEqual([
    EPISODE_FLAP_MOVES_COUNT_MAX,
    EPISODE_FLAP_MOVES_COUNT_MAX,
  ]);
  expect(flapping.moves.at(-1)?.[0]).toBe(EPISODE_FLAP_MOVES_COUNT_MAX + 8);
});
