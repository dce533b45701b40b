import type { SyncCause } from '../facts/report.ts';

/** A sync that is due. `dueAtMs` is when it should have started. */
export interface DueSync {
  readonly keyText: string;
  readonly dueAtMs: number;
  readonly cause: SyncCause;
}

interface Entry {
  dueAtMs: number;
  cause: SyncCause;
  /** Where the HPA's regular syncs stand: any instant congruent to them modulo the period. */
  anchorMs: number;
  /** From one regular sync to the next. */
  periodMs: number;
  isRunning: boolean;
  /** Asked for while a sync of the same key was running. */
  askedAgain: SyncCause | null;
  /** Removed while a sync of the same key was running: forgotten when that is over. */
  isRemoved: boolean;
}

/** How much later than a period the next sync comes; a thousandth of short periods. */
const DRIFT_MS_MAX = 5;

/**
 * From one sync of an HPA to its next. A window is as a rule a whole number of periods, and on an exact grid it would be
 * left to the timers whether a recommendation as old as the window still counts. Upstream's next sync comes a period
 * after the *end* of the one before, so there it never does: this cadence drifts alike.
 */
export function cadenceMs(syncPeriodMs: number): number {
  return syncPeriodMs + Math.min(DRIFT_MS_MAX, syncPeriodMs / 1000);
}

/**
 * When each HPA is synced next. An HPA keeps its own rhythm: each regular sync is a whole number of periods after the
 * one before, however long that took, and periods that were missed are skipped, never caught up. One key is never
 * handed out twice at once.
 */
export class Schedule {
  readonly #periodMs: number;
  /** How many keys have a period of their own, by period. */
  readonly #ownPeriods = new Map<number, number>();
  readonly #entries = new Map<string, Entry>();
  /** Keys by due time: a binary heap of snapshots, of which those that no longer agree with the entry are skipped. */
  readonly #heap: { readonly dueAtMs: number; readonly keyText: string }[] = [];

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  has(keyText: string): boolean {
    return this.#entries.get(keyText)?.isRemoved === false;
  }

  /**
   * Adds a key: first due at `dueAtMs`, then at the instants of `anchorMs` plus whole periods, its own where it has one.
   */
  add(keyText: string, dueAtMs: number, anchorMs: number, ownPeriodMs: number | null = null): void {
    const known = this.#entries.get(keyText);
    const periodMs = ownPeriodMs ?? this.#periodMs;
    this.#countPeriod(known?.periodMs ?? null, periodMs);
    if (known?.isRunning) {
      known.isRemoved = false;
      known.askedAgain = 'created';
      known.periodMs = periodMs;
      return;
    }
    this.#entries.set(keyText, {
      dueAtMs,
      cause: 'created',
      anchorMs,
      periodMs,
      isRunning: false,
      askedAgain: null,
      isRemoved: false,
    });
    this.#push(dueAtMs, keyText);
  }

  /** Gives the key a period of its own, or with null the common one, from its next sync on. */
  setPeriod(keyText: string, ownPeriodMs: number | null): void {
    const entry = this.#entries.get(keyText);
    if (entry === undefined) return;
    const periodMs = ownPeriodMs ?? this.#periodMs;
    this.#countPeriod(entry.periodMs, periodMs);
    entry.periodMs = periodMs;
  }

  /** The shortest period that any key has. */
  shortestPeriodMs(): number {
    return Math.min(this.#periodMs, ...this.#ownPeriods.keys());
  }

  /** Makes the key due now, or again as soon as its running sync is over; the rhythm starts anew from there. */
  hasten(keyText: string, nowMs: number, cause: SyncCause): void {
    const entry = this.#entries.get(keyText);
    if (entry === undefined) return;
    if (entry.isRunning) {
      entry.askedAgain = cause;
      return;
    }
    if (entry.dueAtMs <= nowMs) return;
    entry.dueAtMs = nowMs;
    entry.anchorMs = nowMs;
    entry.cause = cause;
    this.#push(nowMs, keyText);
  }

  remove(keyText: string): void {
    const entry = this.#entries.get(keyText);
    if (entry?.isRunning) entry.isRemoved = true;
    else if (entry !== undefined) this.#drop(keyText, entry);
  }

  /** When the next key is due; undefined when none waits. */
  nextAtMs(): number | undefined {
    this.#dropOutdatedHead();
    return this.#heap[0]?.dueAtMs;
  }

  /** Takes the key that is due longest; undefined when none is due at `nowMs`. It is running until `finish`. */
  take(nowMs: number): DueSync | undefined {
    this.#dropOutdatedHead();
    const head = this.#heap[0];
    if (head === undefined || head.dueAtMs > nowMs) return undefined;
    this.#popHead();
    const entry = this.#entries.get(head.keyText);
    if (entry === undefined) return undefined;
    entry.isRunning = true;
    return { keyText: head.keyText, dueAtMs: entry.dueAtMs, cause: entry.cause };
  }

  /** The sync of a taken key is over: the key waits for its next period, unless it was removed meanwhile. */
  finish(keyText: string, nowMs: number): void {
    const entry = this.#entries.get(keyText);
    if (entry === undefined || !entry.isRunning) return;
    entry.isRunning = false;
    if (entry.isRemoved) {
      this.#drop(keyText, entry);
      return;
    }
    if (entry.askedAgain !== null) {
      entry.cause = entry.askedAgain;
      entry.askedAgain = null;
      entry.dueAtMs = nowMs;
      entry.anchorMs = nowMs;
    } else {
      entry.cause = 'period';
      entry.dueAtMs = this.#nextRegular(entry, nowMs);
    }
    this.#push(entry.dueAtMs, keyText);
  }

  /** How many keys are due and not yet taken. */
  dueCount(nowMs: number): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (!entry.isRunning && entry.dueAtMs <= nowMs) count++;
    return count;
  }

  /** Lateness of the key that has been due longest; 0 when none is due. Running keys do not count. */
  latenessMs(nowMs: number): number {
    const next = this.nextAtMs();
    return next === undefined ? 0 : Math.max(0, nowMs - next);
  }

  /** Which keys are being synced or come due up to `untilMs`, in no particular order. */
  activeUntil(untilMs: number): readonly string[] {
    const keys: string[] = [];
    for (const [keyText, entry] of this.#entries) if (entry.isRunning || entry.dueAtMs <= untilMs) keys.push(keyText);
    return keys;
  }

  /**
   * The first regular instant after now that is at least half a period after the sync that just ended was due, so that
   * an HPA whose first sync came early waits neither for nothing nor for two periods.
   */
  #nextRegular(entry: Entry, nowMs: number): number {
    const { periodMs, anchorMs } = entry;
    const earliestMs = Math.max(entry.dueAtMs + periodMs / 2, nowMs + 1);
    const periods = Math.ceil((earliestMs - anchorMs) / periodMs);
    return anchorMs + periods * periodMs;
  }

  #drop(keyText: string, { periodMs }: Entry): void {
    this.#entries.delete(keyText);
    this.#countPeriod(periodMs, null);
  }

  #countPeriod(beforeMs: number | null, afterMs: number | null): void {
    if (beforeMs === afterMs) return;
    if (beforeMs !== null && beforeMs !== this.#periodMs) {
      const count = this.#ownPeriods.get(beforeMs) ?? 0;
      if (count > 1) this.#ownPeriods.set(beforeMs, count - 1);
      else this.#ownPeriods.delete(beforeMs);
    }
    if (afterMs !== null && afterMs !== this.#periodMs) {
      this.#ownPeriods.set(afterMs, (this.#ownPeriods.get(afterMs) ?? 0) + 1);
    }
  }

  #push(dueAtMs: number, keyText: string): void {
    const heap = this.#heap;
    heap.push({ dueAtMs, keyText });
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isBefore(child, parent)) break;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #popHead(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let parent = 0;
    for (;;) {
      const left = parent * 2 + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const least = right < heap.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(least, parent)) return;
      this.#swap(least, parent);
      parent = least;
    }
  }

  #dropOutdatedHead(): void {
    for (let head = this.#heap[0]; head !== undefined; head = this.#heap[0]) {
      const entry = this.#entries.get(head.keyText);
      if (entry !== undefined && !entry.isRunning && entry.dueAtMs === head.dueAtMs) return;
      this.#popHead();
    }
  }

  #isBefore(left: number, right: number): boolean {
    return (this.#heap[left]?.dueAtMs ?? 0) < (this.#heap[right]?.dueAtMs ?? 0);
  }

  #swap(left: number, right: number): void {
    const heap = this.#heap;
    const moved = heap[left];
    const other = heap[right];
    if (moved === undefined || other === undefined) return;
    heap[left] = other;
    heap[right] = moved;
  }
}
