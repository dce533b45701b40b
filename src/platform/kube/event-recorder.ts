import { type Clock, type IoClock, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { EVENT_QUEUE_COUNT_MAX } from '../../base/limits.ts';
import { type Log, SILENT_LOG } from '../../base/log.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import { ApiFailure, isApiFailure } from './api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from './client.ts';
import { type Correlated, EventCorrelator, type EventNote, type EventRegarding } from './event-correlator.ts';

/** Tells an object's watchers what happened to it, by core/v1 Events. */
export interface EventRecorder {
  /** Returns at once; the event is written afterwards, in order, unless it is one too many. */
  record(regarding: EventRegarding, note: EventNote): void;
  /** Resolves when everything recorded so far is written or given up. */
  flush(): Promise<void>;
  /** Writes what is left, for at most this long, and takes nothing more. */
  close(drainMs?: number): Promise<void>;
  /** Events that were not written: cut down, given up, or beyond the queue. */
  readonly droppedCount: number;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Domain time: the events' timestamps and the windows of correlation. Held while an event is being written. */
  readonly clock: Clock;
  readonly ioClock: IoClock;
  /** Source of the events, for example `horizontal-pod-autoscaler`. */
  readonly component: string;
  readonly log?: Log;
}

const EVENTS: ResourceType = { group: '', version: 'v1', resource: 'events', isNamespaced: true };
/** client-go tries a lost connection again this often and after this long. */
const ATTEMPT_COUNT_MAX = 12;
const RETRY_MS = 10_000;
const DRAIN_MS = 5_000;

/** Makes a recorder; one for each source component. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new QueuedRecorder(options);
}

type Writable = Exclude<Correlated, { kind: 'dropped' }>;

interface Waiting {
  readonly regarding: EventRegarding;
  readonly note: EventNote;
  readonly atMs: number;
}

class QueuedRecorder implements EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #log: Log;
  readonly #correlator = new EventCorrelator();
  readonly #closing = new AbortController();
  #queue: Waiting[] = [];
  #waitingCount = 0;
  #writing: Promise<void> | undefined;
  #isClosed = false;
  #droppedCount = 0;
  #sequence = 0;
  #reportedText = '';

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#log = options.log ?? SILENT_LOG;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  record(regarding: EventRegarding, note: EventNote): void {
    if (this.#isClosed || this.#waitingCount >= EVENT_QUEUE_COUNT_MAX) {
      this.#droppedCount += 1;
      return;
    }
    this.#waitingCount += 1;
    this.#queue.push({ regarding, note, atMs: this.#options.clock.nowMs() });
    this.#writing ??= this.#writeQueue();
  }

  async flush(): Promise<void> {
    await this.#writing;
  }

  async close(drainMs = DRAIN_MS): Promise<void> {
    this.#isClosed = true;
    const cancel = this.#options.ioClock.after(drainMs, () =>
      this.#closing.abort(new Failure('unavailable', 'the recorder was closed')),
    );
    await this.#writing;
    cancel();
  }

  async #writeQueue(): Promise<void> {
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue;
        this.#queue = [];
        for (const waiting of batch) {
          await this.#write(waiting);
          this.#waitingCount -= 1;
        }
      }
    } finally {
      this.#writing = undefined;
    }
  }

  async #write(waiting: Waiting): Promise<void> {
    const correlated = this.#correlator.correlate(waiting.regarding, waiting.note, waiting.atMs);
    if (correlated.kind === 'dropped') {
      this.#droppedCount += 1;
      return;
    }
    for (let attemptCount = 1; ; attemptCount += 1) {
      const failure = await this.#attempt(waiting, correlated);
      if (failure === undefined) return;
      // The server's no stays a no; only silence is worth another try.
      if (failure instanceof ApiFailure || attemptCount >= ATTEMPT_COUNT_MAX || this.#closing.signal.aborted) {
        this.#giveUp(waiting, failure);
        return;
      }
      await sleep(this.#options.ioClock, RETRY_MS, this.#closing.signal).catch(() => undefined);
    }
  }

  async #attempt(waiting: Waiting, correlated: Writable): Promise<Failure | undefined> {
    if (this.#closing.signal.aborted) return this.#closing.signal.reason;
    const release = this.#options.clock.hold('event recorder');
    try {
      const written = await this.#send(waiting, correlated);
      this.#correlator.stored(correlated.seriesKey, written.metadata.name);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Failure) return thrown;
      throw thrown;
    } finally {
      release();
    }
  }

  #giveUp(waiting: Waiting, failure: Failure): void {
    this.#droppedCount += 1;
    if (failure.message === this.#reportedText) return;
    this.#reportedText = failure.message;
    this.#log.warn('events are not written', { reason: waiting.note.reason, error: failure.message });
  }

  async #send(waiting: Waiting, correlated: Writable): Promise<KubeObject> {
    const { client } = this.#options;
    const call = { signal: this.#closing.signal };
    if (correlated.kind === 'repeated' && correlated.objectName !== undefined) {
      const ref = { namespace: namespaceOf(waiting.regarding), name: correlated.objectName };
      const body = {
        count: correlated.count,
        lastTimestamp: formatRfc3339(waiting.atMs),
        message: correlated.note.message,
      };
      try {
        return await client.patch(EVENTS, ref, { kind: 'strategic', body }, call);
      } catch (thrown) {
        // Events live an hour: the series goes on with a new object.
        if (!isApiFailure(thrown, 404)) throw thrown;
      }
    }
    return client.create(EVENTS, this.#eventObject(waiting, correlated), call);
  }

  #eventObject(waiting: Waiting, correlated: Writable): KubeObject & Readonly<Record<string, unknown>> {
    const { regarding } = waiting;
    const { component } = this.#options;
    return {
      kind: 'Event',
      apiVersion: 'v1',
      metadata: { name: this.#eventName(waiting), namespace: namespaceOf(regarding) },
      involvedObject: {
        kind: regarding.kind,
        namespace: regarding.namespace,
        name: regarding.name,
        uid: regarding.uid,
        apiVersion: regarding.apiVersion,
        ...(regarding.resourceVersion === undefined ? {} : { resourceVersion: regarding.resourceVersion }),
      },
      reason: correlated.note.reason,
      message: correlated.note.message,
      source: { component },
      firstTimestamp: formatRfc3339(correlated.firstAtMs),
      lastTimestamp: formatRfc3339(waiting.atMs),
      count: correlated.count,
      type: correlated.note.type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: '',
    };
  }

  /** `<name>.<nanoseconds in hexadecimal>`, as client-go names them; the sequence tells events of one millisecond apart. */
  #eventName(waiting: Waiting): string {
    this.#sequence = (this.#sequence + 1) % 1_000_000;
    const nanoseconds = BigInt(Math.floor(waiting.atMs)) * 1_000_000n + BigInt(this.#sequence);
    return `${waiting.regarding.name}.${nanoseconds.toString(16)}`;
  }
}

/** Events of cluster-scoped objects live in `default`. */
function namespaceOf(regarding: EventRegarding): string {
  return regarding.namespace === '' ? 'default' : regarding.namespace;
}
