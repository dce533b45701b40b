/**
 * Small texts by key that outlive the process and have one writer at a time: whoever claims the store last. Everything
 * that a writer before stored is there for the next, and of what it tries afterwards nothing arrives.
 */
export interface GuardedStore {
  /**
   * Makes the store this process's and reads all of it; to be called at the beginning of each term. Throws Failure when
   * that cannot be done; then nothing is claimed.
   */
  claim(signal: AbortSignal): Promise<ReadonlyMap<string, string>>;
  /** Keeps `text` under the key, stored within `withinMs` of real time, or later while the server is away. */
  put(key: string, text: string, withinMs: number): void;
  /**
   * Stores `text` at once, with whatever waits for the same place; resolves when it is stored. Throws Failure when it is
   * not, or not known to be: `conflict` when another process has claimed the store.
   */
  commit(key: string, text: string, signal: AbortSignal): Promise<void>;
  /**
   * Stores all of these changes or none of them, at once, as `commit` does; an undefined text forgets its key. What is
   * to be stored together has one place: its keys are alike up to their first dot.
   */
  append(changes: StoreChanges, signal: AbortSignal): Promise<void>;
  /** Forgets the key, stored as `put` is. */
  remove(key: string, withinMs: number): void;
  /** Stores what waits, as far as that goes within the deadline, and lets the store go. */
  release(deadlineMs: number): Promise<void>;
}

/** What becomes of keys; an undefined text forgets. Keys are letters, digits, `-`, `_` and `.`, at most 253 of them. */
export type StoreChanges = ReadonlyMap<string, string | undefined>;

/** The part of a key that says what it can be stored together with: up to its first dot, or all of it. */
export function placeOf(key: string): string {
  const dot = key.indexOf('.');
  return dot === -1 ? key : key.slice(0, dot);
}
