import { expect, test } from 'vitest';
import type { Decision } from '../../core/engine/decision.ts';
import type { HoldTrace } from '../../core/engine/trace.ts';
import { ScaleDownFleet } from './scale-down-fleet.ts';

const RESOURCE = 'metrics.k8s.io';
const EXTERNAL = 'external.metrics.k8s.io';
const HELD = { code: 'CorrelatedScaleDown', api: RESOURCE } as HoldTrace;

interface Given {
  readonly atMs: number;
  /** Null when the metrics gave no count. */
  readonly recommended?: number | null;
  readonly current?: number | null;
  readonly sources?: readonly string[];
  readonly hold?: HoldTrace | null;
}

/** A decision of an HPA of ten replicas on cpu. */
function decisionOf({ atMs, recommended = 10, current = 10, sources = ['Resource'], hold = null }: Given): Decision {
  const trace = {
    path: { minReplicas: 2 },
    metrics: sources.map((sourceType) => ({ sourceType })),
    combination: { recommendedReplicas: recommended },
    hold,
  };
  return { atMs, currentReplicas: current, trace } as unknown as Decision;
}

function fleetOf(onTrip: (api: string) => void = () => {}): {
  readonly fleet: ScaleDownFleet;
  readonly note: (key: string, given: Given) => void;
} {
  const fleet = new ScaleDownFleet(onTrip);
  return { fleet, note: (key, given) => fleet.note(key, decisionOf(given)) };
}

test('a wish has the instant at which it began, and loses it when it ends or cannot be told', () => {
  const rows: readonly [why: string, given: Given, sinceMs: number | null][] = [
    ['as many as there are', { atMs: 0 }, null],
    ['fewer', { atMs: 15_000, recommended: 7 }, 15_000],
    ['fewer still', { atMs: 30_000, recommended: 2 }, 15_000],
    ['after a step down, still fewer', { atMs: 45_000, recommended: 2, current: 5 }, 15_000],
    ['the metrics fail', { atMs: 60_000, recommended: null }, null],
    ['a new wish', { atMs: 75_000, recommended: 2 }, 75_000],
    ['at the minimum', { atMs: 80_000, recommended: 0, current: 2 }, null],
    ['raised again', { atMs: 85_000, recommended: 0, current: 3 }, 85_000],
    ['the scale cannot be read', { atMs: 90_000, recommended: 2, current: null }, null],
    ['none: nothing is decided by metrics', { atMs: 99_000, sources: [] }, null],
  ];
  const { fleet, note } = fleetOf();
  for (const [why, given, sinceMs] of rows) {
    note('shop/web', given);
    expect(fleet.pressureOf('shop/web').wantsDownSinceMs, why).toBe(sinceMs);
  }
});

test('wishes count together that began within a minute of each other, on each metrics API', () => {
  const { fleet, note } = fleetOf();
  note('a', { atMs: 100_000, recommended: 1 });
  note('b', { atMs: 160_999, recommended: 1, sources: ['External', 'Resource', 'ContainerResource'] });
  note('c', { atMs: 161_000, recommended: 1 });
  note('d', { atMs: 40_000, recommended: 1 });
  note('e', { atMs: 39_999, recommended: 1 });
  note('f', { atMs: 100_000, sources: ['Pods', 'Object'] });
  note('g', { atMs: 100_000, recommended: 10 });
  note('h', { atMs: 100_000, recommended: 0, current: 2 });
  expect(fleet.pressureOf('a')).toEqual({
    wantsDownSinceMs: 100_000,
    apis: [{ api: RESOURCE, hpaCount: 6, wantDownCount: 3 }],
  });
  expect(fleet.pressureOf('b').apis).toEqual([
    { api: EXTERNAL, hpaCount: 1, wantDownCount: 1 },
    { api: RESOURCE, hpaCount: 6, wantDownCount: 3 },
  ]);
  expect(fleet.pressureOf('g')).toEqual({ wantsDownSinceMs: null, apis: [] });
  expect(fleet.pressureOf('unknown')).toEqual({ wantsDownSinceMs: null, apis: [] });
});

test('what is gone no longer counts', () => {
  const { fleet, note } = fleetOf();
  for (const key of ['a', 'b', 'c']) note(key, { atMs: 0, recommended: 1 });
  fleet.forget('b');
  fleet.forget('never seen');
  note('c', { atMs: 15_000, recommended: 1, sources: ['External'] });
  expect(fleet.pressureOf('a').apis).toEqual([{ api: RESOURCE, hpaCount: 1, wantDownCount: 1 }]);
  fleet.clear();
  expect(fleet.pressureOf('a').wantsDownSinceMs).toBeNull();
});

test('a trip is told when an API has its first HPA held, and again after all were let go', () => {
  const trips: string[] = [];
  const { fleet, note } = fleetOf((api) => trips.push(api));
  const held: number[] = [];
  const then = (key: string, hold: HoldTrace | null): void => {
    note(key, { atMs: 0, recommended: 1, hold });
    held.push(fleet.heldCount);
  };
  then('a', HELD);
  then('a', HELD);
  then('b', HELD);
  then('a', null);
  then('b', { code: 'FleetNotSeen', wantedReplicas: 1, untilMs: 0 });
  then('b', HELD);
  expect(trips).toEqual([RESOURCE, RESOURCE]);
  expect(held).toEqual([1, 1, 2, 1, 0, 1]);
});
