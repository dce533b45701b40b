import { describe, expect, it } from 'vitest';
import { type Trace, type TraceOptions, type Truth, traceOf } from '../../../test/episode/controller-model.ts';
import { expectedLines } from '../../../test/episode/episode-oracle.ts';
import { STORY_START_MS } from '../../../test/episode/scene.ts';
import { play, type StoryEvent, type Telling, type ToldNotice } from '../../../test/episode/story.ts';
import { Random } from '../../base/random.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';

const RULES = { settleSeconds: 10, downSeconds: 30 };
const NO_FLAPPING = {
  ...DEFAULT_DETECT_OPTIONS.flap,
  reversalCount: Number.MAX_SAFE_INTEGER,
  startCount: Number.MAX_SAFE_INTEGER,
};
const ALL: TraceOptions = { seconds: 600, hasPeople: true, hasConflicts: true, calmSeconds: 0 };
/** In the end the controller has what it wants and all pods are there. */
const CALM: TraceOptions = { seconds: 1_000, hasPeople: false, hasConflicts: false, calmSeconds: 450 };

/** They go by the thousand, and a failure names its seed. */
const TRACES_COUNT = 10_000;
const BATCH_COUNT = 10;

const randomSeed = process.env['PODTIDE_PROPERTY_SEED'];
const FIRST_SEED = randomSeed === 'random' ? Math.floor(Math.random() * 1e9) : Number(randomSeed ?? 1);

function seedsOf(batch: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => FIRST_SEED + batch * count + at);
}

function playTrace({ events, opening, truth }: Trace, telling: Telling = {}): readonly ToldNotice[] {
  return play(events, { opening, until: truth.endSecond, options: { flap: NO_FLAPPING, stepHoldMs: 0 }, ...telling });
}

const STAGES = /^scale\.(up|down)\.(started|completed)|^scale\.(reverted|superseded|to_zero)/;

/** What was told of scalings, in the oracle's words. */
function stagesOf(told: readonly ToldNotice[]): readonly string[] {
  return told
    .filter(({ notice }) => STAGES.test(notice.type))
    .map(({ notice: { type, episode } }) => {
      const counts = [episode?.baselineReplicas, ...(episode?.steps.map(({ toReplicas }) => toReplicas) ?? [])];
      return `${type} ${counts.join('→')}`;
    });
}

/** Every way in which what was told contradicts what was. */
function lies(told: readonly ToldNotice[], truth: Truth): readonly string[] {
  return told.flatMap(({ saidAtMs, notice: { type, episode } }) => {
    const at = (saidAtMs - STORY_START_MS) / 1000;
    const during = truth.frames.filter((frame, index) => {
      const endsAt = truth.frames[index + 1]?.at ?? truth.endSecond;
      return frame.at <= at + 1e-6 && endsAt > at - RULES.settleSeconds + 1e-3;
    });
    const target = episode?.targetReplicas ?? 0;
    if (type === 'scale.up.completed') {
      const short = during.filter(({ available, spec }) => available < target || spec !== target);
      return short.length > 0 ? [`${at} ${type} ${target} while ${JSON.stringify(short[0])}`] : [];
    }
    if (type === 'scale.stuck') {
      const now = during.at(-1);
      return now && now.available >= target && now.isObserved && now.all <= target ? [`${at} stuck at ${target}`] : [];
    }
    return [];
  });
}

describe.each(Array.from({ length: BATCH_COUNT }, (_, batch) => batch))('random traces, batch %i', (batch) => {
  it('are told as the oracle says: each scaling to its one end, none complete before its pods (N5)', () => {
    for (const seed of seedsOf(batch, TRACES_COUNT / BATCH_COUNT)) {
      const trace = traceOf(seed, ALL);
      const told = playTrace(trace);
      const expected = expectedLines(trace.truth, RULES);
      expect(stagesOf(told), `seed ${seed}`).toEqual(expected.map(({ words }) => words));
      expect(lies(told, trace.truth), `seed ${seed}`).toEqual([]);
      const completions = told.filter(({ notice }) => notice.type.endsWith('.completed'));
      const times = completions.map(({ notice }) => (notice.atMs - STORY_START_MS) / 1000);
      const trueTimes = expected.flatMap(({ completedAt }) => (completedAt === undefined ? [] : [completedAt]));
      for (const [index, time] of times.entries()) {
        expect(Math.abs(time - (trueTimes[index] ?? 0)), `seed ${seed}, completion ${index}`).toBeLessThan(0.01);
      }
    }
  });
});

describe('random traces', () => {
  it('observed twice, or by a new process at each step, are told the same, and each notice has its own id', () => {
    for (const seed of seedsOf(0, 500)) {
      const trace = traceOf(seed, ALL);
      const told = playTrace(trace);
      expect(playTrace(trace, { isDoubled: true }), `seed ${seed}`).toEqual(told);
      expect(playTrace(trace, { isRestarted: true }), `seed ${seed}`).toEqual(told);
      expect(new Set(told.map(({ notice }) => notice.id)).size, `seed ${seed}`).toBe(told.length);
    }
  });

  it('that nobody watches for a while are told to the end, and what came about meanwhile as late (N6)', () => {
    let lateCount = 0;
    for (const seed of seedsOf(0, 1_000)) {
      const trace = traceOf(seed, CALM);
      const random = Random.ofSeed(seed, 'gap');
      const from = 20 + random.nextFraction() * 500;
      const to = from + random.nextFraction() * 400;
      const told = playTrace({ ...trace, events: withGap(trace.events, from, to) });
      expect(openAtEnd(told), `seed ${seed}`).toEqual([]);
      const believed = told.findLast(({ notice }) => notice.episode)?.notice.episode?.steps.at(-1)?.toReplicas;
      const { startReplicas, frames } = trace.truth;
      expect(believed ?? startReplicas, `seed ${seed}`).toBe(frames.at(-1)?.spec);
      expect(notFlagged(told, from, to), `seed ${seed}`).toEqual([]);
      lateCount += told.filter(({ notice }) => notice.isObservedLate).length;
    }
    expect(lateCount).toBeGreaterThan(100);
  });

  it('say of limits, metrics and targets by turns that they begin and that they end', () => {
    for (const seed of seedsOf(0, 1_000)) {
      const told = playTrace(traceOf(seed, ALL)).map(({ notice }) => notice.type);
      for (const [begins, ends] of [
        ['limit.max.entered', 'limit.max.cleared'],
        ['metrics.lost', 'metrics.recovered'],
        ['target.unreachable', 'target.reachable'],
      ]) {
        const turns = told.filter((type) => type === begins || type === ends);
        expect(turns, `seed ${seed}`).toEqual(turns.map((_, at) => (at % 2 === 0 ? begins : ends)));
      }
    }
  });

  it('of a flapping HPA stay within two messages for each change of direction and one digest for each quarter of an hour', () => {
    for (const seed of seedsOf(0, 500)) {
      const { flap } = DEFAULT_DETECT_OPTIONS;
      const trace = traceOf(seed, { ...ALL, seconds: 3_600 });
      const told = playTrace(trace, { options: { flap } }).map(({ notice }) => notice.type);
      const scalings = told.filter((type) => type.startsWith('scale.') && type !== 'scale.stuck');
      const digests = told.filter((type) => type === 'flapping.digest');
      expect(digests.length, `seed ${seed}`).toBeLessThanOrEqual(4);
      expect(scalings.length, `seed ${seed}`).toBeLessThanOrEqual(2 * trace.truth.moves.length);
    }
  });
});

/** The same for somebody who saw nothing between two seconds, and then all of it at once. */
function withGap(events: readonly StoryEvent[], from: number, to: number): readonly StoryEvent[] {
  const missed = events.filter(([at]) => at > from && at <= to).map(([, change]) => change);
  return [
    ...events.filter(([at]) => at <= from),
    [from, {}],
    [to, { ...Object.assign({}, ...missed), unwatchedSince: from }],
    ...events.filter(([at]) => at > to),
  ];
}

/** Scalings that were told to begin, and not to end. */
function openAtEnd(told: readonly ToldNotice[]): readonly string[] {
  const open = new Set<string>();
  for (const { notice } of told) {
    const id = notice.episode?.id ?? '';
    if (/started$|from_zero$/.test(notice.type)) open.add(id);
    else if (notice.type !== 'scale.stuck') open.delete(id);
  }
  return [...open];
}

/** First notices of scalings whose first step nobody saw, and that do not say so. */
function notFlagged(told: readonly ToldNotice[], from: number, to: number): readonly string[] {
  const seen = new Set<string>();
  return told.flatMap(({ notice }) => {
    const { episode } = notice;
    if (episode === undefined || seen.has(episode.id)) return [];
    seen.add(episode.id);
    const firstAt = ((episode.steps[0]?.atMs ?? 0) - STORY_START_MS) / 1000;
    const isMissed = firstAt > from + 2 && firstAt < to - 3;
    return isMissed && !notice.isObservedLate ? [`${firstAt} ${notice.type}`] : [];
  });
}
