import { OBSERVED_PERIOD_MS_MAX, OBSERVED_STATUS_GAPS_COUNT_MAX } from '../../base/limits.ts';
import type { HpaStatus } from '../../core/autoscaling/types.ts';
import type { Memory } from '../../core/engine/memory.ts';
import type { ExplainableDecision } from '../../core/explain/explanation.ts';
import type { ComparisonUnknown, Direction, MoveVerdict } from '../../core/explain/observed-move.ts';
import { type CountChange, type CountChanges, type Glimpse, lastScaleAtMs } from './count-change.ts';
import { isStatusWritten } from './sole-controller.ts';

/** The events that policies measure. */
export type ScaleEvents = Pick<Memory, 'scaleUpEvents' | 'scaleDownEvents'>;

/** The HPA's windows, and the longest period of its policies; 0 where there is none. */
export interface WindowLengths {
  readonly upMs: number;
  readonly downMs: number;
  readonly policyMs: number;
}

/** One sync of an observer, as the judge sees it. */
export interface Sighting {
  readonly uid: string | null;
  readonly glimpse: Glimpse;
  /** What happened to the count since the sync before. */
  readonly changes: CountChanges;
  /** Our decision, from the count as it is now. */
  readonly decision: ExplainableDecision;
  /** The events that were remembered before its moves were noted. */
  readonly eventsBefore: ScaleEvents;
  /** What we would decide on the same facts from another count and with other events. */
  readonly decideFrom: (fromReplicas: number, events: ScaleEvents) => ExplainableDecision;
  /** Ours. */
  readonly syncPeriodMs: number;
  /** What the acting controller's is at least, by what is known of upstream's. */
  readonly actingPeriodMs: number;
  readonly windows: WindowLengths;
}

/** What is kept of one HPA between the syncs. Opaque to all but the judge, `seen` and `unexplained` aside. */
export interface AgreementState {
  readonly uid: string | null;
  readonly firstAtMs: number;
  /** When the acting controller had moved last before we began; null when never. */
  readonly movedBeforeMs: number | null;
  readonly seen: Glimpse;
  /** Our decision of that sync. */
  readonly decision: ExplainableDecision;
  /** The change of that sync, when it is not known who made it. */
  readonly unexplained: CountChange | null;
  readonly open: OpenMove | null;
  readonly wish: Wish | null;
  readonly statusWrites: StatusWriteGaps;
}

/** A move that was seen and not judged yet: our decisions before it and after it are waited for. */
interface OpenMove {
  readonly change: CountChange;
  readonly events: ScaleEvents;
  /** Ours of the sync before, when it started from the same count. */
  readonly before: ExplainableDecision | null;
  /** Ours of the first sync after it, from the count that it started from. */
  readonly after: ExplainableDecision;
  /** Theirs as it was first seen to show the move. */
  readonly status: HpaStatus | undefined;
  /** Between the syncs around it. */
  readonly gapMs: number;
  /** We had wished for it for so long that the wish has been judged already. */
  readonly isJudged: boolean;
}

/** A move that we would make and that nobody makes. */
interface Wish {
  readonly sinceMs: number;
  readonly direction: Direction;
  readonly isJudged: boolean;
}

/** How often the status was seen to change: an upper bound of the acting controller's period. */
interface StatusWriteGaps {
  readonly lastAtMs: number | null;
  readonly gapsMs: readonly number[];
}

/** What a sync adds to what is known. */
export interface Judgement {
  readonly state: AgreementState;
  readonly verdicts: readonly JudgedMove[];
  /** Both stay, and nothing waits to be judged. */
  readonly isQuiet: boolean;
}

/** A verdict with our decision and their status that it rests on. */
export interface JudgedMove {
  readonly verdict: MoveVerdict;
  readonly ours: ExplainableDecision;
  readonly status: HpaStatus | undefined;
  /** When that status was last seen to change; null when it never was. */
  readonly statusChangedAtMs: number | null;
}

/**
 * Judges what both controllers made of an HPA between two syncs. Their move agrees when we would have gone to the same
 * number from the same count at the sync before it or at one of the two after it, or to one below and one above it: two
 * controllers never look at the same instant. A wish of ours that nobody follows for two periods is judged once. A
 * person's change is nobody's move; it only moves the ground. Pure.
 */
export function judge(state: AgreementState | null, sighting: Sighting): Judgement {
  const { uid, changes, decision, glimpse } = sighting;
  const { fresh } = changes;
  if (state === null || state.uid !== uid) return { state: begin(sighting), verdicts: [], isQuiet: false };
  const verdicts: JudgedMove[] = [];
  const finished = finishOpen(state, sighting);
  if (finished !== null) verdicts.push(...settle(finished.open, finished.candidates, state, sighting));
  let open = fresh === null ? null : openMove(state, fresh, sighting);
  if (open !== null && fresh?.movedAtMs !== null && isAgreed(open, [open.before, open.after])) {
    verdicts.push(...settle(open, [open.before, open.after], state, sighting));
    open = null;
  }
  const statusWrites = noteStatus(state.statusWrites, state.seen.status, glimpse);
  const wished = judgeWish(nextWish(state.wish, sighting), { ...state, statusWrites }, sighting);
  verdicts.push(...wished.verdicts);
  const isStill = open === null && wished.wish === null && decision.desiredReplicas !== null;
  return {
    state: {
      ...state,
      seen: { ...glimpse, specReplicas: glimpse.specReplicas ?? state.seen.specReplicas },
      decision,
      unexplained: fresh !== null && fresh.movedAtMs === null ? fresh : null,
      open,
      wish: wished.wish,
      statusWrites,
    },
    verdicts,
    isQuiet: isStill && verdicts.length === 0,
  };
}

function begin(sighting: Sighting): AgreementState {
  const { uid, glimpse, decision } = sighting;
  return {
    uid,
    firstAtMs: glimpse.atMs,
    movedBeforeMs: lastScaleAtMs(glimpse.status),
    seen: glimpse,
    decision,
    unexplained: null,
    open: null,
    wish: nextWish(null, sighting),
    statusWrites: { lastAtMs: null, gapsMs: [] },
  };
}

function openMove(state: AgreementState, change: CountChange, sighting: Sighting): OpenMove {
  const { fromReplicas, toReplicas } = change;
  const { wish } = state;
  return {
    change,
    events: sighting.eventsBefore,
    before: state.decision.currentReplicas === fromReplicas ? state.decision : null,
    after: sighting.decideFrom(fromReplicas, sighting.eventsBefore),
    status: sighting.glimpse.status,
    gapMs: sighting.glimpse.atMs - state.seen.atMs,
    isJudged: wish?.isJudged === true && wish.direction === directionOf(fromReplicas, toReplicas),
  };
}

/** The open move with all that it is judged by; null when there is none, or when it turns out to be a person's change. */
function finishOpen(
  { open }: AgreementState,
  { changes: { late }, decideFrom, glimpse }: Sighting,
): { readonly open: OpenMove; readonly candidates: readonly (ExplainableDecision | null)[] } | null {
  if (open === null) return null;
  const isUnexplained = open.change.movedAtMs === null;
  if (isUnexplained && late === null) return null;
  return {
    open: isUnexplained && late !== null ? { ...open, change: late, status: glimpse.status } : open,
    candidates: [open.before, open.after, decideFrom(open.change.fromReplicas, open.events)],
  };
}

/** The verdict on their move; none when the wish for it has had one. */
function settle(
  open: OpenMove,
  candidates: readonly (ExplainableDecision | null)[],
  state: AgreementState,
  sighting: Sighting,
): readonly JudgedMove[] {
  if (open.isJudged) return [];
  const { fromReplicas, toReplicas, movedAtMs } = open.change;
  const base = { atMs: movedAtMs ?? sighting.glimpse.atMs, fromReplicas, theirReplicas: toReplicas };
  if (isAgreed(open, candidates)) {
    const verdict: MoveVerdict = { ...base, kind: 'agreedMove', ourReplicas: toReplicas, unknown: null };
    return [{ verdict, ours: open.after, status: open.status, statusChangedAtMs: sighting.glimpse.atMs }];
  }
  const moving = candidates.filter(isMove);
  const ours = alike(moving, open.change).at(-1) ?? moving.at(-1) ?? open.after;
  const unknown =
    open.gapMs > 2 * sighting.syncPeriodMs
      ? ({ code: 'SyncsMissed', gapMs: open.gapMs } as const)
      : unknownOf(directionOf(fromReplicas, toReplicas), state, sighting);
  const kind = unknown !== null ? 'notComparable' : moving.length > 0 ? 'otherNumber' : 'theyMovedAlone';
  const verdict: MoveVerdict = { ...base, kind, ourReplicas: ours.desiredReplicas, unknown };
  return [{ verdict, ours, status: open.status, statusChangedAtMs: sighting.glimpse.atMs }];
}

type DecidedMove = ExplainableDecision & { readonly desiredReplicas: number };

function isMove(decision: ExplainableDecision | null): decision is DecidedMove {
  if (decision === null || decision.desiredReplicas === null) return false;
  return decision.desiredReplicas !== decision.currentReplicas;
}

function isAgreed({ change }: OpenMove, candidates: readonly (ExplainableDecision | null)[]): boolean {
  const counts = alike(candidates.filter(isMove), change).map(({ desiredReplicas }) => desiredReplicas);
  // Without a move of ours the minimum is infinite: nothing lies beyond it.
  return Math.min(...counts) <= change.toReplicas && change.toReplicas <= Math.max(...counts);
}

/** Those that go in the direction of the change. */
function alike(moves: readonly DecidedMove[], { fromReplicas, toReplicas }: CountChange): readonly DecidedMove[] {
  const direction = directionOf(fromReplicas, toReplicas);
  return moves.filter(({ desiredReplicas }) => directionOf(fromReplicas, desiredReplicas) === direction);
}

function directionOf(fromReplicas: number, toReplicas: number): Direction {
  return toReplicas > fromReplicas ? 'up' : 'down';
}

/** The wish after this sync: it goes on as long as the count stands still and we want the same direction. */
function nextWish(wish: Wish | null, { decision, changes, glimpse }: Sighting): Wish | null {
  if (!isMove(decision) || decision.currentReplicas === null) return null;
  const direction = directionOf(decision.currentReplicas, decision.desiredReplicas);
  if (wish !== null && changes.fresh === null && wish.direction === direction) return wish;
  return { sinceMs: glimpse.atMs, direction, isJudged: false };
}

function judgeWish(
  wish: Wish | null,
  state: AgreementState,
  sighting: Sighting,
): { readonly wish: Wish | null; readonly verdicts: readonly JudgedMove[] } {
  const { decision, glimpse } = sighting;
  const isDue = wish !== null && glimpse.atMs - wish.sinceMs >= 2 * actingPeriodMs(state, sighting);
  if (!isDue || wish.isJudged || decision.currentReplicas === null) return { wish, verdicts: [] };
  const unknown = nobodyMoves(glimpse.status) ?? unknownOf(wish.direction, state, sighting);
  const verdict: MoveVerdict = {
    kind: unknown === null ? 'weMovedAlone' : 'notComparable',
    atMs: wish.sinceMs,
    fromReplicas: decision.currentReplicas,
    theirReplicas: null,
    ourReplicas: decision.desiredReplicas,
    unknown,
  };
  const statusChangedAtMs = state.statusWrites.lastAtMs;
  const judged = { verdict, ours: decision, status: glimpse.status, statusChangedAtMs };
  return { wish: { ...wish, isJudged: true }, verdicts: [judged] };
}

function nobodyMoves(status: HpaStatus | undefined): ComparisonUnknown | null {
  if (status === undefined || !isStatusWritten({ status })) return { code: 'NobodyActs' };
  const able = status.conditions?.find(({ type }) => type === 'AbleToScale');
  return able?.status === 'False' && able.reason === 'FailedUpdateScale'
    ? { code: 'TheirWriteFailed', message: able.message ?? '' }
    : null;
}

/** What happened before we began and may explain a difference in that direction. */
function unknownOf(
  direction: Direction,
  { firstAtMs, movedBeforeMs }: AgreementState,
  { glimpse, windows, syncPeriodMs }: Sighting,
): ComparisonUnknown | null {
  const watchedMs = glimpse.atMs - firstAtMs;
  const windowMs = direction === 'up' ? windows.upMs : windows.downMs;
  if (windowMs > 0 && watchedMs < windowMs + syncPeriodMs) return { code: 'WindowUnknown', direction, windowMs };
  const { policyMs } = windows;
  const isBudgetOpen =
    movedBeforeMs !== null &&
    firstAtMs - movedBeforeMs < policyMs &&
    glimpse.atMs - movedBeforeMs < policyMs + syncPeriodMs;
  return isBudgetOpen ? { code: 'BudgetUnknown', periodMs: policyMs } : null;
}

/**
 * The acting controller's period: the longest of ours, of what upstream's flags make of the number of HPAs, and of the
 * shortest time between two of its status writes, which an idle HPA makes too long, hence its bound.
 */
function actingPeriodMs({ statusWrites }: AgreementState, sighting: Sighting): number {
  const shortestGapMs = statusWrites.gapsMs.length === 0 ? 0 : Math.min(...statusWrites.gapsMs);
  return Math.max(sighting.syncPeriodMs, sighting.actingPeriodMs, Math.min(shortestGapMs, OBSERVED_PERIOD_MS_MAX));
}

function noteStatus(writes: StatusWriteGaps, before: HpaStatus | undefined, now: Glimpse): StatusWriteGaps {
  // The cache hands out the same object as long as nothing was written.
  if (before === now.status || JSON.stringify(before) === JSON.stringify(now.status)) return writes;
  const { lastAtMs, gapsMs } = writes;
  const next = lastAtMs === null ? gapsMs : [...gapsMs, now.atMs - lastAtMs];
  return { lastAtMs: now.atMs, gapsMs: next.slice(-OBSERVED_STATUS_GAPS_COUNT_MAX) };
}
