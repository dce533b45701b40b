import { CONTROLLER_SYNC_MS_MAX } from '../../base/limits.ts';
import type { Behavior } from '../../core/autoscaling/types.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import { noteRescale } from '../../core/engine/rescale.ts';
import { scaleDownRules, scaleUpRules } from '../../core/engine/scaling-rules.ts';
import type { MemoryOrigin } from '../facts/report.ts';

/** A scale write that the leader before was about to try, of which nobody knows yet whether it came through. */
export interface OpenIntent {
  readonly fromReplicas: number;
  readonly toReplicas: number;
  /** The earliest instant at which it can have come through, domain ms: from then it counts when it has. */
  readonly atMs: number;
  /** When what the leader before sent can no longer arrive, domain ms. */
  readonly untilMs: number;
}

/** The intent that a memory was left with; null when it was left with none. */
export function openIntentOf(origin: MemoryOrigin, nowMs: number): OpenIntent | null {
  if (origin.kind !== 'restored' || origin.openIntent === null) return null;
  const [fromReplicas, toReplicas] = origin.openIntent;
  return { fromReplicas, toReplicas, atMs: nowMs - origin.ageMs, untilMs: nowMs + CONTROLLER_SYNC_MS_MAX };
}

/** A memory, and what of the intent it was left with is still open. */
export interface IntentResolution {
  readonly memory: Memory;
  readonly openIntent: OpenIntent | null;
  /** Since this sync, when it is not known when the write came through, or whether it did; null otherwise. */
  readonly doubt: WriteDoubt | null;
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
 * the two, and its count is seen at the next sync. Somebody else has changed the count since: then nobody knows.
 */
export function resolveIntent(openIntent: OpenIntent | null, memory: Memory, facts: Facts): IntentResolution {
  if (openIntent === null || facts.hpa.kind !== 'found' || facts.scale.kind !== 'found')
    return { memory, openIntent, doubt: null };
  const { specReplicas } = facts.scale;
  if (specReplicas === openIntent.fromReplicas) {
    const isOpen = facts.nowMs < openIntent.untilMs;
    return { memory, openIntent: isOpen ? { ...openIntent, atMs: facts.nowMs } : null, doubt: null };
  }
  const { behavior } = facts.hpa.object.spec;
  const latestAtMs = facts.nowMs;
  if (behavior === undefined) return { memory, openIntent: null, doubt: null };
  if (specReplicas !== openIntent.toReplicas)
    return { memory, openIntent: null, doubt: { earliestAtMs: null, latestAtMs } };
  return {
    memory: noteRescale(openIntent, behavior, memory, openIntent.atMs),
    openIntent: null,
    doubt: { earliestAtMs: openIntent.atMs, latestAtMs },
  };
}
