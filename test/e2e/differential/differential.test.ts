import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { PODTIDE_USER } from '../support/podtide-controller.ts';
import { UPSTREAM_USER } from './audit-trail.ts';
import { type ExactSummary, summarizeExactly } from './exact-summary.ts';
import { LIVE_ASPECTS, type LivePlay, summarizeLive } from './live-summary.ts';
import { writeRecord } from './record.ts';
import { perform } from './stage.ts';
import { generateStories } from './story-generator.ts';
import { TIMING } from './timing.ts';

const SEED = 7;
const STORY_COUNT = 100;
const DURATION_MS = 60_000;
/** Shares of all reconciles, and of all events, that a record may leave in doubt: a busy machine blurs it. */
const AMBIGUOUS_RATIO_MAX = 0.05;
const BLURRED_RATIO_MAX = 0.03;
const LOST_EVENT_RATIO_MAX = 0.1;
/** So few stories may come out strangely even if upstream never differed from itself. */
const STRANGE_COUNT_MAX = 10;
/** Records of performances in which something differed. */
const RECORDS = join('node_modules', '.cache', 'differential');

const stories = generateStories(SEED, STORY_COUNT, DURATION_MS);
const plays = new Map<'upstream' | 'again' | 'podtide', LivePlay>();

beforeAll(async () => {
  const options = { durationMs: DURATION_MS };
  plays.set('upstream', {
    performance: await perform(stories, { ...options, controller: 'upstream' }),
    user: UPSTREAM_USER,
  });
  plays.set('again', {
    // The same stories meet other instants of the syncs.
    performance: await perform(stories, { ...options, controller: 'upstream', phaseMs: TIMING.syncPeriodMs / 2 }),
    user: UPSTREAM_USER,
  });
  plays.set('podtide', {
    performance: await perform(stories, { ...options, controller: 'podtide' }),
    user: PODTIDE_USER,
  });
});

describe.each(['upstream', 'again'] as const)(
  'kube-controller-manager’s reconciles, gone through by ours: %s',
  (name) => {
    let summary: ExactSummary;

    beforeAll(async () => {
      summary = await summarizeExactly(stories, playOf(name).performance);
    });

    test('every request, scale write, status and event is the same', () => {
      if (summary.differences.length > 0) keepRecord(name);
      expect(summary.differences).toEqual([]);
    });

    test('the record tells enough: many reconciles, few in doubt', () => {
      const { equalCount, ambiguousCount, blurredCount, eventCount, lostEventCount } = summary;
      const reconcileCount = equalCount + ambiguousCount + blurredCount;
      expect(reconcileCount).toBeGreaterThan(STORY_COUNT * 10);
      expect(ambiguousCount / reconcileCount).toBeLessThan(AMBIGUOUS_RATIO_MAX);
      expect(blurredCount / reconcileCount).toBeLessThan(BLURRED_RATIO_MAX);
      expect(eventCount).toBeGreaterThan(STORY_COUNT);
      expect(lostEventCount / eventCount).toBeLessThan(LOST_EVENT_RATIO_MAX);
    });
  },
);

describe('the same stories with podtide in control', () => {
  test('everything that it asks for, it may', () => {
    const refused = playOf('podtide').performance.auditLines.filter(
      (line) => line.includes(PODTIDE_USER) && /"code":40[13]\b/.test(line) && !line.includes('metrics.k8s.io'),
    );
    expect(refused).toEqual([]);
  });

  test.each(LIVE_ASPECTS)('%s: strange in no more stories than upstream differs from itself', (aspect) => {
    const between = (one: LivePlay, other: LivePlay) => summarizeLive(stories, one, other).differing[aspect];
    const noise = between(playOf('upstream'), playOf('again'));
    const fromFirst = between(playOf('upstream'), playOf('podtide'));
    const fromSecond = between(playOf('again'), playOf('podtide'));
    const strange = fromFirst.filter((name) => fromSecond.includes(name) && !noise.includes(name));
    console.log(`${aspect}: ${strange.length} stories strange, upstream differs from itself in ${noise.length}`);
    expect(strange.length, strange.join(' ')).toBeLessThanOrEqual(Math.max(noise.length, STRANGE_COUNT_MAX));
  });
});

/** What differs may take long to meet again: its record stays, and the command is shown that goes through it. */
function keepRecord(name: 'upstream' | 'again'): void {
  const file = writeRecord(RECORDS, name, playOf(name).performance);
  console.log(`node bench/differential.ts --read ${file} --seed ${SEED} --batch ${STORY_COUNT}`);
}

function playOf(name: 'upstream' | 'again' | 'podtide'): LivePlay {
  const play = plays.get(name);
  if (play === undefined) throw new Error(`${name} was not played`);
  return play;
}
