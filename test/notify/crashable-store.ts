import { Failure } from '../../src/base/failure.ts';
import type { GuardedStore, StoreChanges } from '../../src/platform/store/store.ts';

/** What outlives processes: entries, and the process that claimed them last. */
export class StoredEntries {
  readonly entries = new Map<string, string>();
  holder: CrashableStore | undefined;
}

/** Told before and after each durable write; what it returns true for ends the process there. */
export type WriteWatch = (changes: StoreChanges, moment: 'before' | 'after') => boolean;

/**
 * A guarded store in memory. Once it is killed, nothing of it arrives any more: what is left of the process is told that
 * the store is another one's, so that it comes to rest.
 */
export class CrashableStore implements GuardedStore {
  readonly #stored: StoredEntries;
  readonly #watch: WriteWatch;
  #waiting = new Map<string, string | undefined>();
  isKilled = false;
  /** Refuses writes while true, as a server that is away. */
  isAway = false;

  constructor(stored: StoredEntries, watch: WriteWatch = () => false) {
    this.#stored = stored;
    this.#watch = watch;
  }

  async claim(): Promise<ReadonlyMap<string, string>> {
    this.#stored.holder = this;
    return new Map(this.#stored.entries);
  }

  /** Stored with the next write: until then a crash loses it. */
  put(key: string, text: string): void {
    this.#waiting.set(key, text);
  }

  remove(key: string): void {
    this.#waiting.set(key, undefined);
  }

  commit(key: string, text: string): Promise<void> {
    return this.append(new Map([[key, text]]));
  }

  async append(changes: StoreChanges): Promise<void> {
    if (this.isKilled) this.#die();
    if (this.isAway) throw new Failure('unavailable', 'the store is away');
    if (this.#stored.holder !== this) throw new Failure('conflict', 'another process took the store over');
    if (this.#watch(changes, 'before')) this.#die();
    const all = new Map([...this.#waiting, ...changes]);
    this.#waiting = new Map();
    for (const [key, text] of all) {
      if (text === undefined) this.#stored.entries.delete(key);
      else this.#stored.entries.set(key, text);
    }
    if (this.#watch(changes, 'after')) this.#die();
  }

  async release(): Promise<void> {
    if (this.#waiting.size > 0 && !this.isKilled) await this.append(new Map());
  }

  #die(): never {
    this.isKilled = true;
    throw new Failure('conflict', 'the process has ended');
  }
}
