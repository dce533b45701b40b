import { EPISODE_DURATIONS_COUNT_MAX, EPISODE_LABELS_COUNT_MAX } from '../../base/notifier-limits.ts';
import { setBack } from './clock-step.ts';
import { conditionOf, replicasMin } from './conditions.ts';
import { advanceFlapping, STEADY, withMove, withStarts } from './flapping.ts';
import { countAfter, type FollowedCount, firstCount, type Move, withCredit } from './followed-count.ts';
import { heldAtFirstSight } from './held-level.ts';
import {
  advanceLimit,
  advanceMetrics,
  advanceReach,
  limitLevelOf,
  metricsLevelOf,
  reachLevelOf,
} from './held-regions.ts';
import type { HpaWatch } from './hpa-watch.ts';
import type { Notice, NoticeSubject } from './notice.ts';
import { type NoticeDraft, noticeOf } from './notice-draft.ts';
import type { HpaSeen, Observation, ObservedHpa } from './observation.ts';
import type { DetectOptions } from './options.ts';
import type { ProviderState } from './provider.ts';
import { IDLE } from './scaling.ts';
import { abortScaling, advanceScaling } from './scaling-region.ts';

/** What is the same for all HPAs of a cluster at one instant. */
export interface StepContext {
  readonly cluster: string;
  readonly options: DetectOptions;
  readonly provider: ProviderState;
}

/** What is remembered after an observation, and what follows from it. */
export interface StepResult {
  /** Null once the HPA is gone. */
  readonly watch: HpaWatch | null;
  /** To be stored together with the watch, or neither. */
  readonly notices: readonly Notice[];
  /** When to observe again even if nothing changes; undefined while nothing is awaited. */
  readonly lookAgainAtMs: number | undefined;
  /** Whether pods and a target that is not watched are to be looked at until the next step says otherwise. */
  readonly wantsPods: boolean;
  readonly wantsTarget: boolean;
  /** Whether HPAs without metrics are to be counted again. */
  readonly hasMetricsChanged: boolean;
}

/**
 * What an observation of an HPA changes, and what people are told of it. `watch` is null for an HPA never seen: its
 * present state is taken as known and nothing is told. The same observation again changes nothing; so does a restart
 * with the watch as stored.
 */
export function step(watch: HpaWatch | null, observation: Observation, context: StepContext): StepResult {
  const isLate = observation.unwatchedSinceMs !== undefined;
  if (observation.kind === 'gone')
    return { ...ENDED, notices: watch ? endOf(watch, observation.atMs, isLate, context) : [] };
  const { atMs, hpa } = observation;
  if (watch === null) return withFirstSight(firstWatch(observation));
  if (watch.subject.hpaUid !== hpa.uid) {
    const first = withFirstSight(firstWatch(observation));
    return { ...first, notices: endOf(watch, atMs, isLate, context) };
  }
  const known = watch.seenAtMs > atMs ? setBack(watch, watch.seenAtMs - atMs) : watch;
  const { before, move, count, drafts } = followTarget(known, observation);
  return withRegions({ before, move, count, drafts, seen: observation, context });
}

const ENDED: StepResult = {
  watch: null,
  notices: [],
  lookAgainAtMs: undefined,
  wantsPods: false,
  wantsTarget: false,
  hasMetricsChanged: false,
};

/** An HPA whose target is another object than before begins anew with it. */
function followTarget(watch: HpaWatch, seen: HpaSeen): Pick<Regions, 'before' | 'move' | 'count' | 'drafts'> {
  const uid = seen.target.kind === 'seen' ? seen.target.target.uid : null;
  const { scaleTargetRef } = seen.hpa.spec;
  const { targetKind, targetName } = watch.subject;
  const isOther =
    seen.target.kind === 'missing' ||
    (uid !== null && watch.targetUid !== null && uid !== watch.targetUid) ||
    targetKind !== scaleTargetRef.kind ||
    targetName !== scaleTargetRef.name;
  if (!isOther)
    return {
      before: { ...watch, targetUid: uid ?? watch.targetUid },
      drafts: [],
      ...countAfter(watch.count, seen, watch.scaling.kind === 'idle'),
    };
  const drafts = abortScaling(watch.scaling, seen.atMs, seen.unwatchedSinceMs !== undefined);
  const before: HpaWatch = { ...watch, scaling: IDLE, targetUid: uid };
  return { before, drafts, move: undefined, count: firstCount(seen) };
}

interface Regions {
  readonly before: HpaWatch;
  readonly move: Move | undefined;
  readonly count: FollowedCount;
  readonly drafts: readonly NoticeDraft[];
  readonly seen: HpaSeen;
  readonly context: StepContext;
}

function withRegions({ before, move, count, drafts, seen, context }: Regions): StepResult {
  const { cluster, options, provider } = context;
  const { atMs, hpa } = seen;
  const { specReplicas } = count;
  const flapInput = { atMs, cluster, hpaUid: hpa.uid, specReplicas, options: options.flap };
  const turned = advanceFlapping(move ? withMove(before.flapping, move, atMs) : before.flapping, flapInput);
  const isMuted = turned.flapping.active !== null;
  const { durationsMs } = before;
  const scaled = advanceScaling(before.scaling, move, { cluster, options, seen, count, isMuted, durationsMs });
  const flapped = advanceFlapping(withStarts(turned.flapping, scaled.startedCount, atMs), flapInput);
  const levels = { cluster, options, seen, seenBeforeMs: before.seenAtMs, specReplicas };
  const limit = advanceLimit(before.limit, levels);
  const reach = advanceReach(before.reach, levels);
  const metrics = advanceMetrics(before.metrics, levels, provider);
  const regions = [turned, scaled, flapped, limit, reach, metrics];
  const watch: HpaWatch = {
    ...before,
    seenAtMs: atMs,
    subject: subjectOf(hpa),
    count: scaled.scaling.kind === 'pending' ? count : withCredit(count),
    scaling: scaled.scaling,
    limit: limit.held,
    reach: reach.held,
    metrics: metrics.held,
    metricsReason: metrics.held.level === 'ok' ? '' : (conditionOf(hpa, 'ScalingActive')?.reason ?? ''),
    flapping: flapped.flapping,
    durationsMs:
      scaled.durationMs === undefined
        ? durationsMs
        : [...durationsMs, scaled.durationMs].slice(-EPISODE_DURATIONS_COUNT_MAX),
  };
  const all = [...drafts, ...regions.flatMap((region) => region.drafts)];
  return {
    watch,
    notices: all.map((draft) => noticeOf(draft, cluster, watch.subject)),
    lookAgainAtMs: earliestOf([scaled, flapped, limit, reach, metrics]),
    wantsPods: watch.scaling.kind === 'open' && watch.scaling.needsPods,
    wantsTarget: watch.scaling.kind !== 'idle',
    hasMetricsChanged: metrics.held.level !== before.metrics.level,
  };
}

function earliestOf(regions: readonly { readonly lookAgainAtMs: number | undefined }[]): number | undefined {
  const instants = regions.flatMap(({ lookAgainAtMs }) => (lookAgainAtMs === undefined ? [] : [lookAgainAtMs]));
  return instants.length === 0 ? undefined : Math.min(...instants);
}

/** The quiet baseline: whatever is at first sight was so before, and nobody is told. */
function firstWatch(seen: HpaSeen): HpaWatch {
  const { atMs, hpa, target } = seen;
  const count = firstCount(seen);
  const metricsLevel = metricsLevelOf(seen) ?? 'ok';
  return {
    version: 1,
    seenAtMs: atMs,
    subject: subjectOf(hpa),
    targetUid: target.kind === 'seen' ? target.target.uid : null,
    count,
    scaling: IDLE,
    limit: heldAtFirstSight(limitLevelOf(seen, count.specReplicas) ?? 'clear', atMs),
    reach: heldAtFirstSight(reachLevelOf(seen) ?? 'reachable', atMs),
    metrics: heldAtFirstSight(metricsLevel, atMs),
    metricsReason: metricsLevel === 'ok' ? '' : (conditionOf(hpa, 'ScalingActive')?.reason ?? ''),
    flapping: STEADY,
    durationsMs: [],
  };
}

function withFirstSight(watch: HpaWatch): StepResult {
  return { ...ENDED, watch, hasMetricsChanged: watch.metrics.level !== 'ok' };
}

function endOf(watch: HpaWatch, atMs: number, isLate: boolean, { cluster }: StepContext): readonly Notice[] {
  return abortScaling(watch.scaling, atMs, isLate).map((draft) => noticeOf(draft, cluster, watch.subject));
}

function subjectOf(hpa: ObservedHpa): NoticeSubject {
  const { scaleTargetRef, maxReplicas } = hpa.spec;
  return {
    namespace: hpa.namespace,
    hpaName: hpa.name,
    hpaUid: hpa.uid,
    hpaLabels: Object.fromEntries(Object.entries(hpa.labels).slice(0, EPISODE_LABELS_COUNT_MAX)),
    targetKind: scaleTargetRef.kind,
    targetName: scaleTargetRef.name,
    replicasMin: replicasMin(hpa),
    replicasMax: maxReplicas,
  };
}
