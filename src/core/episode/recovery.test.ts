import { describe, expect, it } from 'vitest';
import { AT_REST, CPU, instantOf, observationOf, type Scene, STORY_START_MS } from '../../../test/episode/scene.ts';
import { inOrder, linesOf, play, rescale, type StoryEvent, stored, type Telling } from '../../../test/episode/story.ts';
import type { HpaWatch } from './hpa-watch.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';
import { PROVIDER_UP, type ProviderState } from './provider.ts';
import { step } from './step.ts';
import { readHpaWatch, readProviderState } from './watch-record.ts';
import { watcherNotice } from './watcher-notice.ts';

interface Row {
  readonly why: string;
  readonly events: readonly StoryEvent[];
  readonly telling?: Telling;
  readonly told: readonly string[];
}

/** What is there when somebody looks again, nobody having looked since `since`. */
function backAt(second: number, since: number, change: Partial<Scene>): StoryEvent {
  return [second, { ...change, unwatchedSince: since }];
}

describe('after a gap', () => {
  const moved: Partial<Scene> = { current: 5, desired: 5, scaledAt: 100, spec: 5, writtenAt: 100 };
  it.each<Row>([
    {
      why: 'an open scaling is still open: it goes on as if nothing had been',
      events: inOrder(rescale(20, 1, 3), [backAt(200, 60, { available: 2 }), [250, { available: 3 }]]),
      told: ['20.1 scale.up.started 1→3', '260 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'an open scaling has ended meanwhile: told late',
      events: inOrder(rescale(20, 1, 3), [backAt(200, 60, { available: 3 })]),
      told: ['20.1 scale.up.started 1→3', '210 scale.up.completed 1→3 3 available late'],
    },
    {
      why: 'one that was there before the gap and settles in it is not late',
      events: inOrder(rescale(20, 1, 3), [[55, { available: 3 }], backAt(200, 60, {})]),
      told: ['20.1 scale.up.started 1→3', '200 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'a whole scaling was missed: one message for all of it',
      events: [backAt(400, 60, { ...moved, available: 5 })],
      told: ['410 scale.up.completed 1→5 5 available late'],
    },
    {
      why: 'a missed beginning of one that is still under way',
      events: [backAt(400, 60, { ...moved, available: 2 }), [430, { available: 5 }]],
      told: ['400 scale.up.started 1→5 late', '440 scale.up.completed 1→5 5 available'],
    },
    {
      why: 'a missed scaling down',
      events: [backAt(400, 60, { current: 2, desired: 2, scaledAt: 100, spec: 2, writtenAt: 100, available: 2 })],
      telling: { opening: { spec: 5, current: 5, desired: 5, available: 5, scaledAt: -900 } },
      told: ['410 scale.down.completed 5→2 2 available late'],
    },
    {
      why: 'missed more than an hour ago: known, not told',
      events: [backAt(3801, 60, { ...moved, available: 5 })],
      told: [],
    },
    {
      why: 'the status does not say so (a conflict), but managedFields name the controller',
      events: [backAt(400, 60, { spec: 5, writtenAt: 100, available: 5 })],
      told: ['410 scale.up.completed 1→5 5 available late'],
    },
    {
      why: 'a change by hand in the gap is nobody’s scaling',
      events: [backAt(400, 60, { spec: 5, writer: 'kubectl', writtenAt: 100, current: 5, desired: 5, available: 5 })],
      told: [],
    },
    {
      why: 'went on while nobody looked: one completion for all steps',
      events: inOrder(rescale(20, 1, 3), [backAt(400, 60, { ...moved, available: 5 })]),
      told: ['20.1 scale.up.started 1→3', '410 scale.up.completed 1→3→5 5 available late'],
    },
    {
      why: 'went back while nobody looked',
      events: inOrder(rescale(20, 1, 3), [
        backAt(400, 60, { current: 1, desired: 1, scaledAt: 100, spec: 1, available: 1 }),
      ]),
      told: ['20.1 scale.up.started 1→3', '400 scale.reverted 1→3→1 late'],
    },
    {
      why: 'a whole scaling was missed, and went back before it was told: late, though the way back was seen',
      events: [
        backAt(400, 60, { ...moved, available: 5 }),
        [405, { spec: 1, current: 5, desired: 1, scaledAt: 405, writtenAt: 405 }],
      ],
      told: ['405 scale.reverted 1→5→1 late'],
    },
    {
      why: 'the HPA was deleted meanwhile',
      events: inOrder(rescale(20, 1, 3), [backAt(400, 60, { isGone: true })]),
      told: ['20.1 scale.up.started 1→3', '400 scale.aborted 1→3 late'],
    },
    {
      why: 'to zero meanwhile',
      events: [
        backAt(400, 60, { spec: 0, writer: 'keda', writtenAt: 100, available: 0, active: 'False ScalingDisabled' }),
      ],
      told: ['400 scale.to_zero 1→0 late'],
    },
    {
      why: 'with the HPAs alone to go by',
      events: [backAt(400, 60, { current: 5, desired: 5, scaledAt: 100 })],
      telling: { opening: { sight: 'denied', podSight: 'denied' } },
      told: ['410 scale.up.completed 1→5 5 available late unverified'],
    },
    {
      why: 'nothing was missed',
      events: [backAt(400, 60, {})],
      told: [],
    },
  ])('$why', ({ events, telling = {}, told }) => {
    expect(linesOf(play(events, telling))).toEqual(told);
    expect(linesOf(play(events, { ...telling, isRestarted: true }))).toEqual(told);
  });
});

describe('the first look', () => {
  const context = { cluster: 'prod', options: DEFAULT_DETECT_OPTIONS, provider: PROVIDER_UP };

  it('at two thousand HPAs in all sorts of states says nothing (N11)', () => {
    const states: readonly Partial<Scene>[] = [
      {},
      { current: null },
      { spec: 10, current: 10, desired: 10, limited: 'True TooManyReplicas' },
      { active: 'False FailedGetResourceMetric' },
      { values: [{ type: '' }] },
      { able: 'False FailedGetScale', sight: 'missing' },
      { spec: 5, current: 1, desired: 5, able: 'True SucceededRescale', scaledAt: 0 },
      { spec: 1, current: 5, desired: 5 },
      { sight: 'denied', current: 1, desired: 5, able: 'True SucceededRescale', scaledAt: 0 },
      { sight: 'notLooked', podSight: 'notLooked' },
      { spec: 0, current: 0, desired: 0, active: 'False ScalingDisabled' },
    ];
    const said = Array.from({ length: 2_000 }, (_, at) =>
      play([], { opening: { hpaUid: `hpa-${at}`, ...states[at % states.length] } }),
    ).flat();
    expect(linesOf(said)).toEqual([]);
  });

  it('at targets whose cache fills after that of the HPAs says nothing', () => {
    const opening: Partial<Scene> = { sight: 'notLooked', current: 1, desired: 1 };
    expect(linesOf(play([[1, { sight: 'seen', spec: 4 }]], { opening }))).toEqual([]);
  });

  it('by another leader, with the watch as stored, says nothing', () => {
    const first = step(null, observationOf(AT_REST, STORY_START_MS), context);
    const watch = stored(first.watch as HpaWatch);
    const next = step(watch, observationOf({ ...AT_REST, unwatchedSince: 0 }, instantOf(20)), context);
    expect([next.notices, next.lookAgainAtMs]).toEqual([[], undefined]);
  });
});

describe('a clock that goes back', () => {
  const context = { cluster: 'prod', options: DEFAULT_DETECT_OPTIONS, provider: PROVIDER_UP };

  /** Plays until the events are over, then goes on an hour earlier. */
  function afterStepBack(events: readonly StoryEvent[], laterSeconds: number, opening: Partial<Scene> = {}): string[] {
    let watch: HpaWatch | null = step(null, observationOf({ ...AT_REST, ...opening }, STORY_START_MS), context).watch;
    let scene: Scene = { ...AT_REST, ...opening };
    const told: string[] = [];
    const observe = (second: number): void => {
      const result = step(watch, observationOf(scene, instantOf(second)), context);
      watch = result.watch;
      told.push(...linesOf(result.notices.map((notice) => ({ saidAtMs: instantOf(second), notice }))));
    };
    for (const [second, change] of events) {
      scene = { ...scene, ...change };
      observe(second);
    }
    const last = events.at(-1)?.[0] ?? 0;
    observe(last - 3600);
    observe(last - 3600 + laterSeconds - 1);
    observe(last - 3600 + laterSeconds);
    return told;
  }

  it.each<{
    why: string;
    events: readonly StoryEvent[];
    opening?: Partial<Scene>;
    laterSeconds: number;
    told: readonly string[];
  }>([
    {
      why: 'what has settled for five seconds has five to go',
      events: inOrder(rescale(20, 1, 3).slice(0, 2), [
        [30, { available: 3 }],
        [35, {}],
      ]),
      laterSeconds: 5,
      told: ['20.1 scale.up.started 1→3', '-3560 scale.up.completed 1→3 3 available'],
    },
    {
      why: 'what has fallen for ten seconds has twenty to go',
      events: inOrder(rescale(20, 3, 1).slice(0, 2), [[30, { pods: 3 }]]),
      opening: { spec: 3, current: 3, desired: 3, available: 3 },
      laterSeconds: 20,
      told: ['-3550 scale.down.started 3→1'],
    },
    {
      why: 'what has been at max for fifty seconds has ten to go',
      events: [
        [20, { limited: 'True TooManyReplicas' }],
        [70, {}],
      ],
      opening: { spec: 10, current: 10, desired: 10, available: 10, values: null },
      laterSeconds: 10,
      told: ['-3520 limit.max.entered'],
    },
    {
      why: 'what was told to be stuck is told again in half an hour',
      events: [...rescale(20, 1, 3).slice(0, 2), [330, {}]],
      laterSeconds: 1800,
      told: [
        '20.1 scale.up.started 1→3',
        '330 scale.stuck 1→3 1 available Unknown',
        '-1470 scale.stuck 1→3 1 available Unknown',
      ],
    },
  ])('$why', ({ events, opening, laterSeconds, told }) => {
    expect(afterStepBack(events, laterSeconds, opening)).toEqual(told);
  });
});

describe('what is stored', () => {
  const context = { cluster: 'prod', options: DEFAULT_DETECT_OPTIONS, provider: PROVIDER_UP };
  const opened = [AT_REST, { ...AT_REST, spec: 3 }, { ...AT_REST, spec: 3, desired: 3, scaledAt: 20, metrics: [CPU] }]
    .map((scene, at) => observationOf(scene, instantOf(20 + at * 0.1)))
    .reduce<HpaWatch | null>((watch, observation) => step(watch, observation, context).watch, null);
  const whole = JSON.parse(JSON.stringify(opened));

  it.each<{ why: string; value: unknown; flaw: string; problem: string }>([
    { why: 'no object', value: 7, flaw: 'corrupt', problem: 'the value: must be an object, is 7' },
    { why: 'null', value: null, flaw: 'corrupt', problem: 'the value: must be an object, is null' },
    {
      why: 'a later version',
      value: { ...whole, version: 2 },
      flaw: 'newerVersion',
      problem: 'version: must be at most 1, is 2',
    },
    {
      why: 'no version',
      value: { ...whole, version: undefined },
      flaw: 'corrupt',
      problem: 'version: must be 1, is missing',
    },
    {
      why: 'a part is missing',
      value: { ...whole, limit: undefined },
      flaw: 'corrupt',
      problem: 'limit: must be an object, is missing',
    },
    {
      why: 'an unknown level',
      value: { ...whole, limit: { ...whole.limit, told: 'much' } },
      flaw: 'corrupt',
      problem: 'limit.told: must be one of clear, max, is "much"',
    },
    {
      why: 'half a replica',
      value: { ...whole, scaling: { ...whole.scaling, baselineReplicas: 1.5 } },
      flaw: 'corrupt',
      problem: 'scaling.baselineReplicas: must be a whole number from 0, is 1.5',
    },
    {
      why: 'an instant that is text',
      value: { ...whole, scaling: { ...whole.scaling, steps: [{ ...whole.scaling.steps[0], atMs: 'now' }] } },
      flaw: 'corrupt',
      problem: 'scaling.steps[0].atMs: must be a number, is "now"',
    },
    {
      why: 'too many steps',
      value: {
        ...whole,
        scaling: { ...whole.scaling, steps: Array.from({ length: 65 }, () => whole.scaling.steps[0]) },
      },
      flaw: 'corrupt',
      problem: 'scaling.steps: must have at most 64 entries, is 65',
    },
    {
      why: 'a label that is a number',
      value: { ...whole, subject: { ...whole.subject, hpaLabels: { a: 1 } } },
      flaw: 'corrupt',
      problem: 'subject.hpaLabels.a: must be a text, is 1',
    },
    {
      why: 'a scaling of no kind',
      value: { ...whole, scaling: { kind: 'asleep' } },
      flaw: 'corrupt',
      problem: 'scaling.kind: must be one of idle, pending, open, is "asleep"',
    },
    {
      why: 'a move without its counts',
      value: { ...whole, flapping: { ...whole.flapping, moves: [[1]] } },
      flaw: 'corrupt',
      problem: 'flapping.moves[0][1]: must be a whole number from 0, is missing',
    },
    {
      why: 'a flag that is a text',
      value: { ...whole, scaling: { ...whole.scaling, needsPods: 'yes' } },
      flaw: 'corrupt',
      problem: 'scaling.needsPods: must be true or false, is "yes"',
    },
    {
      why: 'long rubbish is cut',
      value: { ...whole, scaling: 'x'.repeat(200) },
      flaw: 'corrupt',
      problem: `scaling: must be an object, is "${'x'.repeat(79)}…`,
    },
  ])('$why', ({ value, flaw, problem }) => {
    expect(readHpaWatch(value)).toEqual({ kind: 'flawed', flaw, problem });
  });

  it('comes back as it was', () => {
    expect(whole.scaling.kind).toBe('open');
    expect(readHpaWatch(whole)).toEqual({ kind: 'read', value: opened });
  });

  it('of a provider comes back too, or says what is wrong', () => {
    const state: ProviderState = { version: 1, phase: 'recovering', sinceMs: 5 };
    expect(readProviderState(JSON.parse(JSON.stringify(state)))).toEqual({ kind: 'read', value: state });
    const problem = 'phase: must be one of up, suspected, down, recovering, is "on"';
    expect(readProviderState({ ...state, phase: 'on' })).toEqual({ kind: 'flawed', flaw: 'corrupt', problem });
  });

  it('and cannot be read is one notice of the watcher about itself, the same for the same gap', () => {
    const news = {
      type: 'watcher.gap',
      cluster: 'prod',
      about: '',
      sinceMs: 60_000,
      message: 'limit.told: …',
    } as const;
    const notice = watcherNotice({ ...news, atMs: 90_000 });
    expect(notice).toMatchObject({
      type: 'watcher.gap',
      severity: 'warning',
      subject: undefined,
      details: { kind: 'watcher', message: 'limit.told: …', sinceMs: 60_000 },
    });
    expect(watcherNotice({ ...news, atMs: 95_000 }).id).toBe(notice.id);
    expect(watcherNotice({ ...news, cluster: 'test', atMs: 95_000 }).id).not.toBe(notice.id);
  });
});

describe('ids', () => {
  it('of a scaling are the same for whoever sees its first step, by the API alone', () => {
    const seen = (delay: number): readonly string[] =>
      play(inOrder(rescale(20 + delay, 1, 3, { scaledAt: 20 }).slice(0, 2), [[40 + delay, { available: 3 }]]), {
        opening: { hpaUid: 'hpa-7' },
      }).map(({ notice }) => notice.id);
    expect(seen(0)).toHaveLength(2);
    expect(seen(0.7)).toEqual(seen(0));
  });

  it('of two scalings differ, and so do those of two clusters, HPAs and directions', () => {
    const events = inOrder(
      rescale(20, 1, 3),
      [[30, { available: 3 }]],
      rescale(400, 3, 1),
      [[401, { available: 1 }]],
      rescale(800, 1, 3),
      [[810, { available: 3 }]],
    );
    const ids = ['hpa-1', 'hpa-2'].flatMap((hpaUid) =>
      play(events, { opening: { hpaUid } }).map(({ notice }) => notice.id),
    );
    expect(new Set(ids).size).toBe(12);
  });
});
