import type { HpaWatch } from '../../src/core/episode/hpa-watch.ts';
import type { Notice } from '../../src/core/episode/notice.ts';
import { DEFAULT_DETECT_OPTIONS, type DetectOptions } from '../../src/core/episode/options.ts';
import { PROVIDER_UP, type ProviderState } from '../../src/core/episode/provider.ts';
import { step } from '../../src/core/episode/step.ts';
import { readHpaWatch } from '../../src/core/episode/watch-record.ts';
import { AT_REST, instantOf, observationOf, type Scene, STORY_START_MS } from './scene.ts';

/** At this second, this changes. */
export type StoryEvent = readonly [atSecond: number, change: Partial<Scene>];

/** How a story is played. */
export interface Telling {
  readonly options?: Partial<DetectOptions>;
  readonly provider?: ProviderState;
  /** Until this second; otherwise until nothing more is awaited, or two hours after the last event. */
  readonly until?: number;
  /** What is there at first sight. */
  readonly opening?: Partial<Scene>;
  /** Whether each observation is made twice. */
  readonly isDoubled?: boolean;
  /** Whether each step goes on from the stored watch. */
  readonly isRestarted?: boolean;
}

/** A notice with the instant of the step that said it. */
export interface ToldNotice {
  readonly saidAtMs: number;
  readonly notice: Notice;
}

const TAIL_SECONDS = 7_200;

/** Plays events in virtual time: a step for each, and whenever the machine asked to look again. */
export function play(events: readonly StoryEvent[], telling: Telling = {}): readonly ToldNotice[] {
  const context = {
    cluster: 'prod',
    options: { ...DEFAULT_DETECT_OPTIONS, ...telling.options },
    provider: telling.provider ?? PROVIDER_UP,
  };
  const endMs = instantOf(telling.until ?? (events.at(-1)?.[0] ?? 0) + TAIL_SECONDS);
  let scene: Scene = { ...AT_REST, ...telling.opening };
  let watch: HpaWatch | null = null;
  let lookAgainAtMs: number | undefined;
  const told: ToldNotice[] = [];
  const observe = (atMs: number): void => {
    for (let time = 0; time < (telling.isDoubled ? 2 : 1); time += 1) {
      const result = step(watch, observationOf(scene, atMs), context);
      watch = telling.isRestarted && result.watch ? stored(result.watch) : result.watch;
      lookAgainAtMs = result.lookAgainAtMs;
      told.push(...result.notices.map((notice) => ({ saidAtMs: atMs, notice })));
    }
    if (lookAgainAtMs !== undefined && lookAgainAtMs <= atMs) {
      throw new Error(`asked at ${atMs} to look again at ${lookAgainAtMs}, which is not later`);
    }
    // A gap is told of once.
    scene = { ...scene, unwatchedSince: null };
  };
  const lookAgainUntil = (untilMs: number): void => {
    while (lookAgainAtMs !== undefined && lookAgainAtMs < untilMs) observe(lookAgainAtMs);
  };
  observe(STORY_START_MS);
  for (const [second, change] of events) {
    if (change.unwatchedSince == null) lookAgainUntil(instantOf(second));
    scene = { ...scene, ...change };
    observe(instantOf(second));
  }
  lookAgainUntil(endMs);
  return told;
}

/** The watch as a new process reads it. */
export function stored(watch: HpaWatch): HpaWatch {
  const record = readHpaWatch(JSON.parse(JSON.stringify(watch)));
  if (record.kind === 'flawed') throw new Error(record.problem);
  return record.value;
}

/** One line for each notice: `12 scale.up.started 1→3`, the second at which it was said first. */
export function linesOf(told: readonly ToldNotice[]): readonly string[] {
  return told.map(({ saidAtMs, notice }) => `${(saidAtMs - STORY_START_MS) / 1000} ${wordsOf(notice)}`);
}

/** A notice without its instant. */
export function wordsOf({ type, episode, details, isObservedLate, isUnverified }: Notice): string {
  const counts = episode && [episode.baselineReplicas, ...episode.steps.map(({ toReplicas }) => toReplicas)].join('→');
  return [
    type,
    counts,
    detailsOf(details),
    details.kind !== 'watcher' && 'sinceMs' in details && details.sinceMs !== undefined
      ? `since ${(details.sinceMs - STORY_START_MS) / 1000}`
      : '',
    isObservedLate ? 'late' : undefined,
    isUnverified ? 'unverified' : undefined,
  ]
    .filter((word) => word !== undefined && word !== '')
    .join(' ');
}

function detailsOf(details: Notice['details']): string {
  switch (details.kind) {
    case 'none':
    case 'watcher':
      return '';
    case 'pods':
      return [`${details.availableReplicas} available`, details.cause].filter((word) => word !== undefined).join(' ');
    case 'limit':
      return details.wantedReplicas === undefined ? '' : `wants ${details.wantedReplicas}`;
    case 'condition':
      return [details.reason, ...details.metricNames].join(' ');
    case 'provider':
      return `${details.hpaCount} in ${details.namespaces.join(' ')}: ${details.reason}`;
    case 'flapping': {
      const { reversalCount, startCount, lowestReplicas, highestReplicas, suggestedWindowSeconds } = details;
      return `${reversalCount} turns, ${startCount} starts, ${lowestReplicas}–${highestReplicas}, window ${suggestedWindowSeconds}`;
    }
    case 'manual':
      return `${details.fromReplicas}→${details.toReplicas} by ${details.manager || 'somebody'}`;
  }
}

/** A rescale as the controller writes it: first the target, then the status, which a sync later has the new count. */
export function rescale(at: number, from: number, to: number, more: Partial<Scene> = {}): readonly StoryEvent[] {
  return [
    [at, { spec: to, writer: 'kube-controller-manager', writtenAt: at }],
    [at + 0.1, { current: from, desired: to, scaledAt: Math.floor(at), able: 'True SucceededRescale', ...more }],
    [at + 15, { current: to, able: 'True ReadyForNewScale' }],
  ];
}

/** Several strands of events as one. */
export function inOrder(...strands: readonly (readonly StoryEvent[])[]): readonly StoryEvent[] {
  return strands.flat().toSorted(([a], [b]) => a - b);
}
