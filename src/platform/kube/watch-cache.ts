import { type DeliveryLedger, sleep } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { CallContext } from './api-call.ts';
import { ApiFailure, isExpired } from './api-failure.ts';
import { Backoff } from './backoff.ts';
import type { KubeObject, ListQuery, ResourceType } from './client.ts';
import { callContext, type KubeClientOptions } from './kube-client.ts';
import { readPages } from './list-pages.ts';
import { ObjectStore } from './object-store.ts';
import type { Reflector, StoreListener } from './reflector.ts';
import { collectionPath, selectionParameters, withQuery } from './resource-path.ts';
import { followWatch, type WatchEvent, WatchSilence, type WatchStreamOptions } from './watch-stream.ts';

/** What a watch cache holds and how it gets it. */
export interface ReflectorOptions<T extends KubeObject, P> {
  readonly type: ResourceType;
  /** Null or absent: all namespaces. */
  readonly namespace?: string | null;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Keeps what the users need; called once for each object that arrives, which is dropped afterwards. */
  readonly project: (object: T) => P;
  /** Asks for the first list as a stream (`sendInitialEvents`), falling back when refused; true when absent. */
  readonly isListStreamed?: boolean;
  /** The longest wait between two attempts, its jitter included; a minute when absent. Real ms. */
  readonly retryMsMax?: number;
  /** Tells a clock at full speed which events have arrived; the name is the cache's own within the process. */
  readonly delivery?: { readonly ledger: DeliveryLedger; readonly name: string };
}

/** Makes a watch cache; nothing happens before `start`. */
export function createReflector<T extends KubeObject, P>(
  client: KubeClientOptions,
  options: ReflectorOptions<T, P>,
): Reflector<T, P> {
  return new WatchCache(callContext(client), options);
}

/** client-go's reflector waits as long between its attempts: up to 30 s, stretched by up to as much again. */
const RETRY_INITIAL_MS = 800;
const RETRY_MS_MAX = 60_000;
/** The server ends a watch after 300–600 s, at random so that not all watches end together. */
const WATCH_SECONDS_MIN = 300;
/** Bookmarks come about once a minute: two and a half of them missed is a dead connection. */
const IDLE_LIMIT_MS = 150_000;
/** While a list is streamed, silence means that the server ignores the parameter, and so does a stream without an end. */
const LIST_IDLE_LIMIT_MS = 10_000;
const LIST_STREAM_MS_MAX = 120_000;
const HEAD_DEADLINE_MS = 30_000;
const PAGE_DEADLINE_MS = 60_000;
/** A watch that ends sooner, and without an event, counts as a failure: no hot loop against a server that ends all at once. */
const HEALTHY_WATCH_MS = 1_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
/** Refusals that say nothing about whether the server can stream a list, or whether a version is lost. */
const PASSING_REFUSALS: ReadonlySet<number> = new Set([401, 403, 429, 503, 504]);

/** How one watch connection ended. */
interface StreamEnd {
  /** Undefined after a clean end. */
  readonly failure: Failure | undefined;
  readonly isHealthy: boolean;
}

class WatchCache<T extends KubeObject, P> implements Reflector<T, P> {
  readonly #context: CallContext;
  readonly #options: ReflectorOptions<T, P>;
  readonly #store: ObjectStore<T, P>;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  readonly #synced = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #isSynced = false;
  #isStreamOpen = false;
  #needsList = true;
  #isListStreamed: boolean;
  #lastContactMs: number;
  #streamCount = 0;
  #reportedText = '';

  constructor(context: CallContext, options: ReflectorOptions<T, P>) {
    const log = context.log.with({
      resource: options.type.resource,
      ...(options.namespace ? { namespace: options.namespace } : {}),
    });
    this.#context = { ...context, log };
    this.#options = options;
    this.#store = new ObjectStore(options.project, log);
    const maxMs = (options.retryMsMax ?? RETRY_MS_MAX) / 2;
    this.#backoff = new Backoff({ initialMs: RETRY_INITIAL_MS, maxMs, random: context.random });
    this.#isListStreamed = options.isListStreamed ?? true;
    this.#lastContactMs = context.ioClock.monotonicMs();
    // Whoever does not wait for the first list must not be met by its rejection.
    this.#synced.promise.catch(() => undefined);
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  get isFollowing(): boolean {
    return this.#isStreamOpen && !this.#needsList;
  }

  get lastContactMs(): number {
    return this.#lastContactMs;
  }

  get size(): number {
    return this.#store.size;
  }

  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#synced.promise;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Failure('unavailable', `the watch cache of ${this.#options.type.resource} was stopped`));
    this.#synced.reject(this.#stopping.signal.reason);
    await this.#running;
  }

  get(key: string): P | undefined {
    return this.#store.get(key);
  }

  values(): IterableIterator<P> {
    return this.#store.values();
  }

  subscribe(listener: StoreListener<P>): () => void {
    return this.#store.subscribe(listener);
  }

  absorb(object: T): void {
    this.#store.absorb(object);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const waitMs = await this.#cycle();
      // Being stopped while asleep is no failure.
      if (waitMs > 0) await sleep(this.#context.ioClock, waitMs, signal).catch(() => undefined);
    }
  }

  /** From wherever the cache stands to the end of one watch; answers how long to wait before the next. */
  async #cycle(): Promise<number> {
    if (this.#needsList && !this.#isListStreamed) {
      const failure = await this.#readList();
      if (failure !== undefined) return this.#failed(failure);
    }
    const end = await this.#followStream();
    if (this.#stopping.signal.aborted) return 0;
    if (this.#needsList && this.#isListStreamed && isListStreamRefused(end)) {
      this.#context.log.debug('the server does not stream lists; reading pages instead', {
        error: end.failure?.message,
      });
      this.#isListStreamed = false;
      return 0;
    }
    if (end.isHealthy) this.#backoff.succeeded();
    if (end.failure === undefined) return end.isHealthy ? 0 : this.#backoff.nextMs();
    if (end.failure instanceof ApiFailure && !PASSING_REFUSALS.has(end.failure.status)) this.#needsList = true;
    const waitMs = this.#failed(end.failure);
    // A version that aged while all was well is nobody's fault: list again at once, but only once.
    return isExpired(end.failure) && this.#backoff.failureCount === 1 ? 0 : waitMs;
  }

  async #readList(): Promise<Failure | undefined> {
    this.#store.beginList();
    try {
      const call = { signal: this.#stopping.signal, deadlineMs: PAGE_DEADLINE_MS };
      const version = await readPages<T>(this.#context, this.#options.type, this.#query(), call, {
        restart: () => this.#store.beginList(),
        page: (items) => {
          this.#touched();
          for (const item of items) this.#store.addListed(item);
        },
      });
      this.#commitList(version);
      return undefined;
    } catch (thrown) {
      return asFailure(thrown);
    }
  }

  async #followStream(): Promise<StreamEnd> {
    const startedAtMs = this.#context.ioClock.monotonicMs();
    const stream = new AbortController();
    const follow = (): void => stream.abort(this.#stopping.signal.reason);
    this.#stopping.signal.addEventListener('abort', follow, { once: true });
    if (this.#needsList) this.#store.beginList();
    const cancelListDeadline = this.#context.ioClock.after(LIST_STREAM_MS_MAX, () => {
      if (this.#needsList) stream.abort(new WatchSilence('the watch sent no end of its initial events'));
    });
    let liveEventCount = 0;
    let failure: Failure | undefined;
    try {
      await followWatch<T>({
        ...this.#streamOptions(stream.signal),
        onEvent: (event) => {
          if (!this.#needsList && event.type !== 'BOOKMARK') liveEventCount += 1;
          this.#apply(event);
        },
      });
    } catch (thrown) {
      failure = asFailure(thrown);
    } finally {
      this.#isStreamOpen = false;
      cancelListDeadline();
      this.#stopping.signal.removeEventListener('abort', follow);
    }
    const livedMs = this.#context.ioClock.monotonicMs() - startedAtMs;
    return { failure, isHealthy: livedMs >= HEALTHY_WATCH_MS || (failure === undefined && liveEventCount > 0) };
  }

  #streamOptions(signal: AbortSignal): Omit<WatchStreamOptions<T>, 'onEvent'> {
    const { transport, ioClock, userAgent, random } = this.#context;
    const { type, namespace, delivery } = this.#options;
    const list = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
    const path = withQuery(collectionPath(type, namespace), {
      watch: true,
      allowWatchBookmarks: true,
      ...selectionParameters(this.#query()),
      ...(this.#needsList ? list : { resourceVersion: this.#store.streamVersion }),
      timeoutSeconds: WATCH_SECONDS_MIN + Math.floor(random() * WATCH_SECONDS_MIN),
    });
    this.#streamCount += 1;
    return {
      transport,
      ioClock,
      userAgent,
      path,
      signal,
      headDeadlineMs: HEAD_DEADLINE_MS,
      idleLimitMs: () => (this.#needsList ? LIST_IDLE_LIMIT_MS : IDLE_LIMIT_MS),
      onContact: () => {
        this.#isStreamOpen = true;
        this.#touched();
      },
      ...(delivery === undefined
        ? {}
        : { delivery: { ledger: delivery.ledger, token: `${delivery.name}#${this.#streamCount}` } }),
    };
  }

  #apply(event: WatchEvent<T>): void {
    const { object } = event;
    if (event.type === 'BOOKMARK') {
      const version = object.metadata.resourceVersion ?? '';
      const isListEnd = object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
      if (!this.#needsList) this.#store.advanceTo(version);
      else if (isListEnd) this.#commitList(version);
    } else if (event.type === 'DELETED') {
      if (this.#needsList) this.#store.removeListed(object);
      else this.#store.applyDelete(object);
    } else if (this.#needsList) this.#store.addListed(object);
    else this.#store.applyUpsert(object);
  }

  #commitList(version: string): void {
    this.#store.commitList(version);
    this.#needsList = false;
    this.#isSynced = true;
    this.#synced.resolve();
  }

  /** Says the same failure once, however often it repeats. */
  #failed(failure: Failure): number {
    const waitMs = this.#backoff.nextMs();
    if (failure.message !== this.#reportedText && !this.#stopping.signal.aborted) {
      const isRoutine = isExpired(failure);
      if (!isRoutine) this.#reportedText = failure.message;
      this.#context.log[isRoutine ? 'debug' : 'warn']('the watch cache lost its stream', {
        error: failure.message,
        waitMs,
      });
    }
    return waitMs;
  }

  #touched(): void {
    this.#lastContactMs = this.#context.ioClock.monotonicMs();
    if (this.#reportedText === '') return;
    this.#reportedText = '';
    this.#context.log.info('the watch cache is in touch again');
  }

  #query(): ListQuery {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    };
  }
}

/** Whether a stream that ended before its list was complete will never stream one: refused, ignored, or ended early. */
function isListStreamRefused(end: StreamEnd): boolean {
  if (end.failure === undefined || end.failure instanceof WatchSilence) return true;
  return end.failure instanceof ApiFailure && !PASSING_REFUSALS.has(end.failure.status);
}

function asFailure(thrown: unknown): Failure {
  return thrown instanceof Failure ? thrown : new Failure('unavailable', errorText(thrown), { cause: thrown });
}
