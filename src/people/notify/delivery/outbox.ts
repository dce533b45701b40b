import { OUTBOX_NOTICES_COUNT_MAX, OUTBOX_SETTLED_COUNT_MAX } from '../../../base/notifier-limits.ts';
import { weightOf } from '../../../core/episode/severity.ts';
import type { GuardedStore } from '../../../platform/store/store.ts';
import { placeOf, type StoreChanges } from '../../../platform/store/store.ts';
import { isOpen, type OutboxEntry, type OutboxRow, type RowState, readEntry, writeEntry } from './outbox-row.ts';

/** How long it is remembered that a notice was told, so that nobody is told twice. */
const SETTLED_MS = 86_400_000;
/** Forgetting is in no hurry. */
const FORGET_WITHIN_MS = 60_000;

/**
 * What is to be told, in process and in the store. A row is in process only once it is stored; what has been decided of
 * it counts in process at once, and in the store when `keep` resolves.
 */
export class Outbox {
  readonly #store: GuardedStore;
  /** Notices with open rows, by the key of their entry, in the order in which they came. */
  readonly #open = new Map<string, ReadonlyMap<string, OutboxRow>>();
  /** What was told or given up, the oldest first. */
  readonly #settled = new Map<string, Extract<OutboxEntry, { kind: 'settled' }>>();
  /** Keys of entries with open rows, by sink. */
  readonly #bySink = new Map<string, Set<string>>();

  constructor(store: GuardedStore) {
    this.#store = store;
  }

  /** Takes over what is stored; how many entries could not be read. */
  restore(entries: Iterable<readonly [key: string, text: string]>): number {
    let unreadableCount = 0;
    const settled: [string, Extract<OutboxEntry, { kind: 'settled' }>][] = [];
    const open: (readonly OutboxRow[])[] = [];
    for (const [key, text] of entries) {
      const entry = readEntry(key, text);
      if (entry === undefined) unreadableCount += 1;
      else if (entry.kind === 'settled') settled.push([key, entry]);
      else open.push(entry.rows);
    }
    for (const [key, entry] of settled.sort(([, left], [, right]) => left.atMs - right.atMs)) {
      this.#settled.set(key, entry);
    }
    open.sort(([left], [right]) => (left?.createdAtMs ?? 0) - (right?.createdAtMs ?? 0));
    for (const rows of open) this.#adopt(rows);
    return unreadableCount;
  }

  /** Whether the notice is there, or was. */
  knows(entryKey: string): boolean {
    return this.#open.has(entryKey) || this.#settled.has(entryKey);
  }

  /** Whether there is room for so many notices more. */
  hasRoom(count: number): boolean {
    return this.#open.size + count <= OUTBOX_NOTICES_COUNT_MAX;
  }

  hasOpenRows(sink: string): boolean {
    return (this.#bySink.get(sink)?.size ?? 0) > 0;
  }

  /** The open rows of a sink in the order in which they came. */
  *openRowsOf(sink: string): Iterable<OutboxRow> {
    for (const key of this.#bySink.get(sink) ?? []) {
      const row = this.#open.get(key)?.get(sink);
      if (row !== undefined && isOpen(row)) yield row;
    }
  }

  /** Sinks that open rows are for, also those that are no longer configured. */
  sinks(): readonly string[] {
    return [...this.#bySink].filter(([, keys]) => keys.size > 0).map(([sink]) => sink);
  }

  /** All rows of a notice; none when none is open. */
  rowsOf(entryKey: string): readonly OutboxRow[] {
    return [...(this.#open.get(entryKey)?.values() ?? [])];
  }

  /** The notice of lowest severity that nothing is under way of, the oldest of these: what gives way when there is no room. */
  leastImportant(): readonly OutboxRow[] {
    let least: ReadonlyMap<string, OutboxRow> | undefined;
    for (const rows of this.#open.values()) {
      if ([...rows.values()].some(({ state }) => state === 'inflight')) continue;
      if (least === undefined || noticeWeightOf(rows) < noticeWeightOf(least)) least = rows;
      if (noticeWeightOf(least) === 0) break;
    }
    return [...(least?.values() ?? [])].filter(isOpen);
  }

  /** Stores new rows with whatever belongs to the same change; only then they are here. Throws Failure as the store. */
  async add(rows: readonly OutboxRow[], beside: StoreChanges, signal: AbortSignal): Promise<void> {
    const byEntry = Map.groupBy(rows, ({ entryKey }) => entryKey);
    const changes = new Map(beside);
    for (const [key, entryRows] of byEntry) changes.set(key, writeEntry({ kind: 'open', rows: entryRows }));
    if (changes.size > 0) await this.#store.append(changes, signal);
    for (const entryRows of byEntry.values()) this.#adopt(entryRows);
  }

  /** What has become of rows, or further rows of their notices. */
  update(rows: readonly OutboxRow[], nowMs: number): void {
    for (const row of rows) {
      const known = this.#open.get(row.entryKey);
      if (known !== undefined) this.#set(row.entryKey, new Map(known).set(row.sink, row), nowMs);
    }
  }

  /** Stores the entries as they are. Throws Failure as the store. */
  async keep(entryKeys: Iterable<string>, signal: AbortSignal): Promise<void> {
    const places = Map.groupBy(new Set(entryKeys), placeOf);
    await Promise.all(
      [...places.values()].map((keys) =>
        this.#store.append(new Map(keys.map((key) => [key, this.#textOf(key)])), signal),
      ),
    );
  }

  /** Forgets what was told long ago, or before too many others. */
  forgetOld(nowMs: number): void {
    for (const [key, { atMs }] of this.#settled) {
      if (this.#settled.size <= OUTBOX_SETTLED_COUNT_MAX && nowMs - atMs < SETTLED_MS) return;
      this.#settled.delete(key);
      this.#store.remove(key, FORGET_WITHIN_MS);
    }
  }

  clear(): void {
    this.#open.clear();
    this.#settled.clear();
    this.#bySink.clear();
  }

  #adopt(rows: readonly OutboxRow[]): void {
    const [first] = rows;
    if (first !== undefined) this.#set(first.entryKey, new Map(rows.map((row) => [row.sink, row])), 0);
  }

  #set(key: string, rows: ReadonlyMap<string, OutboxRow>, nowMs: number): void {
    for (const row of rows.values()) {
      const keys = this.#bySink.get(row.sink) ?? new Set();
      this.#bySink.set(row.sink, keys);
      if (isOpen(row)) keys.add(key);
      else keys.delete(key);
    }
    if ([...rows.values()].some(isOpen)) {
      this.#open.set(key, rows);
      return;
    }
    this.#open.delete(key);
    const states: Record<string, RowState> = {};
    for (const { sink, state } of rows.values()) states[sink] = state;
    this.#settled.set(key, { kind: 'settled', atMs: nowMs, states });
  }

  #textOf(key: string): string | undefined {
    const rows = this.#open.get(key);
    const entry: OutboxEntry | undefined =
      rows === undefined ? this.#settled.get(key) : { kind: 'open', rows: [...rows.values()] };
    return entry === undefined ? undefined : writeEntry(entry);
  }
}

/** Of the notice that all of these rows are of. */
function noticeWeightOf(rows: ReadonlyMap<string, OutboxRow>): number {
  const [first] = rows.values();
  return weightOf(first?.notice.severity ?? 'info');
}
