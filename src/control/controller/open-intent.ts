import { CONTROLLER_SYNC_MS_MAX } from '../../base/limits.ts';
import type { Behavior } from '../../core/autoscaling/types.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import { noteRescale } from '../../core/engine/rescale.ts';
import { scaleDownRules, scaleUpRules } from '../../core/engine/scaling-rules.ts';

/** A scale write that the leader before was about to try, of which nobody knows yet whether it came through. */
export interface OpenIntent {
  readonly fromReplicas: number;
  readonly toReplicas: number;
  /** Of the scale that it was to be written over; null when that had none. */
  readonly resourceVersion: string | null;
  /** The earliest instant at which it can have come through, domain ms: from then it counts when it has. */
  readonly atMs: number;
  /** When what the leader before sent can no longer arrive, domain ms. */
  readonly untilMs: number;
}

/** What a memory leaves to be found out: it goes on from leader to leader until nothing depends on it. */
export interface Unsettled {
  readonly openIntent: OpenIntent | null;
  /** Of a write that is open no longer. */
  readonly doubt: WriteDoubt | null;
}

export const SETTLED: Unsettled = { openIntent: null, doubt: null };

/**
 * An intent as it is stored: its counts, the earliest instant at which the write can have come through, and the
 * resourceVersion of the scale that it was to be written over.
 */
export type StoredIntent = readonly [
  fromReplicas: number,
  toReplicas: number,
  atMs: number,
  resourceVersion: string | null,
];

/** The intent that a memory was left with: what was sent until now may still arrive for as long as a sync may take. */
export function reopenedIntent(stored: StoredIntent | null, nowMs: number): OpenIntent | null {
  if (stored === null) return null;
  const [fromReplicas, toReplicas, atMs, resourceVersion] = stored;
  return { fromReplicas, toReplicas, resourceVersion, atMs, untilMs: nowMs + CONTROLLER_SYNC_MS_MAX };
}

/** A memory, and what it still leaves to be found out. */
export interface IntentResolution extends Unsettled {
  readonly memory: Memory;
}

/** A change that was made between two instants, domain ms, if it was made. */
export interface WriteDoubt {
  /** Null when it is not even known to have been made; the memory is without it. */
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number;
}

/**
 * Whether some policy's budget depends on the doubt: whether its period reaches back to the change. Then no count is safe
 * for both directions, and none is written.
 */
export function isBudgetInDoubt(doubt: WriteDoubt | null, behavior: Behavior | undefined, nowMs: number): boolean {
  if (doubt === null || behavior === undefined) return false;
  const policies = [...scaleUpRules(behavior).policies, ...scaleDownRules(behavior).policies];
  return policies.some(({ periodSeconds }) => {
    const periodMs = periodSeconds * 1000;
    const isSurelyInPeriod = doubt.earliestAtMs !== null && nowMs < doubt.earliestAtMs + periodMs;
    return !isSurelyInPeriod && nowMs < doubt.latestAtMs + periodMs;
  });
}

/**
 * Looks at the count for what became of the intent. It came through, nobody knows when: it counts from the earliest
 * instant, because a change that is taken to be younger than it is would widen the budget of the other direction. It has
 * not: then it counts for nothing, for the same reason; should it still arrive, the guard of our own write refuses one of
 * the two, and its count is seen at the next sync. That it has not shows by the resourceVersion: when the target is another
 * than it was to be written over, somebody may have changed the count back, or to any other, and nobody knows.
 */
export function resolveIntent(
  { openIntent, doubt }: Unsettled,
  memory: Memory,
  facts: Facts,
  resourceVersion: string | null,
): IntentResolution {
  if (openIntent === null || facts.hpa.kind !== 'found' || facts.scale.kind !== 'found')
    return { memory, openIntent, doubt };
  const { specReplicas } = facts.scale;
  const isUntouched = resourceVersion !== null && resourceVersion === openIntent.resourceVersion;
  if (isUntouched) {
    const isOpen = facts.nowMs < openIntent.untilMs;
    return { memory, openIntent: isOpen ? { ...openIntent, atMs: facts.nowMs } : null, doubt };
  }
  const { behavior } = facts.hpa.object.spec;
  const latestAtMs = facts.nowMs;
  if (behavior === undefined) return { memory, ...SETTLED };
  if (specReplicas !== openIntent.toReplicas)
    return { memory, openIntent: null, doubt: { earliestAtMs: null, latestAtMs } };
  return {
    memory: noteRescale(openIntent, behavior, memory, openIntent.atMs),
    openIntent: null,
    doubt: { earliestAtMs: openIntent.atMs, latestAtMs },
  };
}
