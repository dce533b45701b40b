import { OBSERVED_PERIOD_MS_MAX, OBSERVED_STATUS_GAPS_COUNT_MAX } from '../../base/limits.ts';
import type { HpaStatus } from '../../core/autoscaling/types.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import type { ExplainableDecision } from '../../core/explain/explanation.ts';
import type { ComparisonUnknown, Direction, MoveVerdict } from '../../core/explain/observed-move.ts';
import { type CountChange, type CountChanges, type Glimpse, lastScaleAtMs } from './count-change.ts';
import { isStatusWritten } from './sole-controller.ts';

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
  /** What was remembered before the changes were noted. */
  readonly memoryBefore: Memory;
  /** What we decided on. */
  readonly facts: Facts;
  /** What we would decide on these or earlier facts at this instant, from another count and with another memory. */
  readonly decideOn: (facts: Facts, fromReplicas: number, memory: Memory) => ExplainableDecision;
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
  /** Our decision of that sync, and what it was made on. */
  readonly decision: ExplainableDecision;
  readonly facts: Facts;
  /** The change of that sync, when it is not known who made it. */
  readonly unexplained: CountChange | null;
  readonly open: OpenMove | null;
  readonly wish: Wish | null;
  readonly statusWrites: StatusWriteGaps;
}

/** A move that was seen and not judged yet: our decisions before it and after it are waited for. */
interface OpenMove {
  readonly change: CountChange;
  /** Ours before it: what we recommend since then starts from the new count. */
  readonly memory: Memory;
  /** What we saw before it, when the count was still the one that it started from. */
  readonly factsBefore: Facts | null;
  /** What we would have done from that count on what we saw before the move, and on what we saw since. */
  readonly before: readonly ExplainableDecision[];
  readonly since: readonly ExplainableDecision[];
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

/** A verdict with our decisions and their status that it rests on. */
export interface JudgedMove {
  readonly verdict: MoveVerdict;
  /** Those of ours that came to the verdict's count, in the order in which they were made. Never empty. */
  readonly ours: readonly ExplainableDecision[];
  readonly status: HpaStatus | undefined;
  /** When that status was last seen to change; null when it never was. */
  readonly statusChangedAtMs: number | null;
}

/**
 * Judges what both controllers made of an HPA between two syncs. Their move agrees when we would have gone to the same
 * number from the same count at the sync before it or at one of the two after it, or to one below and one above it: two
 * controllers never look at the same instant, and a window ends for each of them with a recommendation of its own. A wish
 * of ours that nobody follows for two periods is judged once. A person's change is nobody's move; it only moves the
 * ground. Pure.
 */
export function judge(state: AgreementState | null, sighting: Sighting): Judgement {
  const { uid, changes, decision, glimpse } = sighting;
  const { fresh } = changes;
  if (state === null || state.uid !== uid) return { state: begin(sighting), verdicts: [], isQuiet: false };
  const verdicts: JudgedMove[] = [];
  const finished = finishOpen(state, sighting);
  if (finished !== null) verdicts.push(...settle(finished, state, sighting));
  let open = fresh === null ? null : openMove(state, fresh, sighting);
  if (open !== null && fresh?.movedAtMs !== null && isAgreed(open)) {
    verdicts.push(...settle(open, state, sighting));
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
      facts: sighting.facts,
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
    facts: sighting.facts,
    unexplained: null,
    open: null,
    wish: nextWish(null, sighting),
    statusWrites: { lastAtMs: null, gapsMs: [] },
  };
}

function openMove(state: AgreementState, change: CountChange, sighting: Sighting): OpenMove {
  const { fromReplicas, toReplicas } = change;
  const { wish, decision, facts } = state;
  const isFromThere = decision.currentReplicas === fromReplicas;
  const open: OpenMove = {
    change,
    memory: sighting.memoryBefore,
    factsBefore: isFromThere ? facts : null,
    before: isFromThere ? [decision] : [],
    since: [],
    status: sighting.glimpse.status,
    gapMs: sighting.glimpse.atMs - state.seen.atMs,
    isJudged: wish?.isJudged === true && wish.direction === directionOf(fromReplicas, toReplicas),
  };
  return decideAgain(open, sighting);
}

/**
 * Adds what we would do now from the count that the move started from. On what we saw before it: the old numbers, with
 * windows and policies that have run on. On what we see now: newer numbers, but the move shows in them, for new pods
 * without samples dampen, and once they share the load nothing asks for a move any longer; so once without them.
 */
function decideAgain(open: OpenMove, { facts, decideOn }: Sighting): OpenMove {
  const { change, memory, factsBefore } = open;
  const decide = (seen: Facts): ExplainableDecision => decideOn(seen, change.fromReplicas, memory);
  if (factsBefore === null) return { ...open, since: [...open.since, decide(facts)] };
  return {
    ...open,
    before: [...open.before, decide(factsBefore)],
    since: [...open.since, decide(withoutNewPods(facts, factsBefore)), decide(facts)],
  };
}

function withoutNewPods(facts: Facts, before: Facts): Facts {
  if (facts.pods.kind !== 'listed' || before.pods.kind !== 'listed') return facts;
  const known = new Set(before.pods.pods.map(({ name }) => name));
  return { ...facts, pods: { kind: 'listed', pods: facts.pods.pods.filter(({ name }) => known.has(name)) } };
}

/** The open move with all that it is judged by; null when there is none, or when it turns out to be a person's change. */
function finishOpen({ open }: AgreementState, sighting: Sighting): OpenMove | null {
  if (open === null) return null;
  const { late } = sighting.changes;
  if (open.change.movedAtMs !== null) return decideAgain(open, sighting);
  return late === null ? null : { ...decideAgain(open, sighting), change: late, status: sighting.glimpse.status };
}

/** The verdict on their move; none when the wish for it has had one. */
function settle(open: OpenMove, state: AgreementState, sighting: Sighting): readonly JudgedMove[] {
  if (open.isJudged) return [];
  const { fromReplicas, toReplicas, movedAtMs } = open.change;
  const base = { atMs: movedAtMs ?? sighting.glimpse.atMs, fromReplicas, theirReplicas: toReplicas };
  const shown = { status: open.status, statusChangedAtMs: sighting.glimpse.atMs };
  const all = [...open.before, ...open.since];
  if (isAgreed(open)) {
    return [{ ...shown, verdict: { ...base, kind: 'agreedMove', ourReplicas: toReplicas, unknown: null }, ours: all }];
  }
  // A move back that we would make now answers to theirs; it says nothing about whether we would have made theirs.
  const other = nearest(alike(all, open.change), toReplicas) ?? open.before.find(isMove);
  const ourReplicas = (other ?? all[0])?.desiredReplicas ?? null;
  const ours = all.filter(({ desiredReplicas }) => desiredReplicas === ourReplicas);
  const unknown: ComparisonUnknown | null =
    open.gapMs > 2 * sighting.syncPeriodMs
      ? { code: 'SyncsMissed', gapMs: open.gapMs }
      : unknownOf(directionOf(fromReplicas, toReplicas), state, sighting);
  const kind = unknown !== null ? 'notComparable' : other !== undefined ? 'otherNumber' : 'theyMovedAlone';
  return [{ ...shown, verdict: { ...base, kind, ourReplicas, unknown }, ours }];
}

type DecidedMove = ExplainableDecision & { readonly desiredReplicas: number };

function isMove(decision: ExplainableDecision): decision is DecidedMove {
  return decision.desiredReplicas !== null && decision.desiredReplicas !== decision.currentReplicas;
}

function isAgreed({ change, before, since }: OpenMove): boolean {
  const counts = alike([...before, ...since], change).map(({ desiredReplicas }) => desiredReplicas);
  // Without a move of ours the minimum is infinite: nothing lies beyond it.
  return Math.min(...counts) <= change.toReplicas && change.toReplicas <= Math.max(...counts);
}

function nearest(moves: readonly DecidedMove[], toReplicas: number): DecidedMove | undefined {
  const distance = ({ desiredReplicas }: DecidedMove): number => Math.abs(desiredReplicas - toReplicas);
  return moves.toSorted((left, right) => distance(left) - distance(right))[0];
}

/** Those that go in the direction of the change. */
function alike(
  decisions: readonly ExplainableDecision[],
  { fromReplicas, toReplicas }: CountChange,
): readonly DecidedMove[] {
  const direction = directionOf(fromReplicas, toReplicas);
  return decisions
    .filter(isMove)
    .filter(({ desiredReplicas }) => directionOf(fromReplicas, desiredReplicas) === direction);
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
  const judged = { verdict, ours: [decision], status: glimpse.status, statusChangedAtMs };
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
