import type { Clock, Release } from '../../../base/clock.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import { heartbeatNotice } from '../../../core/episode/watcher-notice.ts';
import { type DailyTime, lastDailyMs, nextDailyMs } from '../local-time.ts';
import type { WatchJournal } from './watch-journal.ts';

export interface HeartbeatOptions {
  readonly cluster: string;
  /** Undefined: none. */
  readonly when: DailyTime | undefined;
  readonly clock: Clock;
  /** Whether what happens in the cluster is known: a sign of life from somebody who is blind would be a lie. */
  readonly isInSight: () => boolean;
  readonly journal: Pick<WatchJournal, 'keep'>;
  /** Told of each notice as it is found. */
  readonly onNotice?: (notice: Notice) => void;
}

/** A sign of life that could not be given in time is given up to so long after. */
const LATE_MS_MAX = 3_600_000;
const LOOK_AGAIN_MS = 60_000;

/**
 * Gives a sign of life each day, so that its absence says that nobody watches. It goes the way of every notice, and so
 * shows that one can arrive.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #when: DailyTime | undefined;
  #beganAtMs = 0;
  /** What was due until then was given, or nobody was there to give it. */
  #givenUntilMs = 0;
  #cancel: Release = () => {};
  #isEnded = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#when = options.when;
  }

  /** @param unwatchedSinceMs until when somebody else watched, who may have given what was due since; undefined when nobody did */
  begin(unwatchedSinceMs: number | undefined): void {
    this.#beganAtMs = this.#options.clock.nowMs();
    this.#givenUntilMs = unwatchedSinceMs ?? this.#beganAtMs;
    this.#look();
  }

  /** Goes by another time from now on, or by none. */
  configure(when: DailyTime | undefined): void {
    this.#when = when;
    this.#givenUntilMs = this.#options.clock.nowMs();
    this.#look();
  }

  end(): void {
    this.#isEnded = true;
    this.#cancel();
  }

  #look(): void {
    this.#cancel();
    if (this.#when === undefined || this.#isEnded) return;
    const { clock, isInSight } = this.#options;
    const nowMs = clock.nowMs();
    const dueMs = lastDailyMs(this.#when, nowMs);
    const isDue = dueMs > this.#givenUntilMs && nowMs - dueMs <= LATE_MS_MAX;
    const isGiven = isDue && isInSight();
    if (isGiven) this.#give(dueMs);
    const nextMs = nextDailyMs(this.#when, nowMs) - nowMs;
    this.#cancel = clock.after(isDue && !isGiven ? Math.min(nextMs, LOOK_AGAIN_MS) : nextMs, () => this.#look());
  }

  #give(dueMs: number): void {
    const { cluster, journal, onNotice } = this.#options;
    this.#givenUntilMs = dueMs;
    const notice = heartbeatNotice(cluster, dueMs, Math.min(this.#beganAtMs, dueMs));
    onNotice?.(notice);
    journal.keep({ place: 'cluster', entries: new Map(), notices: [notice] });
  }
}
