import { CONTROLLER_SYNC_MS_MAX } from '../../base/limits.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import { noteRescale } from '../../core/engine/rescale.ts';
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
}

/**
 * Looks at the count for what became of the intent. It came through, nobody knows when: it counts from the earliest
 * instant, because a change that is taken to be younger than it is would widen the budget of the other direction. It has
 * not: then it counts for nothing, for the same reason; should it still arrive, the guard of our own write refuses one of
 * the two, and its count is seen at the next sync.
 */
export function resolveIntent(openIntent: OpenIntent | null, memory: Memory, facts: Facts): IntentResolution {
  if (openIntent === null || facts.hpa.kind !== 'found' || facts.scale.kind !== 'found') return { memory, openIntent };
  const { specReplicas } = facts.scale;
  if (specReplicas === openIntent.fromReplicas) {
    return { memory, openIntent: facts.nowMs < openIntent.untilMs ? { ...openIntent, atMs: facts.nowMs } : null };
  }
  const { behavior } = facts.hpa.object.spec;
  const isMade = specReplicas === openIntent.toReplicas && behavior !== undefined;
  return { memory: isMade ? noteRescale(openIntent, behavior, memory, openIntent.atMs) : memory, openIntent: null };
}
