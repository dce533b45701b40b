import { describe, expect, it } from 'vitest';
import { AT_REST, instantOf, observationOf, type Scene, STORY_START_MS } from '../../../test/episode/scene.ts';
import { inOrder, play, rescale, type StoryEvent, stored } from '../../../test/episode/story.ts';
import {
  EPISODE_DURATIONS_COUNT_MAX,
  EPISODE_LABELS_COUNT_MAX,
  EPISODE_STEPS_COUNT_MAX,
} from '../../base/notifier-limits.ts';
import type { HpaWatch } from './hpa-watch.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';
import { PROVIDER_UP } from './provider.ts';
import { step } from './step.ts';

const CONTEXT = { cluster: 'prod', options: DEFAULT_DETECT_OPTIONS, provider: PROVIDER_UP };

/** The watch after some events, one step each. */
function watchAfter(events: readonly StoryEvent[], opening: Partial<Scene> = {}): HpaWatch {
  let scene: Scene = { ...AT_REST, ...opening };
  let { watch } = step(null, observationOf(scene, STORY_START_MS), CONTEXT);
  for (const [second, change] of events) {
    scene = { ...scene, ...change };
    ({ watch } = step(watch, observationOf(scene, instantOf(second)), CONTEXT));
  }
  if (watch === null) throw new Error('the HPA is gone');
  return watch;
}

describe('what is remembered of an HPA is bounded', () => {
  it('in steps: the first and the newest stay, and each leads to the next', () => {
    const count = EPISODE_STEPS_COUNT_MAX + 10;
    const events = Array.from({ length: count }, (_, at) => rescale(20 + at * 15, at + 1, at + 2).slice(0, 2)).flat();
    const told = play([...events, [20 + count * 15, { available: count + 1 }]], {
      opening: { max: 1_000 },
      until: 20 + count * 15 + 20,
    });
    const steps = told.at(-1)?.notice.episode?.steps ?? [];
    expect(told.map(({ notice }) => notice.type)).toEqual(['scale.up.started', 'scale.up.completed']);
    expect(steps).toHaveLength(EPISODE_STEPS_COUNT_MAX);
    expect([steps[0]?.fromReplicas, steps[0]?.toReplicas, steps.at(-1)?.toReplicas]).toEqual([1, 2, count + 1]);
    for (const [at, { fromReplicas }] of steps.slice(1).entries()) expect(fromReplicas).toBe(steps[at]?.toReplicas);
  });

  it('in durations', () => {
    const rounds = EPISODE_DURATIONS_COUNT_MAX + 5;
    const events = Array.from({ length: rounds }, (_, round) => {
      const at = 20 + round * 7_200;
      return inOrder(
        rescale(at, 1, 3),
        [
          [at + 20 + round, { available: 3 }],
          [at + 40 + round, {}],
        ],
        rescale(at + 3_600, 3, 1),
        [
          [at + 3_601, { available: 1 }],
          [at + 3_640, {}],
        ],
      );
    }).flat();
    const { durationsMs } = watchAfter(events);
    expect(durationsMs).toHaveLength(EPISODE_DURATIONS_COUNT_MAX);
    expect([durationsMs[0], durationsMs.at(-1)]).toEqual([25_000, (20 + rounds - 1) * 1_000]);
  });

  it('in labels', () => {
    const labels = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`label-${at}`, 'x']));
    const watch = watchAfter([[20, {}]], { labels });
    expect(Object.keys(watch.subject.hpaLabels)).toHaveLength(EPISODE_LABELS_COUNT_MAX);
    expect(stored(watch)).toEqual(watch);
  });

  it('after a day of all sorts of things', () => {
    const events = Array.from({ length: 2_000 }, (_, at) => {
      const [from, to] = at % 2 === 0 ? [2, 9] : [9, 2];
      return rescale(20 + at * 43, from, to, { values: null }).slice(0, 2);
    }).flat();
    const text = JSON.stringify(watchAfter(events, { spec: 2, current: 2, desired: 2, available: 2 }));
    expect(text.length).toBeLessThan(6_000);
  });
});
