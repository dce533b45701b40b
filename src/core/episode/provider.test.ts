import { describe, expect, it } from 'vitest';
import { AT_REST, instantOf, observationOf, type Scene, STORY_START_MS } from '../../../test/episode/scene.ts';
import { wordsOf } from '../../../test/episode/story.ts';
import { EPISODE_NAMESPACES_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { HpaWatch } from './hpa-watch.ts';
import type { HpaSeen } from './observation.ts';
import { DEFAULT_DETECT_OPTIONS } from './options.ts';
import { PROVIDER_UP, type ProviderState, stepProvider, tallyMetrics } from './provider.ts';
import { step } from './step.ts';

const options = DEFAULT_DETECT_OPTIONS;
const LOST = 'False FailedGetResourceMetric';
const WORKING = 'True ValidMetricFound';

/** At this second, the ScalingActive of these HPAs changes. */
interface Change {
  readonly atSecond: number;
  readonly hpas: readonly number[];
  readonly active: string;
}

/** Plays HPAs and their provider as a process does: everything due each second, the provider first. */
function play(hpaCount: number, changes: readonly Change[], untilSecond: number, opening = WORKING): readonly string[] {
  const scenes: Scene[] = Array.from({ length: hpaCount }, (_, at) => ({
    ...AT_REST,
    hpaUid: `hpa-${at}`,
    active: opening,
  }));
  const watches: HpaWatch[] = [];
  const due = new Map<number, number>(scenes.map((_, at) => [at, STORY_START_MS]));
  let provider: ProviderState = PROVIDER_UP;
  let providerDueMs: number | undefined;
  const told: string[] = [];
  for (let second = 0; second <= untilSecond; second += 1) {
    const atMs = instantOf(second);
    for (const change of changes.filter(({ atSecond }) => atSecond === second)) {
      for (const at of change.hpas) {
        scenes[at] = { ...(scenes[at] ?? AT_REST), active: change.active };
        due.set(at, atMs);
      }
    }
    if (providerDueMs !== undefined && providerDueMs <= atMs) judge(atMs);
    for (const [at, dueMs] of [...due]) {
      if (dueMs > atMs) continue;
      due.delete(at);
      const seen = observationOf(scenes[at] ?? AT_REST, atMs) as HpaSeen;
      const namespaced = { ...seen, hpa: { ...seen.hpa, namespace: `ns-${String(at % 30).padStart(2, '0')}` } };
      const result = step(watches[at] ?? null, namespaced, { cluster: 'prod', options, provider });
      if (result.watch) watches[at] = result.watch;
      if (result.lookAgainAtMs !== undefined) due.set(at, result.lookAgainAtMs);
      told.push(...result.notices.map((notice) => `${second} ${wordsOf(notice)}`));
      if (result.hasMetricsChanged) judge(atMs);
    }
  }
  return told;

  function judge(atMs: number): void {
    const judged = stepProvider(provider, tallyMetrics(watches, atMs, options), { cluster: 'prod', options });
    provider = judged.state;
    providerDueMs = judged.lookAgainAtMs;
    const second = (atMs - STORY_START_MS) / 1000;
    told.push(...judged.notices.map((notice) => `${second} ${wordsOf(notice)}`));
  }
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** As syncs are spread over their period: every HPA within fifteen seconds. */
function spread(hpas: readonly number[], fromSecond: number, active: string): readonly Change[] {
  return range(0, 15).map((second) => ({
    atSecond: fromSecond + second,
    hpas: hpas.filter((at) => at % 15 === second),
    active,
  }));
}

const NAMES = range(0, EPISODE_NAMESPACES_COUNT_MAX)
  .map((at) => `ns-${String(at).padStart(2, '0')}`)
  .join(' ');

describe('a provider of metrics', () => {
  it('that fails for a thousand HPAs is one message, and another when it is back (N10)', () => {
    const all = range(0, 1000);
    const told = play(1000, [...spread(all, 20, LOST), ...spread(all, 900, WORKING)], 1300);
    expect(told).toEqual([
      `54 metrics.provider_down 1000 in ${NAMES}: FailedGetResourceMetric`,
      '970 metrics.provider_recovered 0 in : ',
    ]);
  });

  it('that stays down is told again every four hours, with since when, whatever is back for a moment', () => {
    const all = range(0, 30);
    const changes = [
      ...spread(all, 20, LOST),
      { atSecond: 9_000, hpas: all, active: WORKING },
      { atSecond: 9_030, hpas: all, active: LOST },
    ];
    const told = play(30, [...changes, ...spread(all, 30_000, WORKING)], 30_200);
    expect(told.map((line) => line.replace(/ns-.*: F/, '… F'))).toEqual([
      '54 metrics.provider_down 30 in … FailedGetResourceMetric',
      '14455 metrics.provider_down 30 in … FailedGetResourceMetric since 24',
      '28855 metrics.provider_down 30 in … FailedGetResourceMetric since 24',
      '30070 metrics.provider_recovered 0 in : ',
    ]);
  });

  it('that fails for a moment is no message', () => {
    const all = range(0, 100);
    expect(play(100, [...spread(all, 20, LOST), ...spread(all, 40, WORKING)], 600)).toEqual([]);
  });

  it('is not blamed by less than a third of the HPAs: each speaks for itself', () => {
    const told = play(20, [{ atSecond: 20, hpas: range(0, 6), active: LOST }], 600);
    expect(told).toEqual(range(0, 6).map(() => '140 metrics.lost FailedGetResourceMetric'));
  });

  it('is not blamed by a few HPAs, of however few', () => {
    const told = play(4, [{ atSecond: 20, hpas: range(0, 4), active: LOST }], 600);
    expect(told).toEqual(range(0, 4).map(() => '140 metrics.lost FailedGetResourceMetric'));
  });

  it('is not blamed by HPAs that lose theirs one after the other', () => {
    const told = play(
      10,
      range(0, 6).map((at) => ({ atSecond: 20 + 100 * at, hpas: [at], active: LOST })),
      900,
    );
    expect(told).toEqual(range(0, 6).map((at) => `${140 + 100 * at} metrics.lost FailedGetResourceMetric`));
  });

  it('that is back for most leaves the others to speak for themselves', () => {
    const told = play(
      20,
      [
        { atSecond: 20, hpas: range(0, 20), active: LOST },
        { atSecond: 600, hpas: range(0, 18), active: WORKING },
      ],
      1000,
    );
    expect(told.map((line) => line.split(' ns-')[0])).toEqual([
      '50 metrics.provider_down 20 in',
      '660 metrics.provider_recovered 2 in',
      '780 metrics.lost FailedGetResourceMetric',
      '780 metrics.lost FailedGetResourceMetric',
    ]);
  });

  it('that is back for less than a minute is down all along', () => {
    const all = range(0, 20);
    const changes = [LOST, WORKING, LOST, WORKING].map((active, at) => ({
      atSecond: [20, 600, 640, 900][at] ?? 0,
      hpas: all,
      active,
    }));
    expect(play(20, changes, 1200).map((line) => line.split(' in ')[0])).toEqual([
      '50 metrics.provider_down 20',
      '960 metrics.provider_recovered 0',
    ]);
  });

  it('that is down at first sight is nothing new', () => {
    expect(play(20, [{ atSecond: 600, hpas: range(0, 20), active: WORKING }], 900, LOST)).toEqual([]);
  });
});

it('counts who misses metrics, where they are, and the most frequent reason', () => {
  const lost = (namespace: string, reason: string, sinceMs: number, isTold = true): HpaWatch => {
    const context = { cluster: 'prod', options, provider: PROVIDER_UP };
    const seen = observationOf({ ...AT_REST, active: `False ${reason}` }, STORY_START_MS) as HpaSeen;
    const watch = step(null, { ...seen, hpa: { ...seen.hpa, namespace } }, context).watch as HpaWatch;
    return { ...watch, metrics: { ...watch.metrics, sinceMs, isTold } };
  };
  const atMs = STORY_START_MS + 600_000;
  const watches = [
    lost('b', 'Rare', atMs - options.providerDown.onsetMs - 1),
    lost('c', 'Often', atMs - options.providerDown.onsetMs),
    lost('a', 'Often', atMs),
    lost('a', 'AsOften', atMs),
    lost('d', 'AsOften', atMs),
    lost('z', 'Rare', atMs, false),
  ];
  expect(tallyMetrics(watches, atMs, options)).toEqual({
    atMs,
    hpaCount: 6,
    impairedCount: 5,
    recentCount: 4,
    namespaces: ['a', 'b', 'c', 'd'],
    reason: 'AsOften',
  });
});

it('a clock that goes back does not keep a suspicion from ripening', () => {
  const tally = { atMs: 50_000, hpaCount: 10, impairedCount: 9, recentCount: 9, namespaces: ['a'], reason: 'r' };
  const context = { cluster: 'prod', options };
  const suspected: ProviderState = { version: 1, phase: 'suspected', sinceMs: 9_000_000 };
  const { state, lookAgainAtMs } = stepProvider(suspected, tally, context);
  expect([state.sinceMs, lookAgainAtMs]).toEqual([50_000, 80_000]);
  expect(stepProvider(state, { ...tally, atMs: 80_000 }, context).state.phase).toBe('down');
});
