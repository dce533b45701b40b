import type { IoClock, Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { RECENT_NOTICES_BYTES_MAX, RECENT_NOTICES_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { Notice } from '../../core/episode/notice.ts';
import type { GuardedStore } from '../../platform/store/store.ts';
import { isNotice } from './delivery/outbox-row.ts';

/** Where the store keeps them. */
export const RECENT_KEY = 'recent';

/** Between a notice and its being kept: many at once are written once. */
const KEEP_AFTER_MS = 1_000;
const PUT_WITHIN_MS = 5_000;

/** The last notices as they were found, kept so that a message about one can be shown again. Losing some costs no more. */
export class RecentNotices {
  readonly #store: Pick<GuardedStore, 'put'>;
  readonly #ioClock: IoClock;
  #texts: string[] = [];
  #cancel: Release | undefined;

  /** @param stored what `RECENT_KEY` holds already */
  constructor(store: Pick<GuardedStore, 'put'>, ioClock: IoClock, stored: string | undefined) {
    this.#store = store;
    this.#ioClock = ioClock;
    this.#texts = readRecentNotices(stored ?? '').map((notice) => JSON.stringify(notice));
  }

  add(notice: Notice): void {
    this.#texts.push(JSON.stringify(notice));
    if (this.#texts.length > RECENT_NOTICES_COUNT_MAX) this.#texts.shift();
    this.#cancel ??= this.#ioClock.after(KEEP_AFTER_MS, () => this.#keep());
  }

  /** Keeps what is not kept yet. */
  end(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    this.#keep();
  }

  #keep(): void {
    this.#cancel = undefined;
    let bytes = this.#texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0);
    while (bytes > RECENT_NOTICES_BYTES_MAX) bytes -= Buffer.byteLength(this.#texts.shift() ?? '') + 1;
    this.#store.put(RECENT_KEY, `[${this.#texts.join()}]`, PUT_WITHIN_MS);
  }
}

/** Reads what the store holds of them, the oldest first; none for anything else. */
export function readRecentNotices(text: string): readonly Notice[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isNotice) : [];
  } catch {
    return [];
  }
}

/** The newest notice of an episode, by its id or by the beginning of it that messages show. Throws Failure `notFound`. */
export function newestOf(episodeId: string, notices: readonly Notice[]): Notice {
  const found = notices.findLast(({ episode }) => episode?.id.startsWith(episodeId));
  if (found !== undefined) return found;
  const known = new Set(
    notices.flatMap(({ episode }) => (episode === undefined ? [] : [`#${episode.id.slice(0, 6)}`])),
  );
  const there = known.size === 0 ? 'there is none' : `there are ${[...known].slice(-SHOWN_COUNT_MAX).join(', ')}`;
  throw new Failure(
    'notFound',
    `#${episodeId}: none of the last ${notices.length} notices is of this episode; ${there}`,
  );
}

const SHOWN_COUNT_MAX = 10;
