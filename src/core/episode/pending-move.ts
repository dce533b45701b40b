import { conditionOf } from './conditions.ts';
import { startDraft, toZeroDraft } from './episode-drafts.ts';
import { isConfirmed, type Move } from './followed-count.ts';
import { metricReadings } from './metric-readings.ts';
import type { EpisodeStep } from './notice.ts';
import type { NoticeDraft } from './notice-draft.ts';
import type { HpaSeen } from './observation.ts';
import { presenceOf } from './presence.ts';
import {
  IDLE,
  type MoveCause,
  type OpenEpisode,
  outcomeOf,
  type PendingMove,
  type ScalingInput,
  type ScalingOutcome,
  targetOf,
  withStep,
} from './scaling.ts';
import { shortHash } from './short-hash.ts';

/** A change of the count before it is known what it is. */
export function pendingOf(move: Move, seen: HpaSeen): PendingMove {
  const { fromReplicas, toReplicas, mover, manager, writtenAtMs } = move;
  const isLate = seen.unwatchedSinceMs !== undefined;
  const step: EpisodeStep = { atMs: isLate ? (writtenAtMs ?? seen.atMs) : seen.atMs, fromReplicas, toReplicas };
  return {
    kind: 'pending',
    fromReplicas,
    steps: [step],
    movedAtMs: seen.atMs,
    mover,
    manager,
    writtenAtMs,
    cause: null,
    stableSinceMs: null,
    isLate,
  };
}

/** The change after a further one; undefined when it was taken back. */
export function movedPending(pending: PendingMove, move: Move, seen: HpaSeen): PendingMove | undefined {
  const { fromReplicas, steps } = pending;
  if (move.toReplicas === fromReplicas) return undefined;
  const isSameDirection = move.toReplicas > fromReplicas === targetOf(pending, fromReplicas) > fromReplicas;
  if (!isSameDirection) return pendingOf({ ...move, fromReplicas }, seen);
  const { fromReplicas: stepFrom, toReplicas, mover, manager, writtenAtMs } = move;
  return {
    ...pending,
    steps: withStep(steps, { atMs: seen.atMs, fromReplicas: stepFrom, toReplicas }),
    movedAtMs: seen.atMs,
    mover,
    manager,
    writtenAtMs,
    stableSinceMs: null,
  };
}

/** Finds out whose change it is, and lets it become an episode once it has lasted. */
export function settlePending(pending: PendingMove, input: ScalingInput): ScalingOutcome {
  const { options, seen, isMuted } = input;
  const followed = tracked(pending, seen);
  const cause = causeOf(pending, input);
  if (cause === 'unknown') {
    return outcomeOf(followed, { lookAgainAtMs: pending.movedAtMs + options.confirmMs });
  }
  if (cause === 'manual')
    return outcomeOf({ kind: 'idle', doubted: followed }, { drafts: manualDrafts(pending, input) });
  if (pending.isLate && cause.keyMs < seen.atMs - options.catchUpMs) return outcomeOf(IDLE);
  const known = { ...followed, cause };
  const toReplicas = targetOf(pending, pending.fromReplicas);
  const isHeld = toReplicas < pending.fromReplicas && toReplicas > 0 && !pending.isLate;
  const dueAtMs = isHeld ? firstAtMs(pending) + options.downDebounceMs : seen.atMs;
  if (seen.atMs < dueAtMs) return outcomeOf(known, { lookAgainAtMs: dueAtMs });
  const open = openedFrom(known, cause, input);
  if (toReplicas === 0) return outcomeOf(IDLE, { drafts: isMuted ? [] : [toZeroDraft(open)], startedCount: 1 });
  return outcomeOf(open, { drafts: open.isStartTold ? [startDraft(open)] : [], startedCount: 1 });
}

function firstAtMs({ steps, movedAtMs }: PendingMove): number {
  return steps[0]?.atMs ?? movedAtMs;
}

/** What came about while nobody watched is told to begin only when it has not come to its end meanwhile. */
function openedFrom(pending: PendingMove, cause: MoveCause, { cluster, seen, isMuted }: ScalingInput): OpenEpisode {
  const isUp = targetOf(pending, pending.fromReplicas) > pending.fromReplicas;
  const direction = isUp ? 'up' : 'down';
  return {
    kind: 'open',
    id: shortHash([cluster, seen.hpa.uid, direction, Math.floor(cause.keyMs)]),
    direction,
    baselineReplicas: pending.fromReplicas,
    steps: pending.steps,
    openedAtMs: firstAtMs(pending),
    readings: cause.readings,
    limiter: cause.limiter,
    movedAtMs: pending.movedAtMs,
    stableSinceMs: pending.stableSinceMs,
    isStartTold: !isMuted && !pending.isLate,
    isFoundLate: pending.isLate,
    needsPods: isUp,
    stuck: null,
  };
}

/**
 * Whose doing it is. The HPA's status follows its change of the count by milliseconds, and has the values that led to
 * it; so it is waited for, for a moment, even where managedFields name the controller.
 */
function causeOf(pending: PendingMove, { count, seen, options }: ScalingInput): MoveCause | 'unknown' | 'manual' {
  const { cause, mover, writtenAtMs, movedAtMs } = pending;
  if (cause?.isConfirmed) return cause;
  if (isConfirmed(count, targetOf(pending, pending.fromReplicas), movedAtMs - options.confirmMs)) {
    const limited = conditionOf(seen.hpa, 'ScalingLimited');
    return {
      keyMs: cause?.keyMs ?? count.scaleTimeMs ?? movedAtMs,
      isConfirmed: true,
      readings: metricReadings(seen.hpa),
      limiter: limited?.status === 'True' ? (limited.reason ?? null) : null,
    };
  }
  if (cause !== null) return cause;
  const keyMs = writtenAtMs ?? firstAtMs(pending);
  const unconfirmed: MoveCause = { keyMs, isConfirmed: false, readings: [], limiter: null };
  if (mover === 'keda') return unconfirmed;
  if (seen.atMs < movedAtMs + options.confirmMs) return 'unknown';
  return mover === 'hpa' ? unconfirmed : 'manual';
}

function manualDrafts(pending: PendingMove, { options, cluster, seen }: ScalingInput): readonly NoticeDraft[] {
  if (!options.tellsManualChanges) return [];
  const { manager, fromReplicas, writtenAtMs, isLate } = pending;
  const atMs = firstAtMs(pending);
  const id = `${shortHash([cluster, seen.hpa.uid, 'manual', Math.floor(writtenAtMs ?? atMs)])}/scale.manual`;
  const details = { kind: 'manual', manager, fromReplicas, toReplicas: targetOf(pending, fromReplicas) } as const;
  return [{ type: 'scale.manual', atMs, id, isObservedLate: isLate, details }];
}

/** A fall is usually over before it is told: since when its surplus is gone is noted meanwhile. */
function tracked(pending: PendingMove, seen: HpaSeen): PendingMove {
  const targetReplicas = targetOf(pending, pending.fromReplicas);
  const isDown = targetReplicas < pending.fromReplicas;
  const { kind } = presenceOf(seen, { targetReplicas, isDown, needsPods: !isDown });
  return { ...pending, stableSinceMs: kind === 'there' ? (pending.stableSinceMs ?? seen.atMs) : null };
}
