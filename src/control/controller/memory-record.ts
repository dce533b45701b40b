import {
  CONTROLLER_SYNC_MS_MAX,
  MEMORY_RECOMMENDATIONS_COUNT_MAX,
  MEMORY_SCALE_EVENTS_COUNT_MAX,
} from '../../base/limits.ts';
import type { Memory, Recommendation, ScaleEvent, ToldHold } from '../../core/engine/memory.ts';
import { compactMemory, type MemoryHorizon } from '../../core/engine/memory-horizon.ts';
import type { MemoryFlaw } from '../facts/report.ts';
import type { StoredIntent, WriteDoubt } from './open-intent.ts';

/** What is stored of one HPA's memory. */
export interface MemoryRecord {
  /** `namespace/name`, for people who read the store. */
  readonly hpa: string;
  /** When it was noted, epoch ms of the domain clock. */
  readonly atMs: number;
  /** How far back it was needed then. */
  readonly horizon: MemoryHorizon;
  /** The scale write that was about to be tried; null when none was open. */
  readonly intent: StoredIntent | null;
  /** Of an earlier one; null when nothing depends on it. */
  readonly doubt: WriteDoubt | null;
  readonly memory: Memory;
}

const RECORD_VERSION = 1;

/** Longest that two machines' clocks are taken to differ. */
const CLOCK_SKEW_MS_MAX = 10_000;

/** The stored form: one line of JSON, a few hundred bytes. */
export function writeMemoryRecord({ hpa, atMs, horizon, intent, doubt, memory }: MemoryRecord): string {
  const { recommendations, scaleUpEvents, scaleDownEvents, failingSinceMs, heldBy } = compactMemory(
    memory,
    horizon,
    atMs,
    MEMORY_RECOMMENDATIONS_COUNT_MAX,
  );
  return JSON.stringify({
    v: RECORD_VERSION,
    hpa,
    at: Math.round(atMs),
    windows: [horizon.upWindowMs, horizon.downWindowMs, horizon.policyPeriodMs],
    ...(intent === null ? {} : { intent: [intent[0], intent[1], Math.round(intent[2]), intent[3]] }),
    ...(doubt === null ? {} : { doubt: [doubt.earliestAtMs, doubt.latestAtMs] }),
    recommendations,
    up: scaleUpEvents.slice(-MEMORY_SCALE_EVENTS_COUNT_MAX),
    down: scaleDownEvents.slice(-MEMORY_SCALE_EVENTS_COUNT_MAX),
    failing: failingSinceMs,
    ...(heldBy === undefined ? {} : { held: heldBy }),
  });
}

/** Reads the stored form; total: whatever stands there comes out as a record or as what is wrong with it. */
export function readMemoryRecord(text: string): MemoryRecord | MemoryFlaw {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text);
  } catch {
    return 'corrupt';
  }
  if (typeof fields !== 'object' || fields === null || !isCount(fields['v'])) return 'corrupt';
  if (fields['v'] > RECORD_VERSION) return 'newerVersion';
  const { hpa, at, windows, intent = null, doubt = null, recommendations, up, down, failing, held } = fields;
  const isWhole =
    typeof hpa === 'string' &&
    isCount(at) &&
    isTuple(windows, 3) &&
    (intent === null || isIntent(intent)) &&
    (doubt === null || isDoubt(doubt)) &&
    (recommendations === null || isListOf(recommendations, 2)) &&
    isListOf(up, 3) &&
    isListOf(down, 3) &&
    isInstantsByName(failing);
  if (!isWhole) return 'corrupt';
  const [upWindowMs, downWindowMs, policyPeriodMs] = windows as [number, number, number];
  return {
    hpa,
    atMs: at,
    horizon: { upWindowMs, downWindowMs, policyPeriodMs },
    intent,
    doubt: doubt === null ? null : { earliestAtMs: doubt[0], latestAtMs: doubt[1] },
    memory: {
      version: 1,
      recommendations: recommendations as readonly Recommendation[] | null,
      scaleUpEvents: up as readonly ScaleEvent[],
      scaleDownEvents: down as readonly ScaleEvent[],
      failingSinceMs: failing,
      ...(isToldHold(held) ? { heldBy: held } : {}),
    },
  };
}

/**
 * What of a record still counts at `nowMs`. A recommendation of the sync that noted it may have been repeated for up to
 * `staleMs` without being stored again, so that it is taken to have been: rather a little longer than a little shorter. When it has left its
 * windows all the same, nobody knows what was recommended meanwhile, and the count is held for a window as at a first
 * sight (upstream's seeding); the budgets of policies count on. The change of an open intent is left out: see
 * `resolveIntent`.
 */
export function restoreMemory(record: MemoryRecord, staleMs: number, nowMs: number): Memory | MemoryFlaw {
  const { memory, horizon } = record;
  const { recommendations, scaleUpEvents, scaleDownEvents } = memory;
  const latestMs = [record.atMs, ...instantsOf(memory)].reduce((latest, atMs) => Math.max(latest, atMs));
  if (latestMs > nowMs + CLOCK_SKEW_MS_MAX) return 'future';
  const windowMs = Math.max(horizon.upWindowMs, horizon.downWindowMs);
  const isSeededAnew = windowMs > 0 && nowMs - (record.atMs + staleMs) > windowMs;
  const countsMs = Math.max(windowMs, horizon.policyPeriodMs);
  const hasEvents = [...scaleUpEvents, ...scaleDownEvents].some(([, atMs]) => atMs >= nowMs - countsMs);
  if (isSeededAnew && !hasEvents && !isUnsettled(record, nowMs - countsMs)) return 'tooOld';
  const extended = isSeededAnew
    ? null
    : extendNewest(recommendations, record.atMs, Math.min(nowMs, record.atMs + staleMs));
  return { ...withoutIntent(record), recommendations: extended };
}

/** Whether a change that may have been made after that instant is still to be found out. */
function isUnsettled({ atMs, intent, doubt }: MemoryRecord, sinceMs: number): boolean {
  if (intent !== null && atMs + CONTROLLER_SYNC_MS_MAX >= sinceMs) return true;
  return doubt !== null && doubt.latestAtMs >= sinceMs;
}

/** The memory without the change that was about to be tried: whether it was made shows by the count. */
function withoutIntent({ memory, intent }: MemoryRecord): Memory {
  if (intent === null) return memory;
  const [fromReplicas, toReplicas, atMs] = intent;
  // One at most: a write that came through at the same instant counts on.
  const without = (events: readonly ScaleEvent[]): readonly ScaleEvent[] => {
    const index = events.findLastIndex(
      ([changeCount, eventAtMs]) =>
        changeCount === Math.abs(toReplicas - fromReplicas) && Math.round(eventAtMs) === atMs,
    );
    return index === -1 ? events : events.toSpliced(index, 1);
  };
  const { scaleUpEvents, scaleDownEvents } = memory;
  return toReplicas > fromReplicas
    ? { ...memory, scaleUpEvents: without(scaleUpEvents) }
    : { ...memory, scaleDownEvents: without(scaleDownEvents) };
}

/** How long a repetition of what is stored may wait to be stored: a tenth of the longest window, within bounds. */
export function staleMsOf({ upWindowMs, downWindowMs }: MemoryHorizon): number {
  return Math.min(STALE_MS_MAX, Math.max(STALE_MS_MIN, Math.max(upWindowMs, downWindowMs) / 10));
}

const STALE_MS_MIN = 5_000;
const STALE_MS_MAX = 30_000;

function extendNewest(
  recommendations: readonly Recommendation[] | null,
  notedAtMs: number,
  untilMs: number,
): readonly Recommendation[] | null {
  const newest = recommendations?.at(-1);
  if (recommendations === null || newest === undefined || !isOfSync(newest, notedAtMs)) return recommendations;
  return [...recommendations.slice(0, -1), [newest[0], Math.max(newest[1], untilMs)]];
}

/** Whether the sync at that instant recommended it, and was not merely left with it because its metrics failed. */
export function isOfSync([, atMs]: Recommendation, syncAtMs: number): boolean {
  return Math.abs(atMs - syncAtMs) <= 1;
}

function instantsOf({ recommendations, scaleUpEvents, scaleDownEvents }: Memory): readonly number[] {
  return [...(recommendations ?? []), ...scaleUpEvents, ...scaleDownEvents].map(([, atMs]) => atMs);
}

/** A hold of a later version is told anew by this one. */
function isToldHold(value: unknown): value is ToldHold {
  return value === 'Paused' || value === 'CorrelatedScaleDown';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isTuple(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && value.every(isCount);
}

function isListOf(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.every((entry) => isTuple(entry, length));
}

function isIntent(value: unknown): value is StoredIntent {
  if (!Array.isArray(value) || value.length !== 4) return false;
  return isTuple(value.slice(0, 3), 3) && (value[3] === null || typeof value[3] === 'string');
}

function isDoubt(value: unknown): value is [earliestAtMs: number | null, latestAtMs: number] {
  return Array.isArray(value) && value.length === 2 && (value[0] === null || isCount(value[0])) && isCount(value[1]);
}

function isInstantsByName(value: unknown): value is Readonly<Record<string, number>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isCount);
}
