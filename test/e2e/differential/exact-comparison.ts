import type { Pod } from '../../../src/control/facts/pod-projection.ts';
import type { HorizontalPodAutoscaler } from '../../../src/core/autoscaling/types.ts';
import { EMPTY_MEMORY, type Memory, type ScaleEvent } from '../../../src/core/engine/memory.ts';
import { compactMemory, memoryHorizon } from '../../../src/core/engine/memory-horizon.ts';
import type { MetricsAnswer } from '../support/metrics-api.ts';
import type { AuditEntry } from './audit-trail.ts';
import { compareEvents, type EventComparison, type ToldEvent, type ToldEvents } from './event-comparison.ts';
import { afterChanges, historyOf, type ObjectChange } from './object-history.ts';
import { isStatusWrite, type Reconcile, reconcilesOf } from './reconciles.ts';
import { type Reading, type ReplayedSync, replaySync } from './sync-replay.ts';
import { ENGINE_OPTIONS } from './timing.ts';

/** How one upstream reconcile compares with ours. */
export interface ReconcileVerdict {
  /**
   * `equal`: with the reading that the times suggest. `ambiguous`: with another reading that the times allow just as well.
   * `blurred`: with none, but pods changed in the midst of it, and upstream looks at them once for each metric; or it took
   * so long that no one instant stands for it. `cut`: with none, but it began after the stories had ended, and the record
   * may have ended in its midst. `different`: with none.
   */
  readonly kind: 'equal' | 'ambiguous' | 'blurred' | 'cut' | 'different';
  readonly startMs: number;
  /** With the reading that the times suggest. */
  readonly differences: readonly string[];
}

export interface StoryComparison {
  readonly verdicts: readonly ReconcileVerdict[];
  readonly events: EventComparison & { readonly count: number };
}

/** What the whole record tells about each story. */
export interface RecordContext {
  readonly answers: ReadonlyMap<string, MetricsAnswer>;
  /** Events that happened later were still to be written when the record ended. */
  readonly eventsUpToMs: number;
  /** When the last story ended. */
  readonly endedAtMs: number;
}

/**
 * A cache has a change this long after the write was answered, at most, or this many times as long as the longest
 * reconcile took: what slows the one slows the other.
 */
const CACHE_LAG_MS = 1_000;
const CACHE_LAG_RATIO = 4;
/** What our one instant may miss of upstream's several, besides the length of the reconciles that it is compared with. */
const INSTANT_SLACK_MS = 20;
/** Parts of the doubt about the instant by which another reading may be shifted. */
const SHIFTS = [0, -0.5, 0.5, -1, 1] as const;
/** With more doubt about the instant than this, a second's windows mean nothing. */
const DOUBT_MS_MAX = 1_000;
/** Memories that one record can stand for; more are not told apart, those first that decide alike but for their instants. */
const MEMORY_COUNT_MAX = 32;

/**
 * Compares all reconciles of one story's namespace, in order, with the memory that the ones before have left. What differs
 * may follow from an earlier reconcile that wrote the same under another reading, but remembered or told another thing:
 * then all readings of all reconciles are gone through.
 */
export async function compareStory(entries: readonly AuditEntry[], context: RecordContext): Promise<StoryComparison> {
  const likely = await compareReadings(entries, context, 'likely');
  const isExplained =
    likely.verdicts.every(({ kind }) => kind !== 'different') && likely.events.differences.length === 0;
  return isExplained ? likely : compareReadings(entries, context, 'all');
}

/** Which readings of a reconcile are gone on with, when the likeliest is equal. */
type Breadth = 'likely' | 'all';

async function compareReadings(
  entries: readonly AuditEntry[],
  { answers, eventsUpToMs, endedAtMs }: RecordContext,
  breadth: Breadth,
): Promise<StoryComparison> {
  const hpas = historyOf<HorizontalPodAutoscaler>(entries, [
    'horizontalpodautoscalers',
    'horizontalpodautoscalers/status',
  ]);
  const pods = historyOf<Pod>(entries, ['pods', 'pods/status']).filter(
    ({ object }) => object === null || object.kind === 'Pod',
  );
  const verdicts: ReconcileVerdict[] = [];
  const told: ToldEvents[] = [];
  let memories: readonly Memory[] = [EMPTY_MEMORY];
  let lastStartMs = 0;
  let longestMs = 0;
  for (const reconcile of reconcilesOf(entries)) {
    if (wasDeleted(hpas, lastStartMs, reconcile.startMs)) memories = [...memories, EMPTY_MEMORY];
    lastStartMs = reconcile.startMs;
    const lengthMs = reconcile.endMs - reconcile.startMs;
    longestMs = Math.max(longestMs, lengthMs);
    const doubtMs = lengthMs + longestMs + INSTANT_SLACK_MS;
    const lagMs = Math.max(CACHE_LAG_MS, CACHE_LAG_RATIO * longestMs);
    const readings = readingsOf(reconcile, { hpas, pods, doubtMs, lagMs });
    const { verdict, accepted } = await judge(reconcile, answers, { readings, memories, breadth });
    const isCut = verdict.kind === 'different' && reconcile.startMs > endedAtMs;
    verdicts.push(isCut ? { ...verdict, kind: 'cut' } : verdict);
    memories = mostUnlike(accepted.map((sync) => recollectionOf(sync, reconcile)));
    told.push({
      atMs: reconcile.endMs,
      alternatives: alternativesOf(breadth === 'all' ? accepted : accepted.slice(0, 1)),
    });
  }
  // What a reconcile that is not understood told cannot be known.
  const isClear = verdicts.every(({ kind }) => kind === 'equal' || kind === 'ambiguous');
  const compared = isClear ? compareEvents(entries, told, eventsUpToMs) : { differences: [], lostCount: 0 };
  const eventCount = told.reduce((sum, { alternatives: [likeliest = []] }) => sum + likeliest.length, 0);
  return { verdicts, events: { ...compared, count: isClear ? eventCount : 0 } };
}

/**
 * The memory as upstream has it, whose clock is read anew for each thing that it remembers: the first recommendation when
 * the scale was read, a scale event when the scale was written.
 */
function rememberedBy({ facts, decision }: ReplayedSync, { requests }: Reconcile): Memory {
  const memory = decision.memory ?? EMPTY_MEMORY;
  const { nowMs } = facts;
  const isScale = (verb: string) => (entry: AuditEntry) => entry.verb === verb && entry.subject.endsWith('/scale');
  const readAtMs = requests.find(isScale('get'))?.answeredAtMs ?? nowMs;
  const writtenAtMs = requests.findLast(isScale('update'))?.answeredAtMs ?? nowMs;
  const whenWritten = (event: ScaleEvent): ScaleEvent =>
    event[1] === nowMs ? [event[0], writtenAtMs, event[2]] : event;
  const isSeeded = memory.recommendations?.filter(([, atMs]) => atMs === nowMs).length === 2;
  return {
    ...memory,
    recommendations:
      memory.recommendations?.map(([count, atMs], index) => [count, isSeeded && index === 0 ? readAtMs : atMs]) ?? null,
    scaleUpEvents: memory.scaleUpEvents.map(whenWritten),
    scaleDownEvents: memory.scaleDownEvents.map(whenWritten),
  };
}

/** A memory, and as much of it as can still decide something while no window grows. */
export interface Recollection {
  readonly memory: Memory;
  readonly essence: Memory;
}

function recollectionOf(sync: ReplayedSync, reconcile: Reconcile): Recollection {
  const memory = rememberedBy(sync, reconcile);
  const { hpa, nowMs } = sync.facts;
  if (hpa.kind !== 'found') return { memory, essence: memory };
  const horizon = memoryHorizon(hpa.object.spec, ENGINE_OPTIONS);
  return { memory, essence: compactMemory(memory, horizon, nowMs, Number.POSITIVE_INFINITY) };
}

/** As many of the memories as are told apart: of each whose essence has other counts one, then of each a second, and so on. */
export function mostUnlike(recollections: readonly Recollection[]): readonly Memory[] {
  const byCounts = Map.groupBy(distinct(recollections), ({ essence }) => countsText(essence));
  const ranked = [...byCounts.values()].flatMap((alike) => alike.map(({ memory }, rank) => ({ memory, rank })));
  return ranked
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, MEMORY_COUNT_MAX)
    .map(({ memory }) => memory);
}

/** What is remembered, without its instants. */
function countsText({ recommendations, scaleUpEvents, scaleDownEvents }: Memory): string {
  const counts = [recommendations ?? [], scaleUpEvents, scaleDownEvents].map((entries) =>
    entries.map(([count]) => count),
  );
  return JSON.stringify([recommendations === null, ...counts]);
}

function alternativesOf(syncs: readonly ReplayedSync[]): readonly (readonly ToldEvent[])[] {
  const told = syncs.map(({ decision: { events, hpa } }) => events.map((event) => ({ ...event, uid: hpa.uid ?? '' })));
  return distinct(told);
}

/** Every way to read the record: the one that the times suggest first. */
interface Readings {
  readonly likely: Reading;
  readonly others: readonly Reading[];
  /** Whether pods changed while it ran. */
  readonly havePodsChanged: boolean;
  /** Whether it ran for so long that no instant stands for it. */
  readonly isLong: boolean;
}

interface JudgedBy {
  readonly readings: Readings;
  readonly memories: readonly Memory[];
  readonly breadth: Breadth;
}

async function judge(
  reconcile: Reconcile,
  answers: ReadonlyMap<string, MetricsAnswer>,
  { readings, memories, breadth }: JudgedBy,
): Promise<{ readonly verdict: ReconcileVerdict; readonly accepted: readonly ReplayedSync[] }> {
  const { startMs } = reconcile;
  const replay = (reading: Reading): Promise<readonly ReplayedSync[]> =>
    Promise.all(memories.map((memory) => replaySync(reconcile, answers, { ...reading, memory })));
  const likely = await replay(readings.likely);
  const equal = likely.filter(({ differences }) => differences.length === 0);
  const differences = likely[0]?.differences ?? [];
  const isEqual = equal.length > 0;
  if (isEqual && breadth === 'likely') return { verdict: { kind: 'equal', startMs, differences: [] }, accepted: equal };
  const tried = likely.slice();
  for (const reading of readings.others) tried.push(...(await replay(reading)));
  const accepted = tried.filter((sync) => sync.differences.length === 0);
  if (accepted.length > 0) {
    const isInDoubt = breadth === 'all' && readings.havePodsChanged;
    const parts = isInDoubt ? tried.filter(explainsInPart) : [];
    const verdict: ReconcileVerdict = isEqual
      ? { kind: 'equal', startMs, differences: [] }
      : { kind: 'ambiguous', startMs, differences };
    return { verdict, accepted: [...accepted, ...parts] };
  }
  const isBlurred = readings.havePodsChanged || readings.isLong;
  return isBlurred
    ? { verdict: { kind: 'blurred', startMs, differences }, accepted: tried }
    : { verdict: { kind: 'different', startMs, differences }, accepted: likely };
}

/**
 * Whether a reading explains all but what some metrics came to. Upstream looks at the pods once for each metric: when they
 * change meanwhile, no single reading need be right about all, and one that is equal may be so by chance; what is
 * remembered is then that of any of them.
 */
function explainsInPart({ differences, facts }: ReplayedSync): boolean {
  const missed = differences.map((text) => METRIC_STATUS.exec(text)?.[1]);
  const missedCount = new Set(missed).size;
  return missedCount > 0 && missedCount < facts.metrics.length && !missed.includes(undefined);
}

const METRIC_STATUS = /^horizontalpodautoscalers\/status\.currentMetrics\[(\d+)\]/;

interface RecordedChanges {
  readonly hpas: readonly ObjectChange<HorizontalPodAutoscaler>[];
  readonly pods: readonly ObjectChange<Pod>[];
  /** How far the instant may be off, either way. */
  readonly doubtMs: number;
  /** How late a cache may be. */
  readonly lagMs: number;
}

function readingsOf(reconcile: Reconcile, { hpas, pods, doubtMs, lagMs }: RecordedChanges): Readings {
  const { startMs, endMs } = reconcile;
  const hpaChoices = hpaVersions(reconcile, hpas, lagMs);
  const podChoices = choices(pods, reconcile, lagMs).map(afterChanges);
  const nowMs = instantOf(reconcile);
  const readings: Reading[] = [];
  for (const hpa of hpaChoices) {
    for (const chosen of podChoices) {
      for (const part of SHIFTS) readings.push({ hpa, pods: chosen, nowMs: nowMs + part * doubtMs });
    }
  }
  const [likely, ...others] = readings;
  if (likely === undefined) throw new Error(`a reconcile at ${startMs} without an HPA`);
  const havePodsChanged = pods.some(({ fromMs, toMs }) => toMs > startMs - lagMs && fromMs < endMs);
  return { likely, others, havePodsChanged, isLong: doubtMs > DOUBT_MS_MAX };
}

/** The version that the status was written over; without a write, the newest, or one that was newest just before. */
function hpaVersions(
  reconcile: Reconcile,
  hpas: readonly ObjectChange<HorizontalPodAutoscaler>[],
  lagMs: number,
): readonly HorizontalPodAutoscaler[] {
  const written = reconcile.requests.findLast(isStatusWrite)?.requestObject as HorizontalPodAutoscaler | undefined;
  const version = written?.metadata.resourceVersion;
  if (version !== undefined) {
    return hpas.flatMap(({ object }) => (object?.metadata.resourceVersion === version ? [object] : []));
  }
  return choices(hpas, reconcile, lagMs).flatMap((changes) => afterChanges(changes));
}

/** What a cache may hold in a reconcile: after the changes that were answered before it, or a few less, or a few more. */
function choices<T>(
  changes: readonly ObjectChange<T>[],
  { startMs, endMs }: Reconcile,
  lagMs: number,
): readonly (readonly ObjectChange<T>[])[] {
  const certainCount = changes.filter(({ toMs }) => toMs < startMs - lagMs).length;
  const likelyCount = changes.filter(({ toMs }) => toMs <= startMs).length;
  const possibleCount = changes.filter(({ fromMs }) => fromMs <= endMs).length;
  const counts = [likelyCount];
  for (let count = certainCount; count <= possibleCount; count += 1) if (count !== likelyCount) counts.push(count);
  return counts.map((count) => changes.slice(0, count));
}

/** When upstream decided: after the last answer of a metric or of the scale, before the first write. */
function instantOf({ requests, startMs }: Reconcile): number {
  const firstWrite = requests.find(({ verb }) => verb === 'update');
  const lastRead = requests.findLast(
    ({ verb, receivedAtMs }) => verb !== 'update' && receivedAtMs < (firstWrite?.receivedAtMs ?? Infinity),
  );
  const afterMs = lastRead?.answeredAtMs ?? startMs;
  return firstWrite === undefined ? afterMs + 1 : (afterMs + firstWrite.receivedAtMs) / 2;
}

/** Whether the HPA was gone for a while, in which a reconcile may have forgotten it. */
function wasDeleted(hpas: readonly ObjectChange<unknown>[], afterMs: number, beforeMs: number): boolean {
  return hpas.some(({ object, toMs }) => object === null && toMs > afterMs && toMs <= beforeMs);
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
