import { expect, it } from 'vitest';
import { AT_REST, observationOf, STORY_START_MS } from '../../../test/episode/scene.ts';
import { setBack } from './clock-step.ts';
import type { ActiveFlapping } from './flapping.ts';
import type { HpaWatch } from './hpa-watch.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';
import { PROVIDER_UP } from './provider.ts';
import type { OpenEpisode, PendingMove, Scaling } from './scaling.ts';
import { step } from './step.ts';

const CONTEXT = { cluster: 'prod', options: DEFAULT_DETECT_OPTIONS, provider: PROVIDER_UP };
const FIRST = step(null, observationOf(AT_REST, STORY_START_MS), CONTEXT).watch as HpaWatch;

const pending = (backMs: number, stableSinceMs: number | null): PendingMove => ({
  kind: 'pending',
  fromReplicas: 1,
  steps: [{ atMs: 50_000 - backMs, fromReplicas: 1, toReplicas: 3 }],
  movedAtMs: 50_000 - backMs,
  mover: 'hpa',
  manager: 'kube-controller-manager',
  // By the cluster’s clock, as are the keys of episodes.
  writtenAtMs: 49_000,
  cause: { keyMs: 49_000, isConfirmed: true, readings: [], limiter: null },
  stableSinceMs,
  isLate: false,
});

const open = (backMs: number): OpenEpisode => ({
  kind: 'open',
  id: 'e1',
  direction: 'up',
  baselineReplicas: 1,
  steps: [
    { atMs: 50_000 - backMs, fromReplicas: 1, toReplicas: 3 },
    { atMs: 60_000 - backMs, fromReplicas: 3, toReplicas: 5 },
  ],
  openedAtMs: 50_000 - backMs,
  readings: [],
  limiter: null,
  movedAtMs: 60_000 - backMs,
  stableSinceMs: 70_000 - backMs,
  isStartTold: true,
  isFoundLate: false,
  needsPods: true,
  stuck: { toldCount: 1, toldAtMs: 80_000 - backMs, cause: 'Unknown' },
});

const flapping = (backMs: number): ActiveFlapping => ({
  sinceMs: 40_000 - backMs,
  digestFromMs: 41_000 - backMs,
  digestCount: 2,
  quietWindowCount: 0,
  reversalCount: 3,
  startCount: 4,
  lowestReplicas: 1,
  highestReplicas: 5,
  longestGapMs: 7_000,
});

/** A watch all of whose instants are `backMs` earlier than they might be. */
function watchOf(backMs: number, scaling: Scaling, isFlapping: boolean, isScaleTimeSeen: boolean): HpaWatch {
  const level = { sinceMs: 30_000 - backMs, isTold: true, isLate: false };
  return {
    ...FIRST,
    seenAtMs: 90_000 - backMs,
    count: {
      ...FIRST.count,
      scaleTimeMs: 48_000,
      scaleTimeSeenAtMs: isScaleTimeSeen ? 51_000 - backMs : null,
      creditedScaleTimeMs: 47_000,
    },
    scaling,
    limit: { ...level, level: 'max', told: 'max' },
    reach: { ...level, level: 'reachable', told: 'reachable' },
    metrics: { ...level, level: 'lost', told: 'ok' },
    flapping: {
      moves: [[45_000 - backMs, 1, 3]],
      startsAtMs: [46_000 - backMs],
      active: isFlapping ? flapping(backMs) : null,
    },
    durationsMs: [5_000],
  };
}

it.each<{ why: string; scaling: (backMs: number) => Scaling; isFlapping: boolean; isScaleTimeSeen: boolean }>([
  {
    why: 'at rest',
    scaling: () => ({ kind: 'idle', doubted: null }),
    isFlapping: false,
    isScaleTimeSeen: false,
  },
  {
    why: 'a change that its status may still claim',
    scaling: (backMs) => ({ kind: 'idle', doubted: pending(backMs, null) }),
    isFlapping: false,
    isScaleTimeSeen: true,
  },
  {
    why: 'a change whose pods are there',
    scaling: (backMs) => pending(backMs, 55_000 - backMs),
    isFlapping: false,
    isScaleTimeSeen: true,
  },
  { why: 'a scaling that is stuck, of an HPA that flaps', scaling: open, isFlapping: true, isScaleTimeSeen: true },
])('sets back all that was seen here, and nothing that the cluster wrote: $why', (row) => {
  const { scaling, isFlapping, isScaleTimeSeen } = row;
  const at = (backMs: number): HpaWatch => watchOf(backMs, scaling(backMs), isFlapping, isScaleTimeSeen);
  expect(setBack(at(0), 10_000)).toEqual(at(10_000));
});
