import type { DeliveryLedger, IoClock, Release } from '../../base/clock.ts';
import type { ServedKind } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import type { ListOptions } from './list-options.ts';
import { parseRevision } from './list-options.ts';
import type { ApiObject } from './object.ts';
import { expired, versionTooLarge } from './status.ts';
import type { Store, StoredEvent } from './store.ts';

/** How the objects of a watch are written: as they are, as tables, or as metadata alone. */
export interface WatchEncoder {
  object(stored: ApiObject): unknown;
  bookmark(resourceVersion: string, isInitialEventsEnd: boolean): unknown;
}

export interface WatchRequest {
  readonly store: Store;
  readonly served: ServedKind;
  /** Null for all namespaces. */
  readonly namespace: string | null;
  readonly options: ListOptions;
  readonly encoder: WatchEncoder;
  readonly ioClock: IoClock;
  /** Ends the stream when it aborts. */
  readonly signal: AbortSignal;
  /** Told of every line that is written, bookmarks and errors too. */
  readonly delivery: { readonly ledger: DeliveryLedger; readonly token: string } | null;
  /** Events that wait for a slow reader before the stream is ended. */
  readonly backlogMax: number;
  readonly bookmarkPeriodMs: number;
}

/**
 * The stream of a watch: one JSON object a line, written in the turn of the change. A start that is too old is one ERROR
 * event and the end, as upstream's. Throws the Statuses of a resourceVersion that is none or too new.
 */
export function openWatch(request: WatchRequest): ReadableStream<Uint8Array> {
  const wanted = parseRevision(request.options.resourceVersion);
  if (wanted > request.store.revision) throw versionTooLarge(wanted, request.store.revision);
  const watch = new Watch(request, wanted);
  return new ReadableStream<Uint8Array>(
    { start: (controller) => watch.start(controller), cancel: () => watch.abandon() },
    { highWaterMark: request.backlogMax },
  );
}

class Watch {
  readonly #request: WatchRequest;
  readonly #startRevision: number;
  readonly #encoder = new TextEncoder();
  readonly #releases: Release[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(request: WatchRequest, startRevision: number) {
    this.#request = request;
    this.#startRevision = startRevision;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { store, served, options, ioClock, signal } = this.#request;
    this.#controller = controller;
    const onAbort = (): void => this.abandon();
    if (signal.aborted) {
      this.abandon();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    this.#releases.push(() => signal.removeEventListener('abort', onAbort));
    if (!this.#writeStart()) return;
    this.#releases.push(store.subscribe(storeResource(served.kind), (event) => this.#writeEvent(event)));
    if (options.timeoutSeconds !== null && options.timeoutSeconds > 0) {
      this.#releases.push(ioClock.after(options.timeoutSeconds * 1000, () => this.#end()));
    }
    if (options.areBookmarksAllowed) this.#scheduleBookmark();
  }

  /** The reader has gone: nothing that was written can still be received. */
  abandon(): void {
    const { delivery } = this.#request;
    this.#end();
    delivery?.ledger.closed(delivery.token);
  }

  /** Everything that is known at the start; false when the stream has ended with an error. */
  #writeStart(): boolean {
    const { store, served, namespace, options } = this.#request;
    const resource = storeResource(served.kind);
    const isFromNow = options.areInitialEventsSent ?? this.#startRevision === 0;
    if (isFromNow) {
      for (const object of store.list(resource, namespace))
        if (options.matches(object)) this.#writeObject('ADDED', object);
      const hasEndMark = options.areInitialEventsSent === true || options.resourceVersion === '0';
      if (hasEndMark && options.areBookmarksAllowed) this.#writeBookmark(true);
      return true;
    }
    const missed = this.#startRevision === 0 ? [] : store.eventsSince(resource, this.#startRevision);
    if (missed === undefined) {
      const oldest = store.oldestRevision(resource);
      const { status } = expired(`too old resource version: ${this.#startRevision} (${oldest})`);
      this.#write({ type: 'ERROR', object: status });
      this.#end();
      return false;
    }
    for (const event of missed) this.#writeEvent(event);
    return true;
  }

  #writeEvent(event: StoredEvent): void {
    const { namespace, options } = this.#request;
    if (namespace !== null && event.object.metadata.namespace !== namespace) return;
    const wasSelected = event.before !== null && options.matches(event.before);
    const isSelected = event.type !== 'DELETED' && options.matches(event.object);
    if (isSelected) this.#writeObject(wasSelected ? 'MODIFIED' : 'ADDED', event.object);
    else if (wasSelected) this.#writeObject('DELETED', lastSelected(event));
  }

  #writeObject(type: 'ADDED' | 'MODIFIED' | 'DELETED', stored: ApiObject): void {
    this.#write({ type, object: this.#request.encoder.object(stored) });
  }

  #writeBookmark(isInitialEventsEnd: boolean): void {
    const { encoder, store } = this.#request;
    this.#write({ type: 'BOOKMARK', object: encoder.bookmark(String(store.revision), isInitialEventsEnd) });
  }

  #scheduleBookmark(): void {
    const { ioClock, bookmarkPeriodMs } = this.#request;
    const release = ioClock.after(bookmarkPeriodMs, () => {
      this.#releases.splice(this.#releases.indexOf(release), 1);
      this.#writeBookmark(false);
      if (this.#controller !== null) this.#scheduleBookmark();
    });
    this.#releases.push(release);
  }

  #write(event: unknown): void {
    if (this.#controller === null) return;
    const { delivery } = this.#request;
    delivery?.ledger.sent(delivery.token);
    this.#controller.enqueue(this.#encoder.encode(`${JSON.stringify(event)}\n`));
    // A reader this far behind starts anew, as upstream lets it.
    if ((this.#controller.desiredSize ?? 0) <= 0) this.#end();
  }

  #end(): void {
    for (const release of this.#releases.splice(0)) release();
    const controller = this.#controller;
    this.#controller = null;
    try {
      controller?.close();
    } catch {
      // Already cancelled by its reader.
    }
  }
}

/** What left the selection, as it was, under the change's resourceVersion. */
function lastSelected(event: StoredEvent): ApiObject {
  if (event.type === 'DELETED' || event.before === null) return event.object;
  return { ...event.before, metadata: { ...event.before.metadata, resourceVersion: String(event.revision) } };
}
