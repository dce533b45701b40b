import type { Flapping } from './flapping.ts';
import type { HeldLevel } from './held-level.ts';
import type { HpaWatch } from './hpa-watch.ts';
import type { PendingMove, Scaling } from './scaling.ts';

/**
 * The watch as if all of it had been seen earlier by `backMs`: after the clock went back, by a correction or because
 * another machine goes on, what has lasted for a minute has still lasted for a minute. What the cluster wrote stays.
 */
export function setBack(watch: HpaWatch, backMs: number): HpaWatch {
  const { scaleTimeSeenAtMs } = watch.count;
  return {
    ...watch,
    seenAtMs: watch.seenAtMs - backMs,
    count: {
      ...watch.count,
      scaleTimeSeenAtMs: scaleTimeSeenAtMs === null ? null : scaleTimeSeenAtMs - backMs,
    },
    scaling: scalingSetBack(watch.scaling, backMs),
    limit: levelSetBack(watch.limit, backMs),
    reach: levelSetBack(watch.reach, backMs),
    metrics: levelSetBack(watch.metrics, backMs),
    flapping: flappingSetBack(watch.flapping, backMs),
  };
}

function scalingSetBack(scaling: Scaling, backMs: number): Scaling {
  if (scaling.kind === 'idle') {
    return { kind: 'idle', doubted: scaling.doubted && pendingSetBack(scaling.doubted, backMs) };
  }
  if (scaling.kind === 'pending') return pendingSetBack(scaling, backMs);
  const { stuck, openedAtMs } = scaling;
  return {
    ...scaling,
    ...sinceSetBack(scaling, backMs),
    openedAtMs: openedAtMs - backMs,
    stuck: stuck && { ...stuck, toldAtMs: stuck.toldAtMs - backMs },
  };
}

function pendingSetBack(pending: PendingMove, backMs: number): PendingMove {
  return { ...pending, ...sinceSetBack(pending, backMs) };
}

type Since = Pick<PendingMove, 'steps' | 'movedAtMs' | 'stableSinceMs'>;

function sinceSetBack({ steps, movedAtMs, stableSinceMs }: Since, backMs: number): Since {
  return {
    steps: steps.map((step) => ({ ...step, atMs: step.atMs - backMs })),
    movedAtMs: movedAtMs - backMs,
    stableSinceMs: stableSinceMs === null ? null : stableSinceMs - backMs,
  };
}

function levelSetBack<Level extends string>(held: HeldLevel<Level>, backMs: number): HeldLevel<Level> {
  const { sinceMs, toldAtMs } = held;
  return { ...held, sinceMs: sinceMs - backMs, toldAtMs: toldAtMs === undefined ? undefined : toldAtMs - backMs };
}

function flappingSetBack({ moves, startsAtMs, active }: Flapping, backMs: number): Flapping {
  return {
    moves: moves.map(([atMs, from, to]) => [atMs - backMs, from, to]),
    startsAtMs: startsAtMs.map((atMs) => atMs - backMs),
    active: active && {
      ...active,
      sinceMs: active.sinceMs - backMs,
      digestFromMs: active.digestFromMs - backMs,
    },
  };
}
