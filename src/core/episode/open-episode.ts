import { areMetricsConditionsFresh, conditionOf, replicasMin } from './conditions.ts';
import { episodeDraft, startDraft, toZeroDraft } from './episode-drafts.ts';
import type { Move } from './followed-count.ts';
import type { NoticeDraft } from './notice-draft.ts';
import { pendingOf } from './pending-move.ts';
import { type Presence, presenceOf } from './presence.ts';
import {
  episodeOf,
  IDLE,
  type OpenEpisode,
  outcomeOf,
  type ScalingInput,
  type ScalingOutcome,
  targetOf,
  withStep,
} from './scaling.ts';
import { shortHash } from './short-hash.ts';
import { stuckAfterMs, troubleOf } from './stuck-cause.ts';

/** The episode after a further change of the count: a step of it, or its end. */
export function movedEpisode(open: OpenEpisode, move: Move, input: ScalingInput): ScalingOutcome {
  const { seen } = input;
  const { baselineReplicas, direction } = open;
  const { fromReplicas, toReplicas } = move;
  const sign = direction === 'up' ? 1 : -1;
  const steps = withStep(open.steps, { atMs: seen.atMs, fromReplicas, toReplicas });
  if ((toReplicas - targetOf(open, baselineReplicas)) * sign > 0) {
    const further: OpenEpisode = { ...open, steps, movedAtMs: seen.atMs, stableSinceMs: null };
    if (toReplicas > 0) return outcomeOf(further);
    return outcomeOf(IDLE, { drafts: isTold(open, input) ? [toZeroDraft(further)] : [] });
  }
  const isReverted = (toReplicas - baselineReplicas) * sign <= 0;
  const stage = isReverted ? 'reverted' : 'superseded';
  const draft = episodeDraft(open, `scale.${stage}`, stage, {
    atMs: seen.atMs,
    episode: { ...episodeOf(open), steps },
    isObservedLate: seen.unwatchedSinceMs !== undefined || (open.isFoundLate && !open.isStartTold),
  });
  const drafts = isTold(open, input) ? [draft] : [];
  if (!isReverted) return outcomeOf(supersedingEpisode(open, move, input), { drafts, startedCount: 1 });
  if (toReplicas === baselineReplicas) return outcomeOf(IDLE, { drafts });
  return outcomeOf(pendingOf({ ...move, fromReplicas: baselineReplicas }, seen), { drafts });
}

/** How far the pods are: complete, on their way, or stuck. */
export function followEpisode(open: OpenEpisode, input: ScalingInput): ScalingOutcome {
  const { seen, options } = input;
  const presence = presenceOf(seen, {
    targetReplicas: targetOf(open, open.baselineReplicas),
    isDown: open.direction === 'down',
    needsPods: open.needsPods,
  });
  if (presence.kind !== 'there') return followIncomplete({ ...open, stableSinceMs: null }, presence, input);
  const isFoundLate = open.isFoundLate || (open.stableSinceMs === null && seen.unwatchedSinceMs !== undefined);
  const stableSinceMs = open.stableSinceMs ?? seen.atMs;
  const completeAtMs = Math.max(stableSinceMs + options.settleMs, nextStepUntilMs(open, input));
  if (seen.atMs < completeAtMs) {
    return outcomeOf({ ...open, stableSinceMs, isFoundLate }, { lookAgainAtMs: completeAtMs });
  }
  const draft = episodeDraft(open, `scale.${open.direction}.completed`, 'completed', {
    atMs: stableSinceMs,
    isObservedLate: isFoundLate,
    isUnverified: presence.isUnverified,
    details: {
      kind: 'pods',
      availableReplicas: presence.availableReplicas,
      cause: open.stuck?.cause,
      message: '',
    },
  });
  return outcomeOf(IDLE, {
    drafts: isTold(open, input) ? [draft] : [],
    durationMs: open.direction === 'up' ? Math.max(0, stableSinceMs - open.movedAtMs) : undefined,
  });
}

/**
 * Until when the next step of an episode may be awaited: an HPA whose policy allows two pods in 30 s is not done after the
 * first two. 0 when its controller does not say that it waits, or is where it may go no further.
 */
function nextStepUntilMs(open: OpenEpisode, { seen, options }: ScalingInput): number {
  const target = targetOf(open, open.baselineReplicas);
  const isUp = open.direction === 'up';
  const isAtBound = isUp ? target >= seen.hpa.spec.maxReplicas : target <= replicasMin(seen.hpa);
  if (isAtBound || !areMetricsConditionsFresh(seen.hpa)) return 0;
  const limited = conditionOf(seen.hpa, 'ScalingLimited');
  const isLimited = limited?.status === 'True' && limited.reason === (isUp ? 'ScaleUpLimit' : 'ScaleDownLimit');
  const isStabilized = isUp && conditionOf(seen.hpa, 'AbleToScale')?.reason === 'ScaleUpStabilized';
  return isLimited || isStabilized ? open.movedAtMs + options.stepHoldMs : 0;
}

/** Whoever was told of a beginning is told of the end; while an HPA flaps, nothing else is told. */
function isTold({ isStartTold }: OpenEpisode, { isMuted }: ScalingInput): boolean {
  return isStartTold || !isMuted;
}

/**
 * The way back to a count on this side of the baseline, which the notice of the superseded episode tells as well. Where
 * that one went up, pods may be missing even for the lower count.
 */
function supersedingEpisode(open: OpenEpisode, move: Move, input: ScalingInput): OpenEpisode {
  const { seen, cluster } = input;
  const { fromReplicas, toReplicas, writtenAtMs } = move;
  const direction = open.direction === 'up' ? 'down' : 'up';
  return {
    ...open,
    id: shortHash([cluster, seen.hpa.uid, direction, Math.floor(writtenAtMs ?? seen.atMs)]),
    direction,
    baselineReplicas: fromReplicas,
    steps: [{ atMs: seen.atMs, fromReplicas, toReplicas }],
    openedAtMs: seen.atMs,
    readings: [],
    limiter: null,
    movedAtMs: seen.atMs,
    stableSinceMs: null,
    isStartTold: isTold(open, input),
    isFoundLate: seen.unwatchedSinceMs !== undefined,
    needsPods: true,
    stuck: null,
  };
}

function followIncomplete(open: OpenEpisode, presence: Presence, input: ScalingInput): ScalingOutcome {
  const isLateStart = open.isFoundLate && !open.isStartTold && presence.kind === 'short' && !input.isMuted;
  const drafts = isLateStart ? [startDraft(open)] : [];
  const isStartTold = open.isStartTold || isLateStart;
  const known: OpenEpisode = { ...open, isStartTold, isFoundLate: open.isFoundLate && !isStartTold };
  const availableReplicas = presence.kind === 'short' ? presence.availableReplicas : 0;
  const stuck = followStuck(known, availableReplicas, input);
  return { ...stuck, drafts: [...drafts, ...stuck.drafts] };
}

function followStuck(open: OpenEpisode, availableReplicas: number, input: ScalingInput): ScalingOutcome {
  const { seen, options } = input;
  if (!open.needsPods || !isTold(open, input)) return outcomeOf(open);
  const firstDueAtMs = open.movedAtMs + stuckAfterMs(open, input);
  const { stuck } = open;
  const dueAtMs = stuck === null ? firstDueAtMs : Math.max(firstDueAtMs, stuck.toldAtMs + options.stuckRepeatMs);
  if (seen.atMs < dueAtMs) return outcomeOf(open, { lookAgainAtMs: dueAtMs });
  const toldCount = stuck?.toldCount ?? 0;
  const { cause, message } = troubleOf(seen);
  const draft: NoticeDraft = episodeDraft(open, 'scale.stuck', `stuck/${toldCount}`, {
    atMs: seen.atMs,
    isObservedLate: seen.unwatchedSinceMs !== undefined,
    details: { kind: 'pods', availableReplicas, cause, message },
  });
  const told = { toldCount: toldCount + 1, toldAtMs: seen.atMs, cause };
  return outcomeOf({ ...open, stuck: told }, { drafts: [draft], lookAgainAtMs: seen.atMs + options.stuckRepeatMs });
}
