import { beforeAll, describe, expect, test } from 'vitest';
import { type ExactSummary, summarizeExactly } from './exact-summary.ts';
import { perform } from './stage.ts';
import { generateStories } from './story-generator.ts';

const SEED = 7;
const STORY_COUNT = 100;
const DURATION_MS = 60_000;
/** Shares of all reconciles, and of all events, that the record may leave in doubt: a busy machine blurs it. */
const AMBIGUOUS_RATIO_MAX = 0.03;
const BLURRED_RATIO_MAX = 0.02;
const LOST_EVENT_RATIO_MAX = 0.05;

describe('kube-controller-manager’s own reconciles, gone through once more by ours', () => {
  const stories = generateStories(SEED, STORY_COUNT, DURATION_MS);
  let summary: ExactSummary;

  beforeAll(async () => {
    const performance = await perform(stories, { controller: 'upstream', durationMs: DURATION_MS });
    summary = await summarizeExactly(stories, performance);
  });

  test('every request, scale write, status and event is the same', () => {
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
});
