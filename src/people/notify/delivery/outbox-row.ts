import { createHash } from 'node:crypto';
import { NOTICE_TYPES, type Notice } from '../../../core/episode/notice.ts';

/**
 * Where a row of the outbox stands. `inflight`: a request with it has begun and its end is not known; `coalesced`: a
 * message of another row, or to another sink, stands for it; `dead`: it was given up.
 */
export type RowState = 'pending' | 'inflight' | 'sent' | 'dead' | 'coalesced';

/** How much of a message is still tried: everything, little, or little and without links and mentions. */
export type MessageForm = 'full' | 'brief' | 'plain';

/** One notice for one sink. Instants are of the wall clock, because they outlive the process. */
export interface OutboxRow {
  /** Of the notice's entry in the store. */
  readonly entryKey: string;
  readonly notice: Notice;
  readonly sink: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** The end of the quiet hours that it waits for; 0 when it does not. */
  readonly heldUntilMs: number;
  /** Whether it is told together with all others that waited for the same hours. */
  readonly isDigested: boolean;
  readonly state: RowState;
  readonly attemptCount: number;
  /** Attempts that may have arrived. */
  readonly doubtfulCount: number;
  /** The delivery that may have arrived: its rows go out again together, under the same id; null when none may have. */
  readonly doubt: string | null;
  /** What came of the last attempt, or why it was given up; empty before. */
  readonly lastOutcome: string;
  readonly form: MessageForm;
}

/** A notice in the store: with its rows while one of them is open, afterwards only what became of them. */
export type OutboxEntry =
  | { readonly kind: 'open'; readonly rows: readonly OutboxRow[] }
  | { readonly kind: 'settled'; readonly atMs: number; readonly states: Readonly<Record<string, RowState>> };

/** The key of a notice's entry; the place says what is stored together with it. */
export function entryKeyOf(place: string, noticeId: string): string {
  return `${place}.notice.${shortHash(noticeId)}`;
}

/** Whether a key of the store is that of a notice's entry. */
export function isEntryKey(key: string): boolean {
  return key.split('.')[1] === 'notice';
}

/** Sixteen letters and digits that stand for a text: fit for keys, headers and file names. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export function isOpen({ state }: OutboxRow): boolean {
  return state === 'pending' || state === 'inflight';
}

const ENTRY_VERSION = 1;

/** The stored form. Which rows are in flight is not part of it: that stands with their credential. */
export function writeEntry(entry: OutboxEntry): string {
  if (entry.kind === 'settled')
    return JSON.stringify({ v: ENTRY_VERSION, settledAtMs: entry.atMs, states: entry.states });
  const rows = entry.rows.map(({ entryKey: _, notice: __, state, ...row }) => ({
    ...row,
    state: state === 'inflight' ? 'pending' : state,
  }));
  return JSON.stringify({ v: ENTRY_VERSION, notice: entry.rows[0]?.notice, rows });
}

/** Reads the stored form; undefined for what is none, or of a later version. */
export function readEntry(entryKey: string, text: string): OutboxEntry | undefined {
  const fields = parseObject(text);
  if (fields === undefined || fields['v'] !== ENTRY_VERSION) return undefined;
  const { settledAtMs, states, notice, rows } = fields;
  if (typeof settledAtMs === 'number' && isObject(states)) {
    return { kind: 'settled', atMs: settledAtMs, states: states as Readonly<Record<string, RowState>> };
  }
  if (!isNotice(notice) || !Array.isArray(rows) || rows.length === 0 || !rows.every(isStoredRow)) return undefined;
  return { kind: 'open', rows: rows.map((row: StoredRow) => ({ ...row, entryKey, notice })) };
}

type StoredRow = Omit<OutboxRow, 'entryKey' | 'notice'>;

const NUMBERS = ['createdAtMs', 'expiresAtMs', 'heldUntilMs', 'attemptCount', 'doubtfulCount'];
const FORMS: readonly unknown[] = ['full', 'brief', 'plain'];
const STORED_STATES: readonly unknown[] = ['pending', 'sent', 'dead', 'coalesced'];
const TYPES: readonly unknown[] = NOTICE_TYPES;
const SEVERITIES: readonly unknown[] = ['info', 'warning', 'critical'];

function isStoredRow(value: unknown): boolean {
  if (!isObject(value)) return false;
  return (
    NUMBERS.every((name) => Number.isFinite(value[name])) &&
    typeof value['sink'] === 'string' &&
    typeof value['isDigested'] === 'boolean' &&
    typeof value['lastOutcome'] === 'string' &&
    (value['doubt'] === null || typeof value['doubt'] === 'string') &&
    FORMS.includes(value['form']) &&
    STORED_STATES.includes(value['state'])
  );
}

/** Whether a stored value is a notice, as far as that shows. */
export function isNotice(value: unknown): value is Notice {
  if (!isObject(value)) return false;
  return (
    ['id', 'cluster'].every((name) => typeof value[name] === 'string') &&
    TYPES.includes(value['type']) &&
    SEVERITIES.includes(value['severity'])
  );
}

/** The object that a stored text is; undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value of JSON is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
