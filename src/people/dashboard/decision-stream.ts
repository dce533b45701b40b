import type { IoClock, Release } from '../../base/clock.ts';
import {
  DASHBOARD_SERIES_POINT_COUNT_MAX,
  DASHBOARD_STREAM_BACKLOG_COUNT_MAX,
  DASHBOARD_STREAM_COUNT_MAX,
} from '../../base/limits.ts';
import type { Log } from '../../base/log.ts';
import type { DecisionFeed, DecisionRecord, DecisionSummary } from '../../control/history/feed.ts';
import type { MessageFeed } from './message-feed.ts';
import { timelineEntry } from './overview.ts';
import type { HpaLoad, StreamMessage } from './wire.ts';

/** How often a quiet stream says that it is alive, so that a dead connection is noticed on both sides. */
const HEARTBEAT_MS = 10_000;

/** How often a reader is told of loads. */
const LOADS_MS = 1_000;

/** How long a reader waits before it comes back. */
const RETRY_MS = 1_000;

export interface DecisionStreamOptions {
  readonly feed: DecisionFeed;
  readonly clock: IoClock;
  readonly log: Log;
  /** The requests behind HPAs now. */
  readonly loads?: () => readonly HpaLoad[];
  /** What people would have been told. */
  readonly messages?: MessageFeed;
}

/**
 * Decisions as server-sent events. A reader that was away names the last decision it saw and gets what it missed, or is
 * told to start over; a reader that is too slow is let go, which is the same thing for it.
 */
export class DecisionStream {
  readonly #options: DecisionStreamOptions;
  readonly #readers = new Set<Reader>();

  constructor(options: DecisionStreamOptions) {
    this.#options = options;
  }

  /** A stream that begins after the decision `lastId`, or now when it is null. It ends when `signal` aborts. */
  open(lastId: string | null, signal: AbortSignal): Response {
    if (this.#readers.size >= DASHBOARD_STREAM_COUNT_MAX) {
      return Response.json(
        { message: `${DASHBOARD_STREAM_COUNT_MAX} streams are open already` },
        { status: 503, headers: { 'Retry-After': '5' } },
      );
    }
    const { log } = this.#options;
    const reader = new Reader(this.#options, (closed) => this.#readers.delete(closed));
    this.#readers.add(reader);
    signal.addEventListener('abort', () => reader.close(), { once: true });
    const body = reader.start(lastId, (error) => log.warn('a stream could not be resumed', { error }));
    return new Response(body, {
      headers: {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'Transfer-Encoding': 'chunked',
        'X-Accel-Buffering': 'no',
      },
    });
  }

  /** Ends every stream. */
  close(): void {
    for (const reader of [...this.#readers]) reader.close();
  }
}

/** One open stream. */
class Reader {
  readonly #feed: DecisionFeed;
  readonly #clock: IoClock;
  readonly #onClose: (reader: Reader) => void;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  #unwatch: Release = () => {};
  readonly #loads: (() => readonly HpaLoad[]) | undefined;
  readonly #messages: MessageFeed | undefined;
  #stopHeartbeat: Release = () => {};
  #stopLoads: Release = () => {};
  #unwatchMessages: Release = () => {};
  /** Decisions that arrive while the missed ones are fetched; null once those are out. */
  #waiting: DecisionRecord[] | null = [];

  constructor({ feed, clock, loads, messages }: DecisionStreamOptions, onClose: (reader: Reader) => void) {
    this.#feed = feed;
    this.#clock = clock;
    this.#loads = loads;
    this.#messages = messages;
    this.#onClose = onClose;
  }

  start(lastId: string | null, onFailure: (error: unknown) => void): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
          this.#unwatch = this.#feed.watch((record) => this.#take(record));
          this.#send(`retry: ${RETRY_MS}\n\n`);
          this.#beat();
          this.#tellLoads();
          this.#unwatchMessages = this.#messages?.watch(() => this.#send('event: told\ndata: {}\n\n')) ?? (() => {});
          this.#resume(lastId).catch((error: unknown) => {
            onFailure(error);
            this.close();
          });
        },
        cancel: () => this.close(),
      },
      { highWaterMark: DASHBOARD_STREAM_BACKLOG_COUNT_MAX },
    );
  }

  close(): void {
    const controller = this.#controller;
    if (controller === null) return;
    this.#controller = null;
    this.#unwatch();
    this.#stopHeartbeat();
    this.#stopLoads();
    this.#unwatchMessages();
    this.#onClose(this);
    try {
      controller.close();
    } catch {
      // Already cancelled by the reader: there is nothing left to close.
    }
  }

  #take(record: DecisionRecord): void {
    if (this.#waiting === null) this.#decision(record.id, record.summary, record);
    else if (this.#waiting.length < DASHBOARD_STREAM_BACKLOG_COUNT_MAX) this.#waiting.push(record);
    else this.close();
  }

  async #resume(lastId: string | null): Promise<void> {
    const sent = new Set<string>();
    if (lastId !== null) {
      const missed = await this.#missedSince(lastId);
      if (missed === null) this.#send('event: reset\ndata: {}\n\n');
      for (const summary of missed ?? []) {
        const record = summary.isChange ? await this.#feed.at(summary.id) : undefined;
        sent.add(summary.id);
        this.#decision(summary.id, summary, record);
      }
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const record of waiting) if (!sent.has(record.id)) this.#decision(record.id, record.summary, record);
  }

  /** Null when the decision is not known any more, or too many came after it. */
  async #missedSince(lastId: string): Promise<readonly DecisionSummary[] | null> {
    const atMs = Number(lastId.split('~')[2]);
    if (!Number.isFinite(atMs)) return null;
    const summaries = await this.#feed.list({ sinceMs: atMs, limitCount: DASHBOARD_SERIES_POINT_COUNT_MAX });
    const place = summaries.findIndex(({ id }) => id === lastId);
    return place === -1 ? null : summaries.slice(place + 1);
  }

  #decision(id: string, summary: DecisionSummary, record: DecisionRecord | undefined): void {
    const message: StreamMessage = {
      summary,
      entry: summary.isChange && record !== undefined ? timelineEntry(record) : null,
    };
    this.#send(`event: decision\nid: ${id}\ndata: ${JSON.stringify(message)}\n\n`);
  }

  #beat(): void {
    this.#stopHeartbeat = this.#clock.after(HEARTBEAT_MS, () => {
      this.#send('event: alive\ndata: {}\n\n');
      if (this.#controller !== null) this.#beat();
    });
  }

  /** Loads are of the moment: a reader that is behind is spared them. */
  #tellLoads(): void {
    const loads = this.#loads;
    if (loads === undefined) return;
    this.#stopLoads = this.#clock.after(LOADS_MS, () => {
      if (this.#controller === null) return;
      const isBehind = (this.#controller.desiredSize ?? 0) < DASHBOARD_STREAM_BACKLOG_COUNT_MAX / 2;
      if (!isBehind) this.#send(`event: load\ndata: ${JSON.stringify(loads())}\n\n`);
      this.#tellLoads();
    });
  }

  #send(text: string): void {
    if (this.#controller === null) return;
    if ((this.#controller.desiredSize ?? 0) <= 0) {
      this.close();
      return;
    }
    this.#controller.enqueue(this.#encoder.encode(text));
  }
}
