import { CONTROLLER_SYNC_MS_MAX } from '../../base/limits.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import { noteRescale } from '../../core/engine/rescale.ts';

/** A scale write that the leader before was about to try, of which nobody knows yet whether it came through. */
export interface OpenIntent {
  readonly fromReplicas: number;
  readonly toReplicas: number;
  /** When what the leader before sent can no longer arrive, domain ms. */
  readonly untilMs: number;
}

/** The intent that a memory was left with. */
export function openIntentOf(
  intent: readonly [fromReplicas: number, toReplicas: number] | null,
  nowMs: number,
): OpenIntent | null {
  if (intent === null) return null;
  return { fromReplicas: intent[0], toReplicas: intent[1], untilMs: nowMs + CONTROLLER_SYNC_MS_MAX };
}

/** A memory, and what of the intent it was left with is still open. */
export interface IntentResolution {
  readonly memory: Memory;
  readonly openIntent: OpenIntent | null;
}

/**
 * Looks at the count for what became of the intent. It came through: the change counts from now, because nobody knows
 * since when it has stood. It has not: then it counts for nothing, because a change that was not made would widen the
 * budget of the other direction; should it still arrive, the guard of our own write refuses one of the two, and its count
 * is seen at the next sync.
 */
export function resolveIntent(openIntent: OpenIntent | null, memory: Memory, facts: Facts): IntentResolution {
  if (openIntent === null || facts.hpa.kind !== 'found' || facts.scale.kind !== 'found') return { memory, openIntent };
  const { specReplicas } = facts.scale;
  if (specReplicas === openIntent.fromReplicas) {
    return { memory, openIntent: facts.nowMs < openIntent.untilMs ? openIntent : null };
  }
  const { behavior } = facts.hpa.object.spec;
  const isMade = specReplicas === openIntent.toReplicas && behavior !== undefined;
  return { memory: isMade ? noteRescale(openIntent, behavior, memory, facts.nowMs) : memory, openIntent: null };
}
