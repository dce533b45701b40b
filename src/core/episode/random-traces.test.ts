import { describe, expect, it } from 'vitest';
import { type Trace, type TraceOptions, type Truth, traceOf } from '../../../test/episode/controller-model.ts';
import { expectedLines } from '../../../test/episode/episode-oracle.ts';
import { STORY_START_MS } from '../../../test/episode/scene.ts';
import { play, type Telling, type ToldNotice } from '../../../test/episode/story.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';

const RULES = { settleSeconds: 10, downSeconds: 30 };
const NO_FLAPPING = {
  ...DEFAULT_DETECT_OPTIONS.flap,
  reversalCount: Number.MAX_SAFE_INTEGER,
  startCount: Number.MAX_SAFE_INTEGER,
};
const ALL: TraceOptions = { seconds: 600, hasPeople: true, hasConflicts: true };

/** Each seed in a test of its own would take longer than its trace: they go by hundreds, and a failure names its seed. */
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
