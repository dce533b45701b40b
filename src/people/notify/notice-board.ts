import type { Release } from '../../base/clock.ts';
import { NOTICE_BOARD_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { Notice } from '../../core/episode/notice.ts';
import { type Destination, destinationsOf, isWanted, type Route } from './delivery/route.ts';

/** A notice, and one sink that it would go to. */
export interface PostedNotice extends Destination {
  readonly notice: Notice;
}

export type PostListener = (posted: PostedNotice) => void;

/**
 * The newest notices with the routes that they would take, for whoever shows them: nothing is sent. What labels keep from
 * everybody is kept from it as well.
 */
export class NoticeBoard {
  readonly #routes: readonly Route[];
  readonly #posted: PostedNotice[] = [];
  readonly #listeners = new Set<PostListener>();

  constructor(routes: readonly Route[]) {
    this.#routes = routes;
  }

  /** Takes a notice in; the same one once, however often it comes. */
  post(notice: Notice): void {
    if (!isWanted(notice, false) || this.#posted.some((known) => known.notice.id === notice.id)) return;
    for (const destination of destinationsOf(notice, this.#routes)) {
      const posted = { notice, ...destination };
      this.#posted.push(posted);
      if (this.#posted.length > NOTICE_BOARD_COUNT_MAX) this.#posted.shift();
      for (const listener of this.#listeners) listener(posted);
    }
  }

  /** Oldest first. */
  list(): readonly PostedNotice[] {
    return [...this.#posted];
  }

  /** Calls `listener` for each that comes from now on. */
  watch(listener: PostListener): Release {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
