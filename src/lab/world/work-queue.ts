import type { Clock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';

/**
 * What can be looked at; those further left go first. Pods come before those who count them: a thousand pods that
 * change in one instant are one change to their owner, not a thousand.
 */
export const WORK_KINDS = [
  'pod',
  'replicaSet',
  'replicationController',
  'statefulSet',
  'customResource',
  'deployment',
  'service',
] as const;

export type WorkKind = (typeof WORK_KINDS)[number];

export interface WorkItem {
  readonly kind: WorkKind;
  /** `namespace/name`; of a custom resource `group/resource/namespace/name`. */
  readonly key: string;
}

interface Waiting {
  readonly items: Map<string, WorkItem>;
  readonly cancel: Release;
}

const RETRY_INITIAL_MS = 1_000;
const RETRY_MS_MAX = 60_000;

/**
 * Objects to look at, each once however often it was named, one at a time in a fixed order. Holds the domain clock from
 * the first item until nothing is left. `process` says when to look again, epoch ms; a Failure is tried again later,
 * anything else thrown is our bug and lays the item aside until it changes.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #process: (item: WorkItem) => Promise<number | undefined>;
  readonly #pending = new Map<string, WorkItem>();
  /** Items that wait for the same instant share one timer, so that they are looked at together. */
  readonly #waiting = new Map<number, Waiting>();
  readonly #wakeAtMs = new Map<string, number>();
  readonly #retryMs = new Map<string, number>();
  #isDraining = false;
  #isStopped = false;

  constructor(clock: Clock, log: Log, process: (item: WorkItem) => Promise<number | undefined>) {
    this.#clock = clock;
    this.#log = log;
    this.#process = process;
  }

  add(kind: WorkKind, key: string): void {
    if (this.#isStopped) return;
    this.#pending.set(orderText(kind, key), { kind, key });
    if (this.#isDraining) return;
    this.#isDraining = true;
    const release = this.#clock.hold('world');
    // Whoever adds goes on first, so that what changes together is looked at together.
    Promise.resolve()
      .then(() => this.#drain())
      .finally(release)
      .catch((thrown: unknown) => this.#log.error('the world stands still', { error: errorText(thrown) }));
  }

  /** Forgets everything; the item in process is finished. */
  stop(): void {
    this.#isStopped = true;
    this.#pending.clear();
    for (const { cancel } of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        const next = this.#takeFirst();
        if (next === undefined) return;
        await this.#look(next);
      }
    } finally {
      this.#isDraining = false;
    }
  }

  #takeFirst(): WorkItem | undefined {
    let first: string | undefined;
    for (const text of this.#pending.keys()) if (first === undefined || text < first) first = text;
    if (first === undefined) return undefined;
    const item = this.#pending.get(first);
    this.#pending.delete(first);
    return item;
  }

  async #look(item: WorkItem): Promise<void> {
    const text = orderText(item.kind, item.key);
    this.#forgetWake(text);
    try {
      const wakeAtMs = await this.#process(item);
      this.#retryMs.delete(text);
      if (wakeAtMs !== undefined) this.#addAt(item, wakeAtMs);
    } catch (thrown) {
      if (!(thrown instanceof Failure)) {
        this.#log.error('an object is laid aside', { ...item, error: errorText(thrown) });
        return;
      }
      const retryMs = Math.min(RETRY_MS_MAX, 2 * (this.#retryMs.get(text) ?? RETRY_INITIAL_MS / 2));
      this.#retryMs.set(text, retryMs);
      this.#log.warn('a write failed', { ...item, error: thrown.message, retryMs });
      this.#addAt(item, this.#clock.nowMs() + retryMs);
    }
  }

  #addAt(item: WorkItem, atMs: number): void {
    if (this.#isStopped) return;
    const text = orderText(item.kind, item.key);
    this.#wakeAtMs.set(text, atMs);
    const waiting = this.#waiting.get(atMs);
    if (waiting !== undefined) {
      waiting.items.set(text, item);
      return;
    }
    const cancel = this.#clock.after(Math.max(0, atMs - this.#clock.nowMs()), () => this.#wake(atMs));
    this.#waiting.set(atMs, { items: new Map([[text, item]]), cancel });
  }

  #wake(atMs: number): void {
    const waiting = this.#waiting.get(atMs);
    this.#waiting.delete(atMs);
    for (const [text, { kind, key }] of waiting?.items ?? []) {
      this.#wakeAtMs.delete(text);
      this.add(kind, key);
    }
  }

  #forgetWake(text: string): void {
    const atMs = this.#wakeAtMs.get(text);
    if (atMs === undefined) return;
    this.#wakeAtMs.delete(text);
    const waiting = this.#waiting.get(atMs);
    waiting?.items.delete(text);
    if (waiting?.items.size !== 0) return;
    waiting.cancel();
    this.#waiting.delete(atMs);
  }
}

function orderText(kind: WorkKind, key: string): string {
  return `${WORK_KINDS.indexOf(kind)} ${key}`;
}
