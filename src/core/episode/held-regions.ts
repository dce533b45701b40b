import { areMetricsConditionsFresh, conditionOf, isScalingDisabled, replicasMin, transitionMs } from './conditions.ts';
import { type HeldLevel, heldAfter, heldAsTold, isUntold } from './held-level.ts';
import type { LimitLevel, MetricsLevel, ReachLevel } from './hpa-watch.ts';
import { metricReadings, namesWithoutValue, wantedReplicas } from './metric-readings.ts';
import type { NoticeDetails, NoticeType } from './notice.ts';
import { levelNoticeId, type NoticeDraft } from './notice-draft.ts';
import type { HpaSeen, ObservedHpa } from './observation.ts';
import type { DetectOptions } from './options.ts';
import type { ProviderState } from './provider.ts';

/** What the levels of one HPA go by at one instant. */
export interface LevelInput {
  readonly cluster: string;
  readonly options: DetectOptions;
  readonly seen: HpaSeen;
  readonly seenBeforeMs: number;
  readonly specReplicas: number | null;
}

/** A level then, what is to be said, and when to look again. */
export interface LevelOutcome<Level extends string> {
  readonly held: HeldLevel<Level>;
  readonly drafts: readonly NoticeDraft[];
  readonly lookAgainAtMs: number | undefined;
}

/** At the ceiling; undefined while the conditions are of an older sync. */
export function limitLevelOf({ hpa }: HpaSeen, specReplicas: number | null): LimitLevel | undefined {
  const { maxReplicas } = hpa.spec;
  // A fixed size is no limit, and below the ceiling there is none whatever the conditions say.
  if (maxReplicas <= replicasMin(hpa) || (specReplicas !== null && specReplicas < maxReplicas)) return 'clear';
  const limited = conditionOf(hpa, 'ScalingLimited');
  if (specReplicas === null || limited === undefined || !areMetricsConditionsFresh(hpa)) return undefined;
  if (conditionOf(hpa, 'ScalingActive')?.status === 'False') return undefined;
  return limited.status === 'True' && limited.reason === 'TooManyReplicas' ? 'max' : 'clear';
}

/** Whether the controller gets at the target. */
export function reachLevelOf({ hpa, target }: HpaSeen): ReachLevel | undefined {
  const able = conditionOf(hpa, 'AbleToScale');
  if (target.kind === 'missing') return 'unreachable';
  if (able === undefined || (able.status !== 'True' && able.status !== 'False')) return undefined;
  return able.status === 'False' ? 'unreachable' : 'reachable';
}

/**
 * Whether the controller gets its metrics. With one of several it still scales, so that only a hole in the status tells
 * of the others; a target at 0 has no metrics and misses none.
 */
export function metricsLevelOf({ hpa }: HpaSeen): MetricsLevel | undefined {
  const active = conditionOf(hpa, 'ScalingActive');
  if (active === undefined) return undefined;
  if (isScalingDisabled(hpa)) return 'ok';
  if (!areMetricsConditionsFresh(hpa)) return undefined;
  if (active.status === 'False') return 'lost';
  if (active.status !== 'True') return undefined;
  return namesWithoutValue(metricReadings(hpa)).length > 0 ? 'partial' : 'ok';
}

/** The region of limits. */
export function advanceLimit(held: HeldLevel<LimitLevel>, input: LevelInput): LevelOutcome<LimitLevel> {
  const { options, seen, specReplicas } = input;
  const level = limitLevelOf(seen, specReplicas);
  const next = heldWithSight(held, level, conditionOf(seen.hpa, 'ScalingLimited'), input);
  const isMax = next.level === 'max';
  const dueAtMs = next.sinceMs + (isMax ? options.atMaxHoldMs : options.atMaxClearMs);
  return told({ held: next, level, base: 'clear', dueAtMs, input }, isMax ? 'limit.max.entered' : 'limit.max.cleared', {
    kind: 'limit',
    wantedReplicas: isMax ? wantedReplicas(metricReadings(seen.hpa), specReplicas ?? 0) : undefined,
  });
}

/** The region of the target. */
export function advanceReach(held: HeldLevel<ReachLevel>, input: LevelInput): LevelOutcome<ReachLevel> {
  const { options, seen } = input;
  const level = reachLevelOf(seen);
  const able = conditionOf(seen.hpa, 'AbleToScale');
  const next = heldWithSight(held, level, able, input);
  const isLost = next.level === 'unreachable';
  const dueAtMs = next.sinceMs + (isLost ? options.unreachableHoldMs : options.recoveryHoldMs);
  const type = isLost ? 'target.unreachable' : 'target.reachable';
  const isSaid = able?.status === 'False' || !isLost;
  const details: NoticeDetails = isSaid
    ? conditionDetails(seen.hpa, 'AbleToScale', [])
    : { kind: 'condition', reason: 'NotFound', message: '', metricNames: [] };
  return told({ held: next, level, base: 'reachable', dueAtMs, input }, type, details);
}

/** The region of metrics; while a provider of metrics is or may be down, HPAs do not speak for themselves. */
export function advanceMetrics(
  held: HeldLevel<MetricsLevel>,
  input: LevelInput,
  provider: ProviderState,
): LevelOutcome<MetricsLevel> {
  const { options, seen } = input;
  const { atMs, hpa } = seen;
  const level = metricsLevelOf(seen);
  const next = heldWithSight(held, level, conditionOf(hpa, 'ScalingActive'), input);
  if (next.level === 'ok') {
    const dueAtMs = next.sinceMs + options.recoveryHoldMs;
    const details = conditionDetails(hpa, 'ScalingActive', []);
    return told({ held: next, level, base: 'ok', dueAtMs, input }, 'metrics.recovered', details);
  }
  if (provider.phase !== 'up') {
    return { held: next, drafts: [], lookAgainAtMs: isUntold(next) ? atMs + options.providerDown.holdMs : undefined };
  }
  const holdMs = next.level === 'lost' ? options.metricsLostHoldMs : options.metricsPartialHoldMs;
  const bornAtMs = Math.max(hpa.createdAtMs, seen.target.kind === 'seen' ? seen.target.target.createdAtMs : 0);
  const dueAtMs = Math.max(Math.max(next.sinceMs, provider.sinceMs) + holdMs, bornAtMs + options.startUpMs);
  const names = next.level === 'partial' ? namesWithoutValue(metricReadings(hpa)) : [];
  const details = conditionDetails(hpa, 'ScalingActive', names);
  return told({ held: next, level, base: 'ok', dueAtMs, input }, `metrics.${next.level}`, details);
}

function heldWithSight<Level extends string>(
  held: HeldLevel<Level>,
  level: Level | undefined,
  condition: Parameters<typeof transitionMs>[0],
  { seen, seenBeforeMs }: LevelInput,
): HeldLevel<Level> {
  const isLate = seen.unwatchedSinceMs !== undefined;
  return heldAfter(held, {
    level,
    atMs: seen.atMs,
    seenBeforeMs,
    transitionAtMs: transitionMs(condition),
    isLate,
  });
}

interface Telling<Level extends string> {
  readonly held: HeldLevel<Level>;
  /** As just seen; undefined while nobody can say. */
  readonly level: Level | undefined;
  readonly base: Level;
  readonly dueAtMs: number;
  readonly input: LevelInput;
}

function told<Level extends string>(
  { held, level, base, dueAtMs, input }: Telling<Level>,
  type: NoticeType,
  details: NoticeDetails,
): LevelOutcome<Level> {
  const { seen, cluster, options } = input;
  if (level === undefined) return { held, drafts: [], lookAgainAtMs: undefined };
  if (!isUntold(held)) return toldAgain(held, input, type, details);
  if (seen.atMs < dueAtMs) return { held, drafts: [], lookAgainAtMs: dueAtMs };
  const { held: after, isNews } = heldAsTold(held, base, seen.atMs);
  if (!isNews) return { held: after, drafts: [], lookAgainAtMs: undefined };
  const repeatAtMs = after.isTold && options.levelRepeatMs > 0 ? seen.atMs + options.levelRepeatMs : undefined;
  const id = levelNoticeId(type, cluster, seen.hpa.uid, held.sinceMs);
  const draft = { type, id, atMs: held.sinceMs, isObservedLate: held.isLate, details };
  return { held: after, drafts: [draft], lookAgainAtMs: repeatAtMs };
}

/** What stands on for hours is told again, so that whoever was told first is not the only one who knows. */
function toldAgain<Level extends string>(
  held: HeldLevel<Level>,
  { seen, cluster, options }: LevelInput,
  type: NoticeType,
  details: NoticeDetails,
): LevelOutcome<Level> {
  const { toldAtMs, sinceMs } = held;
  const { levelRepeatMs } = options;
  if (toldAtMs === undefined || levelRepeatMs === 0) return { held, drafts: [], lookAgainAtMs: undefined };
  const { atMs } = seen;
  const dueAtMs = toldAtMs + levelRepeatMs;
  if (atMs < dueAtMs) return { held, drafts: [], lookAgainAtMs: dueAtMs };
  // The same for whoever goes on from the stored watch.
  const id = `${levelNoticeId(type, cluster, seen.hpa.uid, sinceMs)}/${Math.floor((atMs - sinceMs) / levelRepeatMs)}`;
  const draft = { type, id, atMs, details: withSince(details, sinceMs) };
  return { held: { ...held, toldAtMs: atMs }, drafts: [draft], lookAgainAtMs: atMs + levelRepeatMs };
}

function withSince(details: NoticeDetails, sinceMs: number): NoticeDetails {
  return details.kind === 'limit' || details.kind === 'condition' ? { ...details, sinceMs } : details;
}

function conditionDetails(hpa: ObservedHpa, type: string, metricNames: readonly string[]): NoticeDetails {
  const condition = conditionOf(hpa, type);
  return { kind: 'condition', reason: condition?.reason ?? '', message: condition?.message ?? '', metricNames };
}
