import type { TrueFrame, TrueMove, Truth } from './controller-model.ts';

/** How long things must last, in seconds. */
export interface OracleRules {
  readonly settleSeconds: number;
  readonly downSeconds: number;
}

/** What people should have been told, in order: `scale.up.started 1→3`, and of completions when. */
export interface OracleLine {
  readonly words: string;
  readonly completedAt: number | undefined;
}

/**
 * What a trace should lead to, found with all of it at hand: for each change of the count the end of its scaling is
 * looked for in what came after. It shares nothing with the state machines, which never see the future.
 */
export function expectedLines({ moves, frames, endSecond }: Truth, rules: OracleRules): readonly OracleLine[] {
  const lines: OracleLine[] = [];
  const say = (type: string, counts: readonly number[], completedAt?: number): void => {
    lines.push({ words: `scale.${type} ${counts.join('→')}`, completedAt });
  };
  const end = (index: number): number => moves[index]?.at ?? endSecond;
  let at = 0;
  /** A change whose beginning is not the move's own, because a scaling turned back beyond where it began. */
  let rest: TrueMove | undefined;
  while (at < moves.length) {
    const first = rest ?? moves[at];
    rest = undefined;
    if (first === undefined) break;
    at += 1;
    if (!first.isByHpa) continue;
    const run = { from: first.from, counts: [first.from, first.to], isUp: first.to > first.from, needsPods: false };
    let last = first;
    let opensAt = first.at;
    if (!run.isUp) {
      const fall = fallOf(first, moves, at, rules.downSeconds);
      at = fall.next;
      if (fall.kind === 'takenBack') {
        rest = fall.rest;
        if (rest !== undefined) at -= 1;
        continue;
      }
      run.counts = [first.from, ...fall.counts];
      last = fall.last;
      opensAt = first.at + rules.downSeconds;
      if (last.to === 0) {
        say('to_zero', run.counts);
        continue;
      }
      if (opensAt >= endSecond) break;
    }
    say(`${run.isUp ? 'up' : 'down'}.started`, [...run.counts]);
    for (;;) {
      const target = run.counts.at(-1) ?? run.from;
      const { isUp, needsPods } = run;
      const isThere = (frame: TrueFrame): boolean =>
        frame.isObserved && (isUp || frame.all <= target) && (!(isUp || needsPods) || frame.available >= target);
      const since = stableSince(frames, last.at, end(at), { isThere, opensAt, settleSeconds: rules.settleSeconds });
      if (since !== undefined) {
        say(`${isUp ? 'up' : 'down'}.completed`, run.counts, since);
        break;
      }
      const next = moves[at];
      if (next === undefined) return lines;
      at += 1;
      last = next;
      opensAt = next.at;
      if (isUp ? next.to > target : next.to < target) {
        run.counts = [...run.counts, next.to];
        if (next.to === 0) {
          say('to_zero', run.counts);
          break;
        }
        continue;
      }
      const hasTurnedBack = isUp ? next.to <= run.from : next.to >= run.from;
      say(hasTurnedBack ? 'reverted' : 'superseded', [...run.counts, next.to]);
      if (hasTurnedBack) {
        if (next.to !== run.from) {
          rest = { ...next, from: run.from };
          at -= 1;
        }
        break;
      }
      run.from = target;
      run.counts = [target, next.to];
      run.isUp = !isUp;
      run.needsPods = true;
    }
  }
  return lines;
}

type Fall =
  | { readonly kind: 'lasting'; readonly counts: readonly number[]; readonly last: TrueMove; readonly next: number }
  | { readonly kind: 'takenBack'; readonly rest: TrueMove | undefined; readonly next: number };

/** What becomes of a fall within the time in which it is not told. */
function fallOf(first: TrueMove, moves: readonly TrueMove[], from: number, downSeconds: number): Fall {
  const counts = [first.to];
  let last = first;
  let next = from;
  while (last.to > 0) {
    const move = moves[next];
    if (move === undefined || move.at >= first.at + downSeconds) break;
    next += 1;
    if (move.to === first.from) return { kind: 'takenBack', rest: undefined, next };
    if (move.to > first.from) return { kind: 'takenBack', rest: { ...move, from: first.from }, next };
    counts.push(move.to);
    last = move;
  }
  return { kind: 'lasting', counts, last, next };
}

interface Awaited {
  readonly isThere: (frame: TrueFrame) => boolean;
  readonly opensAt: number;
  readonly settleSeconds: number;
}

/** Since when all is there, if it stays for long enough before `until`; looked for from `from` on. */
function stableSince(
  frames: readonly TrueFrame[],
  from: number,
  until: number,
  { isThere, opensAt, settleSeconds }: Awaited,
): number | undefined {
  let since: number | undefined;
  for (const [index, frame] of frames.entries()) {
    const endsAt = Math.min(frames[index + 1]?.at ?? until, until);
    if (endsAt <= from) continue;
    if (frame.at >= until) break;
    since = isThere(frame) ? (since ?? Math.max(frame.at, from)) : undefined;
    if (since !== undefined && Math.max(since + settleSeconds, opensAt) < endsAt) return since;
  }
  return undefined;
}
