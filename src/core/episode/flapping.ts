import { EPISODE_FLAP_MOVES_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { Move } from './followed-count.ts';
import type { NoticeDetails, NoticeType } from './notice.ts';
import { levelNoticeId, type NoticeDraft } from './notice-draft.ts';
import type { FlapOptions } from './options.ts';

/** How an HPA's target went to and fro of late. */
export interface Flapping {
  /** Moves within the window, the oldest first. */
  readonly moves: readonly FlapMove[];
  /** The instants at which scalings began within the window. */
  readonly startsAtMs: readonly number[];
  /** Null while it does not flap. */
  readonly active: ActiveFlapping | null;
}

/** [instant, count before, count after]. */
export type FlapMove = readonly [atMs: number, fromReplicas: number, toReplicas: number];

/** A flapping that was told, and what has come since its last digest. */
export interface ActiveFlapping {
  readonly sinceMs: number;
  readonly digestFromMs: number;
  readonly digestCount: number;
  readonly quietWindowCount: number;
  readonly reversalCount: number;
  readonly startCount: number;
  readonly lowestReplicas: number;
  readonly highestReplicas: number;
  /** The longest time between two changes of direction, for the suggested window. */
  readonly longestGapMs: number;
}

export const STEADY: Flapping = { moves: [], startsAtMs: [], active: null };

/** Takes in a move of the count; those that are known to be somebody else's do not count. */
export function withMove(flapping: Flapping, move: Move, atMs: number): Flapping {
  if (move.mover === 'other') return flapping;
  const entry: FlapMove = [atMs, move.fromReplicas, move.toReplicas];
  const hasTurned = isTurn(flapping.moves.at(-1), entry);
  const moves = [...flapping.moves, entry].slice(-EPISODE_FLAP_MOVES_COUNT_MAX);
  const { active } = flapping;
  if (active === null) return { ...flapping, moves };
  return {
    ...flapping,
    moves,
    active: {
      ...active,
      reversalCount: active.reversalCount + (hasTurned ? 1 : 0),
      lowestReplicas: Math.min(active.lowestReplicas, move.toReplicas),
      highestReplicas: Math.max(active.highestReplicas, move.toReplicas),
      longestGapMs: Math.max(active.longestGapMs, hasTurned ? atMs - (turnsAtMs(flapping.moves).at(-1) ?? atMs) : 0),
    },
  };
}

/** Takes in scalings that began. */
export function withStarts(flapping: Flapping, startedCount: number, atMs: number): Flapping {
  if (startedCount === 0) return flapping;
  const added = Array.from({ length: startedCount }, () => atMs);
  const startsAtMs = [...flapping.startsAtMs, ...added].slice(-EPISODE_FLAP_MOVES_COUNT_MAX);
  const { active } = flapping;
  return {
    ...flapping,
    startsAtMs,
    active: active && { ...active, startCount: active.startCount + startedCount },
  };
}

/** What the flapping of an HPA goes by at one instant. */
export interface FlapInput {
  readonly atMs: number;
  readonly cluster: string;
  readonly hpaUid: string;
  readonly specReplicas: number | null;
  readonly options: FlapOptions;
}

/** The region of flapping: it begins, is told of in digests, and ends. */
export function advanceFlapping(
  flapping: Flapping,
  input: FlapInput,
): {
  readonly flapping: Flapping;
  readonly drafts: readonly NoticeDraft[];
  readonly lookAgainAtMs: number | undefined;
} {
  const { atMs, options } = input;
  const fromMs = atMs - options.windowMs;
  const recent: Flapping = {
    ...flapping,
    moves: flapping.moves.filter(([at]) => at > fromMs),
    startsAtMs: flapping.startsAtMs.filter((at) => at > fromMs),
  };
  if (recent.active === null) {
    const isFlapping =
      turnsAtMs(recent.moves).length >= options.reversalCount || recent.startsAtMs.length > options.startCount;
    return isFlapping ? begun(recent, input) : { flapping: recent, drafts: [], lookAgainAtMs: undefined };
  }
  return digested(recent, recent.active, input);
}

function turnsAtMs(moves: readonly FlapMove[]): readonly number[] {
  return moves.filter((move, index) => isTurn(moves[index - 1], move)).map(([atMs]) => atMs);
}

/** Whether the move goes the other way than the one before. */
function isTurn(before: FlapMove | undefined, [, from, to]: FlapMove): boolean {
  return before !== undefined && before[2] > before[1] !== to > from;
}

function begun(flapping: Flapping, input: FlapInput): ReturnType<typeof advanceFlapping> {
  const { atMs, options } = input;
  const turns = turnsAtMs(flapping.moves);
  const counts = [input.specReplicas ?? 0, ...flapping.moves.flatMap(([, from, to]) => [from, to])];
  const gaps = turns.slice(1).map((turnAtMs, index) => turnAtMs - (turns[index] ?? turnAtMs));
  const active: ActiveFlapping = {
    sinceMs: atMs,
    digestFromMs: atMs,
    digestCount: 0,
    quietWindowCount: 0,
    reversalCount: turns.length,
    startCount: flapping.startsAtMs.length,
    lowestReplicas: Math.min(...counts),
    highestReplicas: Math.max(...counts),
    longestGapMs: Math.max(0, ...gaps),
  };
  return {
    flapping: { ...flapping, active: emptied(active, input) },
    drafts: [draftOf('flapping.started', 'started', active, input, atMs)],
    lookAgainAtMs: atMs + options.digestMs,
  };
}

/** Every window that is over: told of, or counted as quiet. Windows in which nobody looked were quiet as far as is known. */
function digested(flapping: Flapping, before: ActiveFlapping, input: FlapInput): ReturnType<typeof advanceFlapping> {
  const { atMs, options } = input;
  const drafts: NoticeDraft[] = [];
  let active = before;
  while (atMs >= active.digestFromMs + options.digestMs) {
    const endMs = active.digestFromMs + options.digestMs;
    const isQuiet = active.reversalCount === 0 && active.startCount <= 1;
    const quietWindowCount = isQuiet ? active.quietWindowCount + 1 : 0;
    if (quietWindowCount >= options.quietWindowCount) {
      drafts.push(draftOf('flapping.ended', 'ended', active, input, endMs));
      return { flapping: STEADY, drafts, lookAgainAtMs: undefined };
    }
    const digestCount = active.digestCount + (isQuiet ? 0 : 1);
    if (!isQuiet) drafts.push(draftOf('flapping.digest', `digest/${digestCount}`, active, input, endMs));
    active = { ...emptied(active, input), digestFromMs: endMs, digestCount, quietWindowCount };
  }
  return { flapping: { ...flapping, active }, drafts, lookAgainAtMs: active.digestFromMs + options.digestMs };
}

function emptied(active: ActiveFlapping, { specReplicas }: FlapInput): ActiveFlapping {
  const lowestReplicas = specReplicas ?? active.lowestReplicas;
  const highestReplicas = specReplicas ?? active.highestReplicas;
  return { ...active, reversalCount: 0, startCount: 0, lowestReplicas, highestReplicas };
}

const WINDOW_STEP_MS = 60_000;
const WINDOW_SECONDS_MIN = 300;
const WINDOW_SECONDS_MAX = 3_600;

function draftOf(
  type: NoticeType,
  stage: string,
  active: ActiveFlapping,
  { cluster, hpaUid }: FlapInput,
  atMs: number,
): NoticeDraft {
  const { reversalCount, startCount, lowestReplicas, highestReplicas, longestGapMs } = active;
  // A window spans from one high to the next, which is two changes of direction.
  const steps = Math.ceil((2 * longestGapMs) / WINDOW_STEP_MS);
  const suggestedWindowSeconds = Math.min(
    WINDOW_SECONDS_MAX,
    Math.max(WINDOW_SECONDS_MIN, (steps * WINDOW_STEP_MS) / 1000),
  );
  const details: NoticeDetails = {
    kind: 'flapping',
    reversalCount,
    startCount,
    lowestReplicas,
    highestReplicas,
    suggestedWindowSeconds,
  };
  const about = levelNoticeId('flapping.started', cluster, hpaUid, active.sinceMs);
  return { type, id: `${about}/${stage}`, atMs, details };
}
