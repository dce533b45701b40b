import { parseObject, shortHash } from './outbox-row.ts';

/** What outlives the process of a credential: stored before each request that uses it. Instants are of the wall clock. */
export interface LaneRecord {
  /** When it was used, as far as its quota counts still. */
  readonly usedAtMs: readonly number[];
  /** Until when it rests, and for how long in all; null when it does not. */
  readonly ban: { readonly untilMs: number; readonly pauseMs: number } | null;
  /** The delivery whose end is not known; null when there is none. */
  readonly inFlight: InFlight | null;
}

/** A delivery under way, and the entries of the outbox that it is made of. */
export interface InFlight {
  readonly id: string;
  readonly sink: string;
  readonly entryKeys: readonly string[];
}

/** A record of nothing. */
export const EMPTY_LANE_RECORD: LaneRecord = { usedAtMs: [], ban: null, inFlight: null };

const PREFIX = 'lane-';

/** The key of a credential's record; the credential's own key is a hash already, and this one fits the store. */
export function laneKeyOf(quotaKey: string): string {
  return `${PREFIX}${shortHash(quotaKey)}`;
}

export function isLaneKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

const RECORD_VERSION = 1;

/** The stored form. */
export function writeLaneRecord(record: LaneRecord): string {
  return JSON.stringify({ v: RECORD_VERSION, ...record });
}

/** Reads the stored form; undefined for what is none, or of a later version. */
export function readLaneRecord(text: string): LaneRecord | undefined {
  const fields = parseObject(text);
  if (fields === undefined || fields['v'] !== RECORD_VERSION) return undefined;
  const { usedAtMs, ban, inFlight } = fields as unknown as LaneRecord;
  const isWhole =
    isListOf(usedAtMs, Number.isFinite) &&
    (ban === null || (Number.isFinite(ban?.untilMs) && Number.isFinite(ban?.pauseMs))) &&
    (inFlight === null || isInFlight(inFlight));
  return isWhole ? { usedAtMs, ban, inFlight } : undefined;
}

function isInFlight(value: unknown): boolean {
  const { id, sink, entryKeys } = (value ?? {}) as InFlight;
  return typeof id === 'string' && typeof sink === 'string' && isListOf(entryKeys, (key) => typeof key === 'string');
}

function isListOf(value: unknown, isEntry: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isEntry);
}
