import type { IoClock, Release } from '../../base/clock.ts';
import { DECISION_STREAM_BACKLOG_BYTES_MAX } from '../../base/limits.ts';
import type { DecisionFeed, DecisionQuery, DecisionRecord } from './feed.ts';

/** A comment this often keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;

/**
 * New decisions as server-sent events: `event: decision`, the id in `id`, the whole record as JSON. A reader that falls
 * behind by too much is cut off; it comes back by itself and lists what it missed.
 */
export function streamDecisions(
  feed: DecisionFeed,
  query: Pick<DecisionQuery, 'namespace' | 'name' | 'isChangeOnly'>,
  ioClock: Pick<IoClock, 'after'>,
): Response {
  const encoder = new TextEncoder();
  let release: Release = () => {};
  let cancelHeartbeat: Release = () => {};
  const end = (): void => {
    release();
    cancelHeartbeat();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        const send = (text: string): void => {
          controller.enqueue(encoder.encode(text));
          if ((controller.desiredSize ?? 0) > 0) return;
          end();
          controller.error(new Error('the reader is too slow'));
        };
        const beat = (): void => {
          cancelHeartbeat = ioClock.after(HEARTBEAT_MS, beat);
          send(': still here\n\n');
        };
        release = feed.watch((record) => {
          if (matches(record, query)) send(eventText(record));
        });
        cancelHeartbeat = ioClock.after(HEARTBEAT_MS, beat);
        send(': connected\n\n');
      },
      cancel: end,
    },
    new ByteLengthQueuingStrategy({ highWaterMark: DECISION_STREAM_BACKLOG_BYTES_MAX }),
  );
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' },
  });
}

function matches(record: DecisionRecord, query: Pick<DecisionQuery, 'namespace' | 'name' | 'isChangeOnly'>): boolean {
  const { hpa, isChange } = record.summary;
  if (query.namespace !== undefined && hpa.namespace !== query.namespace) return false;
  if (query.name !== undefined && hpa.name !== query.name) return false;
  return query.isChangeOnly !== true || isChange;
}

function eventText(record: DecisionRecord): string {
  return `event: decision\nid: ${record.id}\ndata: ${JSON.stringify(record)}\n\n`;
}
