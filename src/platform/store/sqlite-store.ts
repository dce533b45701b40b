import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { orAborted } from '../../base/cancellation.ts';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { STORE_CALL_MS_MAX } from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import { askThread } from '../thread/ask-thread.ts';
import type { GuardedStore, StoreChanges } from './store.ts';

/** A store in a file of this machine or of a volume. */
export interface SqliteStoreOptions {
  /** The database; `-wal` and `-shm` stand beside it. Its folder must be there. */
  readonly path: string;
  /** Differs from process to process. */
  readonly identity: string;
  readonly ioClock: IoClock;
  readonly log: Log;
}

/** What the thread is told; answered one by one. */
export type SqliteCommand =
  | { readonly kind: 'claim'; readonly path: string; readonly identity: string }
  | { readonly kind: 'write'; readonly path: string; readonly identity: string; readonly changes: StoreChanges }
  | { readonly kind: 'close' };

/** What the thread answers. */
export type SqliteAnswer =
  | { readonly kind: 'claimed'; readonly entries: ReadonlyMap<string, string>; readonly setAside: string | undefined }
  | { readonly kind: 'done' }
  /** Another process has claimed the store; nothing was written. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly message: string };

/** Who waits for a write to be answered. */
interface Waiter {
  readonly resolve: () => void;
  readonly reject: (failure: Failure) => void;
}

/**
 * A guarded store in one SQLite database, in a thread of its own, because its calls block. A commit is on the disk when
 * it resolves (write-ahead log, synchronous); those that come while a write is under way share the next transaction. The
 * database holds the name of whoever claimed it last, and every transaction looks at it first. A file that is no
 * database, or a damaged one, is set aside under the name `PATH.damaged` and told of; the store begins empty then.
 */
export class SqliteStore implements GuardedStore {
  readonly #options: SqliteStoreOptions;
  #worker: Worker | undefined;
  #standing: 'unclaimed' | 'claimed' | 'lost' = 'unclaimed';
  #changes = new Map<string, string | undefined>();
  #waiters: Waiter[] = [];
  /** When what waits must go out, monotonic ms; null when nothing waits. */
  #dueAtMs: number | null = null;
  #cancelTimer: Release = () => {};
  #writing: Promise<void> | null = null;

  constructor(options: SqliteStoreOptions) {
    this.#options = options;
  }

  async claim(signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    await this.#writing;
    this.#drop();
    const { path, identity, log } = this.#options;
    const answer = await orAborted(this.#ask({ kind: 'claim', path, identity }), signal);
    if (answer.kind !== 'claimed') throw this.#failureOf(answer);
    if (answer.setAside !== undefined) {
      log.error('the store was damaged, and a new one is begun', { path, setAside: answer.setAside });
    }
    this.#standing = 'claimed';
    return answer.entries;
  }

  put(key: string, text: string, withinMs: number): void {
    this.#set(key, text, withinMs);
  }

  remove(key: string, withinMs: number): void {
    this.#set(key, undefined, withinMs);
  }

  commit(key: string, text: string, signal: AbortSignal): Promise<void> {
    return this.append(new Map([[key, text]]), signal);
  }

  async append(changes: StoreChanges, signal: AbortSignal): Promise<void> {
    if (this.#standing !== 'claimed') throw this.#lostFailure();
    for (const [key, text] of changes) this.#changes.set(key, text);
    const written = Promise.withResolvers<void>();
    // Nobody may be waiting any longer when it fails.
    written.promise.catch(() => undefined);
    this.#waiters.push(written);
    this.#begin();
    await orAborted(written.promise, signal);
  }

  async release(deadlineMs: number): Promise<void> {
    const cancel = this.#options.ioClock.after(deadlineMs, () => this.#stopThread());
    if (deadlineMs > 0 && this.#changes.size > 0) this.#begin();
    await this.#writing;
    if (deadlineMs > 0 && this.#worker !== undefined) await this.#ask({ kind: 'close' }).catch(() => undefined);
    cancel();
    this.#drop();
    this.#stopThread();
  }

  #set(key: string, text: string | undefined, withinMs: number): void {
    if (this.#standing !== 'claimed') return;
    this.#changes.set(key, text);
    const dueAtMs = this.#options.ioClock.monotonicMs() + withinMs;
    if (this.#dueAtMs !== null && this.#dueAtMs <= dueAtMs) return;
    this.#dueAtMs = dueAtMs;
    this.#wait();
  }

  #wait(): void {
    this.#cancelTimer();
    if (this.#dueAtMs === null || this.#writing !== null) return;
    const { ioClock } = this.#options;
    this.#cancelTimer = ioClock.after(this.#dueAtMs - ioClock.monotonicMs(), () => this.#begin());
  }

  /** Writes what waits, unless a write is under way; that one's end sees to the rest. */
  #begin(): void {
    if (this.#writing !== null || this.#standing !== 'claimed') return;
    this.#cancelTimer();
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
      if (this.#standing !== 'claimed') this.#rejectAll();
      else if (this.#waiters.length > 0) this.#begin();
      else this.#wait();
    });
  }

  /** One transaction of everything that waits. Never rejects. */
  async #write(): Promise<void> {
    const changes = this.#changes;
    const waiters = this.#waiters;
    this.#changes = new Map();
    this.#waiters = [];
    this.#dueAtMs = null;
    try {
      const { path, identity } = this.#options;
      const answer = await this.#ask({ kind: 'write', path, identity, changes });
      if (answer.kind !== 'done') throw this.#failureOf(answer);
      for (const waiter of waiters) waiter.resolve();
    } catch (thrown) {
      const failure = thrown instanceof Failure ? thrown : new Failure('unavailable', errorText(thrown));
      // What came meanwhile is newer.
      this.#changes = new Map([...changes, ...this.#changes]);
      this.#dueAtMs ??= this.#options.ioClock.monotonicMs() + RETRY_MS;
      this.#options.log.warn('the store could not be written', { error: failure.message });
      for (const waiter of waiters) waiter.reject(failure);
    }
  }

  #failureOf(answer: SqliteAnswer): Failure {
    if (answer.kind === 'lost') {
      this.#standing = 'lost';
      return this.#lostFailure();
    }
    const message = answer.kind === 'failed' ? answer.message : `an answer ${answer.kind}`;
    return new Failure('unavailable', `${this.#options.path}: ${message}`);
  }

  #lostFailure(): Failure {
    return new Failure('conflict', `${this.#options.path} is not this process’s: another one took it over`);
  }

  #rejectAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(this.#lostFailure());
  }

  #drop(): void {
    this.#cancelTimer();
    this.#standing = 'unclaimed';
    this.#changes.clear();
    this.#dueAtMs = null;
    this.#rejectAll();
  }

  #stopThread(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.terminate().catch(() => undefined);
  }

  /** One command, answered before the next is sent. Rejects when the thread ends or does not answer in time. */
  async #ask(command: SqliteCommand): Promise<SqliteAnswer> {
    this.#worker ??= startWorker();
    const worker = this.#worker;
    const { ioClock, path } = this.#options;
    const deadline = new AbortController();
    const cancel = ioClock.after(STORE_CALL_MS_MAX, () => deadline.abort(new Error('the disk does not answer')));
    try {
      return await askThread(worker, command, { name: 'the thread of the store', signal: deadline.signal });
    } catch (thrown) {
      // A thread that failed is not asked again; the next command gets a new one.
      if (this.#worker === worker) this.#stopThread();
      throw new Failure('unavailable', `${path}: ${errorText(thrown)}`, { cause: thrown });
    } finally {
      cancel();
    }
  }
}

/** After a write that failed. */
const RETRY_MS = 1_000;

function startWorker(): Worker {
  // The file stands beside this one, in whichever of the two languages the program runs.
  const worker = new Worker(new URL(`./sqlite-thread${extname(import.meta.url)}`, import.meta.url));
  worker.unref();
  return worker;
}
