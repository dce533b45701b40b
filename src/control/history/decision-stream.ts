import type { IoClock, Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { DECISION_STREAM_BACKLOG_BYTES_MAX, DECISION_STREAM_COUNT_MAX } from '../../base/limits.ts';
import type { DecisionFeed, DecisionQuery, DecisionRecord } from './feed.ts';

/** Which decisions a stream has. */
export type StreamQuery = Pick<DecisionQuery, 'namespace' | 'name' | 'isChangeOnly'>;

/** A comment this often keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;

/**
 * New decisions as server-sent events: `event: decision`, the id in `id`, the whole record as JSON. A reader that falls
 * behind by too much is cut off; it comes back by itself and lists what it missed.
 */
export class DecisionStreams {
  readonly #feed: DecisionFeed;
  readonly #ioClock: Pick<IoClock, 'after'>;
  readonly #ends = new Set<Release>();

  constructor(feed: DecisionFeed, ioClock: Pick<IoClock, 'after'>) {
    this.#feed = feed;
    this.#ioClock = ioClock;
  }

  /** Opens a stream that begins now. Throws Failure `unavailable` when too many are open. */
  open(query: StreamQuery): Response {
    if (this.#ends.size >= DECISION_STREAM_COUNT_MAX) {
      throw new Failure('unavailable', `${DECISION_STREAM_COUNT_MAX} streams are open already`);
    }
    let forget: Release = () => {};
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          forget = this.#begin(controller, query);
        },
        cancel: () => forget(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: DECISION_STREAM_BACKLOG_BYTES_MAX }),
    );
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'transfer-encoding': 'chunked',
      },
    });
  }

  /** Ends every stream, so that the server's connections can close. */
  close(): void {
    for (const end of [...this.#ends]) end();
  }

  /** Begins to send; what it answers ends that without a word to the reader. */
  #begin(controller: ReadableStreamDefaultController<Uint8Array>, query: StreamQuery): Release {
    const encoder = new TextEncoder();
    let cancelHeartbeat: Release = () => {};
    const forget = (): void => {
      leave();
      cancelHeartbeat();
      this.#ends.delete(end);
    };
    const end = (): void => {
      forget();
      controller.close();
    };
    const send = (text: string): void => {
      controller.enqueue(encoder.encode(text));
      if ((controller.desiredSize ?? 0) > 0) return;
      forget();
      controller.error(new Failure('unavailable', 'the reader is too slow'));
    };
    const beat = (): void => {
      cancelHeartbeat = this.#ioClock.after(HEARTBEAT_MS, beat);
      send(': still here\n\n');
    };
    const leave = this.#feed.watch((record) => {
      if (matches(record, query)) send(eventText(record));
    });
    this.#ends.add(end);
    cancelHeartbeat = this.#ioClock.after(HEARTBEAT_MS, beat);
    send(': connected\n\n');
    return forget;
  }
}

function matches(record: DecisionRecord, query: StreamQuery): boolean {
  const { hpa, isChange } = record.summary;
  if (query.namespace !== undefined && hpa.namespace !== query.namespace) return false;
  if (query.name !== undefined && hpa.name !== query.name) return false;
  return query.isChangeOnly !== true || isChange;
}

function eventText(record: DecisionRecord): string {
  return `event: decision\nid: ${record.id}\ndata: ${JSON.stringify(record)}\n\n`;
}
