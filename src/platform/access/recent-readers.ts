import { ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX, RECENT_READERS_COUNT_MAX } from '../../base/access-limits.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { IoClock } from '../../base/clock.ts';
import { METRIC_READER_EXPECTED_MS } from '../../base/limits.ts';
import type { RequestAttributes } from './request-attributes.ts';
import type { AccessUser } from './user.ts';

/**
 * Remembers who was allowed to read from an API in a namespace a short while ago, and so probably is again. Nothing is granted
 * by it: whoever is expected here is still asked about.
 */
export class RecentReaders {
  readonly #ioClock: IoClock;
  /** Until when, by reader; in the order of the last yes. */
  readonly #untilMs = new BoundedMap<string, number>(RECENT_READERS_COUNT_MAX);

  constructor(ioClock: IoClock) {
    this.#ioClock = ioClock;
  }

  isExpected(user: AccessUser, attributes: RequestAttributes): boolean {
    const key = keyOf(user, attributes);
    const untilMs = key === undefined ? undefined : this.#untilMs.get(key);
    return untilMs !== undefined && this.#ioClock.monotonicMs() < untilMs;
  }

  /** Takes a verdict. A no ends what several yeses began. */
  learn(user: AccessUser, attributes: RequestAttributes, isAllowed: boolean): void {
    const key = keyOf(user, attributes);
    if (key === undefined) return;
    if (isAllowed) this.#untilMs.set(key, this.#ioClock.monotonicMs() + METRIC_READER_EXPECTED_MS);
    else this.#untilMs.delete(key);
  }
}

/** Undefined for what is no reading from an API, and for names that would fill the memory. */
function keyOf({ name, uid = '' }: AccessUser, attributes: RequestAttributes): string | undefined {
  if (attributes.kind !== 'resource' || !READING_VERBS.has(attributes.verb)) return undefined;
  const key = [attributes.group, attributes.namespace, uid, name].join('\n');
  return key.length > ACCESS_REVIEW_CACHED_TEXT_LENGTH_MAX ? undefined : key;
}

const READING_VERBS: ReadonlySet<string> = new Set(['get', 'list']);
