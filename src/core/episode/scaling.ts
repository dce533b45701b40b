import { EPISODE_STEPS_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { FollowedCount, Move } from './followed-count.ts';
import type { Episode, EpisodeStep, MetricReading, StuckCause } from './notice.ts';
import type { NoticeDraft } from './notice-draft.ts';
import type { HpaSeen } from './observation.ts';
import type { DetectOptions } from './options.ts';

/** Where an HPA's target is in its scalings: at rest, moved and not yet told, or on its way. */
export type Scaling = AtRest | PendingMove | OpenEpisode;

/** No scaling is known of. */
export interface AtRest {
  readonly kind: 'idle';
  /** The last change, taken for somebody else's because the HPA's status did not claim it in time; it still may. */
  readonly doubted: PendingMove | null;
}

export const IDLE: AtRest = { kind: 'idle', doubted: null };

/** A change of the count that is not told yet: whose it is or whether it lasts is still open. */
export interface PendingMove {
  readonly kind: 'pending';
  readonly fromReplicas: number;
  readonly steps: readonly EpisodeStep[];
  /** When the newest step was seen. */
  readonly movedAtMs: number;
  readonly mover: Move['mover'];
  readonly manager: string;
  readonly writtenAtMs: number | null;
  /** Null until it is known to be an autoscaler's. */
  readonly cause: MoveCause | null;
  /** Since when the pods are as the count says; null while they are not. */
  readonly stableSinceMs: number | null;
  /** Whether it was made while nobody watched. */
  readonly isLate: boolean;
}

/** Why an autoscaler moved the count. */
export interface MoveCause {
  /** The instant of the first step by the cluster's clock, by which the episode is found again. */
  readonly keyMs: number;
  /** Whether the HPA's status confirmed it; only then are the readings those that led to it. */
  readonly isConfirmed: boolean;
  readonly readings: readonly MetricReading[];
  readonly limiter: string | null;
}

/** A scaling that has begun and whose end is awaited. */
export interface OpenEpisode {
  readonly kind: 'open';
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly baselineReplicas: number;
  readonly steps: readonly EpisodeStep[];
  readonly openedAtMs: number;
  readonly readings: readonly MetricReading[];
  readonly limiter: string | null;
  /** When the newest step was seen. */
  readonly movedAtMs: number;
  readonly stableSinceMs: number | null;
  readonly isStartTold: boolean;
  /** Whether what would be told next came about while nobody watched. */
  readonly isFoundLate: boolean;
  /** Whether pods must be available for its end: always up, and down where the count fell before they were. */
  readonly needsPods: boolean;
  /** Null until it was told to be stuck. */
  readonly stuck: ToldStuck | null;
}

/** What was told of a stuck scaling. */
export interface ToldStuck {
  readonly toldCount: number;
  readonly toldAtMs: number;
  readonly cause: StuckCause;
}

/** What the scalings of one HPA go by at one instant. */
export interface ScalingInput {
  readonly cluster: string;
  readonly options: DetectOptions;
  readonly seen: HpaSeen;
  readonly count: FollowedCount;
  /** Whether the HPA is flapping: what has not been told to begin is not told at all. */
  readonly isMuted: boolean;
  /** Of its last scalings up, in ms. */
  readonly durationsMs: readonly number[];
}

/** Where the scalings are then, and what is to be said. */
export interface ScalingOutcome {
  readonly scaling: Scaling;
  readonly drafts: readonly NoticeDraft[];
  readonly lookAgainAtMs: number | undefined;
  /** Scalings that began, told or not. */
  readonly startedCount: number;
  /** How long a scaling up took that has just ended. */
  readonly durationMs: number | undefined;
}

/** An outcome in which nothing happens but what is named. */
export function outcomeOf(scaling: Scaling, more: Partial<ScalingOutcome> = {}): ScalingOutcome {
  return { scaling, drafts: [], lookAgainAtMs: undefined, startedCount: 0, durationMs: undefined, ...more };
}

/** The count that the newest step leads to. */
export function targetOf({ steps }: { readonly steps: readonly EpisodeStep[] }, otherwise: number): number {
  return steps.at(-1)?.toReplicas ?? otherwise;
}

/** The steps and one more; beyond the bound the second and third become one, so that first and newest stay. */
export function withStep(steps: readonly EpisodeStep[], step: EpisodeStep): readonly EpisodeStep[] {
  const all = [...steps, step];
  const [first, second, third, ...rest] = all;
  if (all.length <= EPISODE_STEPS_COUNT_MAX || !first || !second || !third) return all;
  return [first, { ...third, fromReplicas: second.fromReplicas }, ...rest];
}

/** The episode as notices show it. */
export function episodeOf(open: OpenEpisode): Episode {
  return {
    id: open.id,
    direction: open.direction,
    baselineReplicas: open.baselineReplicas,
    targetReplicas: targetOf(open, open.baselineReplicas),
    openedAtMs: open.openedAtMs,
    steps: open.steps,
    readings: open.readings,
    limiter: open.limiter ?? undefined,
  };
}
