import { EVENT_CORRELATION_COUNT_MAX } from '../../base/limits.ts';

/** The object that an event is about. */
export interface EventRegarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string;
}

/** What happened. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, for machines. */
  readonly reason: string;
  /** For people. */
  readonly message: string;
}

/** What is to be written for an event, if anything. */
export type Correlated =
  | { readonly kind: 'dropped' }
  | {
      readonly kind: 'first' | 'repeated';
      /** Names the series of like events; handed to `stored` with the object that was written. */
      readonly seriesKey: string;
      readonly note: EventNote;
      readonly count: number;
      readonly firstAtMs: number;
      /** The object to patch when the series already has one. */
      readonly objectName: string | undefined;
    };

/** From this many different messages within the window on, events of one kind become one. */
const SIMILAR_COUNT_MIN = 10;
const SIMILAR_WINDOW_MS = 600_000;
const COMBINED_PREFIX = '(combined from similar events): ';
/**
 * One object of one source may write this many events of one type at once, and then one in five minutes: warnings without end
 * leave room for the news of a rescale.
 */
const BURST_COUNT_MAX = 25;
const REFILL_MS = 300_000;

interface Similar {
  readonly messages: Set<string>;
  lastAtMs: number;
}

interface Series {
  count: number;
  readonly firstAtMs: number;
  objectName: string | undefined;
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/**
 * client-go's event correlation (`EventCorrelator`): equal events are counted on one object, many similar ones are combined
 * into one, and a talkative object is cut down. Its order is kept too: an event that is dropped has been counted.
 */
export class EventCorrelator {
  readonly #similar = new RecentMap<Similar>(EVENT_CORRELATION_COUNT_MAX);
  readonly #series = new RecentMap<Series>(EVENT_CORRELATION_COUNT_MAX);
  readonly #buckets = new RecentMap<Bucket>(EVENT_CORRELATION_COUNT_MAX);

  correlate(regarding: EventRegarding, note: EventNote, nowMs: number): Correlated {
    const objectKey = [regarding.kind, regarding.namespace, regarding.name, regarding.uid, regarding.apiVersion].join(
      '\0',
    );
    const similarKey = [objectKey, note.type, note.reason].join('\0');
    const isCombined = this.#isCombined(similarKey, note.message, nowMs);
    const combined = isCombined ? { ...note, message: `${COMBINED_PREFIX}${note.message}` } : note;
    const seriesKey = isCombined ? similarKey : [similarKey, note.message].join('\0');
    const series = this.#count(seriesKey, nowMs);
    if (!this.#takeToken([objectKey, note.type].join('\0'), nowMs)) return { kind: 'dropped' };
    const { count, firstAtMs, objectName } = series;
    return {
      kind: count > 1 && objectName !== undefined ? 'repeated' : 'first',
      seriesKey,
      note: combined,
      count,
      firstAtMs,
      objectName,
    };
  }

  /** The series is now written to this object, which later events of it patch. */
  stored(seriesKey: string, objectName: string): void {
    const series = this.#series.get(seriesKey);
    if (series !== undefined) series.objectName = objectName;
  }

  #isCombined(key: string, message: string, nowMs: number): boolean {
    let similar = this.#similar.get(key);
    if (similar === undefined || nowMs - similar.lastAtMs > SIMILAR_WINDOW_MS) {
      similar = { messages: new Set(), lastAtMs: nowMs };
      this.#similar.set(key, similar);
    }
    similar.messages.add(message);
    similar.lastAtMs = nowMs;
    if (similar.messages.size < SIMILAR_COUNT_MIN) return false;
    // One leaves, as upstream, so that the set never grows and the next new message combines again.
    for (const oldest of similar.messages) {
      similar.messages.delete(oldest);
      break;
    }
    return true;
  }

  #count(key: string, nowMs: number): Series {
    const known = this.#series.get(key);
    if (known !== undefined) {
      known.count += 1;
      return known;
    }
    const series: Series = { count: 1, firstAtMs: nowMs, objectName: undefined };
    this.#series.set(key, series);
    return series;
  }

  #takeToken(key: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: BURST_COUNT_MAX, filledAtMs: nowMs };
      this.#buckets.set(key, bucket);
    }
    const elapsedMs = Math.max(0, nowMs - bucket.filledAtMs);
    bucket.tokens = Math.min(BURST_COUNT_MAX, bucket.tokens + elapsedMs / REFILL_MS);
    bucket.filledAtMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}

/** A map that forgets what was used least recently. */
class RecentMap<V> {
  readonly #sizeMax: number;
  readonly #entries = new Map<string, V>();

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#sizeMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
