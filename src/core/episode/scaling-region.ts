import { abortedDraft } from './episode-drafts.ts';
import { isConfirmed, type Move } from './followed-count.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { followEpisode, movedEpisode } from './open-episode.ts';
import { movedPending, pendingOf, settlePending } from './pending-move.ts';
import { IDLE, outcomeOf, type Scaling, type ScalingInput, type ScalingOutcome, targetOf } from './scaling.ts';

/** The region of episodes: takes in a change of the count, then looks whose it was and how far the pods are. */
export function advanceScaling(scaling: Scaling, move: Move | undefined, input: ScalingInput): ScalingOutcome {
  const moved = move === undefined ? outcomeOf(claimed(scaling, input)) : takeIn(scaling, move, input);
  const settled = moved.scaling.kind === 'pending' ? joined(moved, settlePending(moved.scaling, input)) : moved;
  return settled.scaling.kind === 'open' ? joined(settled, followEpisode(settled.scaling, input)) : settled;
}

/** The HPA or its target is gone: an end for what was told to begin. */
export function abortScaling(scaling: Scaling, atMs: number, isObservedLate: boolean): readonly NoticeDraft[] {
  const isTold = scaling.kind === 'open' && scaling.isStartTold;
  return isTold ? [abortedDraft(scaling, atMs, isObservedLate)] : [];
}

/** At rest, the status may claim the last change belatedly, as when its watch was behind. */
function claimed(scaling: Scaling, { seen, count, options }: ScalingInput): Scaling {
  if (scaling.kind !== 'idle' || scaling.doubted === null) return scaling;
  const { doubted } = scaling;
  if (seen.atMs > doubted.movedAtMs + DOUBT_MS) return IDLE;
  const isClaimed = isConfirmed(count, targetOf(doubted, doubted.fromReplicas), doubted.movedAtMs - options.confirmMs);
  return isClaimed ? doubted : scaling;
}

/** How late a status may claim a change: the longest that a watch is silently behind before it is begun anew. */
const DOUBT_MS = 60_000;

function takeIn(scaling: Scaling, move: Move, input: ScalingInput): ScalingOutcome {
  switch (scaling.kind) {
    case 'idle':
      return outcomeOf(pendingOf(move, input.seen));
    case 'pending':
      return outcomeOf(movedPending(scaling, move, input.seen) ?? IDLE);
    case 'open':
      return movedEpisode(scaling, move, input);
  }
}

/** One after the other: the second begins where the first ended. */
function joined(first: ScalingOutcome, second: ScalingOutcome): ScalingOutcome {
  return {
    scaling: second.scaling,
    drafts: [...first.drafts, ...second.drafts],
    lookAgainAtMs: second.lookAgainAtMs,
    startedCount: first.startedCount + second.startedCount,
    durationMs: second.durationMs ?? first.durationMs,
  };
}
