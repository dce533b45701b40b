import { type IoClock, sleep } from '../../../base/clock.ts';
import { errorText, Failure } from '../../../base/failure.ts';
import type { Log } from '../../../base/log.ts';
import { JOURNAL_WAITING_NOTICES_COUNT_MAX, JOURNAL_WRITES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { Notice } from '../../../core/episode/notice.ts';

/** A change of what is remembered of one HPA, or of the cluster, with what is to be told of it: stored as one. */
export interface WatchChange {
  /** The HPA's uid, or `cluster`. */
  readonly place: string;
  /** Keys begin with the place and a dot; an undefined text forgets. */
  readonly entries: ReadonlyMap<string, string | undefined>;
  readonly notices: readonly Notice[];
}

/** Where changes are kept: the outbox for those that tell something, its store for the others. */
export interface JournalPorts {
  /** As `Deliveries.record`: what is known already is not told again. */
  record(change: WatchChange, signal: AbortSignal): Promise<void>;
  put(key: string, text: string, withinMs: number): void;
  remove(key: string, withinMs: number): void;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** What tells nobody anything is found out anew after a crash, and so in no hurry. */
const PUT_WITHIN_MS = 5_000;
const RETRY_MS = 2_000;

interface Waiting {
  readonly entries: Map<string, string | undefined>;
  readonly notices: Notice[];
}

/**
 * Brings changes into the store in the order in which each place has them, several places at once. What could not be
 * stored is tried again until it can; what comes meanwhile joins it.
 */
export class WatchJournal {
  readonly #ports: JournalPorts;
  readonly #ending = new AbortController();
  readonly #waiting = new Map<string, Waiting>();
  readonly #busy = new Set<string>();
  #writes = new Set<Promise<void>>();
  #noticeCount = 0;
  #reportedText = '';

  constructor(ports: JournalPorts) {
    this.#ports = ports;
  }

  /** Changes that are not stored yet. */
  get waitingCount(): number {
    return this.#waiting.size + this.#busy.size;
  }

  /** Keeps a change; resolves never, because nobody may wait for it. */
  keep({ place, entries, notices }: WatchChange): void {
    if (notices.length === 0 && !this.#waiting.has(place) && !this.#busy.has(place)) {
      for (const [key, text] of entries) {
        if (text === undefined) this.#ports.remove(key, PUT_WITHIN_MS);
        else this.#ports.put(key, text, PUT_WITHIN_MS);
      }
      return;
    }
    const waiting: Waiting = this.#waiting.get(place) ?? { entries: new Map(), notices: [] };
    for (const [key, text] of entries) waiting.entries.set(key, text);
    waiting.notices.push(...notices);
    this.#noticeCount += notices.length;
    this.#waiting.set(place, waiting);
    this.#makeRoom();
    this.#write();
  }

  /** Ends once everything is stored, or at the deadline. */
  async end(deadlineMs: number): Promise<void> {
    const { ioClock, log } = this.#ports;
    const deadline = Promise.withResolvers<void>();
    const cancel = ioClock.after(deadlineMs, deadline.resolve);
    while (this.#writes.size > 0) {
      const isOver = await Promise.race([
        Promise.all(this.#writes).then(() => false),
        deadline.promise.then(() => true),
      ]);
      if (isOver) break;
    }
    cancel();
    this.#ending.abort(new Failure('unavailable', 'the watching has ended'));
    await Promise.all(this.#writes);
    if (this.#noticeCount > 0)
      log.error('notices could not be stored and are found anew by whoever goes on', { count: this.#noticeCount });
  }

  #write(): void {
    for (const [place, change] of this.#waiting) {
      if (this.#busy.size >= JOURNAL_WRITES_COUNT_MAX || this.#ending.signal.aborted) return;
      if (this.#busy.has(place)) continue;
      this.#waiting.delete(place);
      this.#busy.add(place);
      const write: Promise<void> = this.#store(place, change).finally(() => {
        this.#writes.delete(write);
        this.#busy.delete(place);
        this.#write();
      });
      this.#writes.add(write);
    }
  }

  async #store(place: string, { entries, notices }: Waiting): Promise<void> {
    const { signal } = this.#ending;
    try {
      await this.#ports.record({ place, entries, notices }, signal);
      this.#noticeCount -= notices.length;
      this.#reportedText = '';
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#giveBack(place, { entries, notices });
      // Whoever took the store over finds all of this anew.
      if (thrown.kind === 'conflict') this.#ending.abort(thrown);
      else this.#report(errorText(thrown));
      await sleep(this.#ports.ioClock, RETRY_MS, signal).catch(() => undefined);
    }
  }

  /** What came later stands. */
  #giveBack(place: string, { entries, notices }: Waiting): void {
    const later = this.#waiting.get(place);
    this.#waiting.set(place, {
      entries: new Map([...entries, ...(later?.entries ?? [])]),
      notices: [...notices, ...(later?.notices ?? [])],
    });
  }

  #makeRoom(): void {
    if (this.#noticeCount <= JOURNAL_WAITING_NOTICES_COUNT_MAX) return;
    for (const { notices } of this.#waiting.values()) {
      const given = notices.shift();
      if (given === undefined) continue;
      this.#noticeCount -= 1;
      this.#ports.log.error('too many notices wait to be stored; the oldest is given up', { notice: given.id });
      return;
    }
  }

  #report(text: string): void {
    if (text === this.#reportedText || this.#ending.signal.aborted) return;
    this.#reportedText = text;
    this.#ports.log.warn('what is to be told could not be stored yet', { error: text });
  }
}
