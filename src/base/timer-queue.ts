import type { Release } from './clock.ts';

/** What a timer does; a promise it returns is work that the timer has begun and not finished. */
export type TimerCallback = () => unknown;

/** A timer taken from the queue. */
export interface DueTimer {
  readonly atMs: number;
  readonly callback: TimerCallback;
}

interface Entry extends DueTimer {
  readonly sequence: number;
  isCancelled: boolean;
}

/**
 * Timers in the order in which they are due; timers of the same instant in the order in which they were set. A binary
 * heap: setting and taking cost O(log n), cancelling O(1).
 */
export class TimerQueue {
  #heap: Entry[] = [];
  #sequence = 0;
  #liveCount = 0;

  get size(): number {
    return this.#liveCount;
  }

  add(atMs: number, callback: TimerCallback): Release {
    const entry: Entry = { atMs, callback, sequence: this.#sequence++, isCancelled: false };
    this.#liveCount++;
    this.#heap.push(entry);
    this.#siftUp(this.#heap.length - 1);
    return () => {
      if (entry.isCancelled) return;
      entry.isCancelled = true;
      this.#liveCount--;
      this.#dropCancelledBulk();
    };
  }

  /** When the next timer is due; undefined when there is none. */
  nextAtMs(): number | undefined {
    this.#dropCancelledHead();
    return this.#heap[0]?.atMs;
  }

  /** Takes the next timer when it is due at or before `atMs`. */
  takeDue(atMs: number): DueTimer | undefined {
    this.#dropCancelledHead();
    const head = this.#heap[0];
    if (head === undefined || head.atMs > atMs) return undefined;
    this.#removeHead();
    head.isCancelled = true;
    this.#liveCount--;
    return head;
  }

  #dropCancelledHead(): void {
    while (this.#heap[0]?.isCancelled) this.#removeHead();
  }

  /** Deadlines are set and cancelled far more often than they fire: the dead must not outnumber the living for long. */
  #dropCancelledBulk(): void {
    if (this.#heap.length < 64 || this.#heap.length < 2 * this.#liveCount) return;
    this.#heap = this.#heap.filter((entry) => !entry.isCancelled).sort(byDue);
  }

  #removeHead(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#siftDown();
  }

  #siftUp(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #siftDown(): void {
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = this.#isBefore(right, left) ? right : left;
      if (!this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBefore(index: number, other: number): boolean {
    const entry = this.#heap[index];
    const rival = this.#heap[other];
    return entry !== undefined && rival !== undefined && byDue(entry, rival) < 0;
  }

  #swapIfBefore(index: number, other: number): boolean {
    const entry = this.#heap[index];
    const rival = this.#heap[other];
    if (entry === undefined || rival === undefined || byDue(entry, rival) >= 0) return false;
    this.#heap[index] = rival;
    this.#heap[other] = entry;
    return true;
  }
}

function byDue(left: Entry, right: Entry): number {
  return left.atMs - right.atMs || left.sequence - right.sequence;
}
