import { SILENT_LOG } from '../../../src/base/log.ts';
import type { Notice } from '../../../src/core/episode/notice.ts';
import { DEFAULT_DETECT_OPTIONS, type DetectOptions } from '../../../src/core/episode/options.ts';
import type { ClusterWatch } from '../../../src/people/notify/watching/cluster-watch.ts';
import { EpisodeKeeper } from '../../../src/people/notify/watching/episode-keeper.ts';
import { WatchJournal } from '../../../src/people/notify/watching/watch-journal.ts';
import type { WatchedWorld } from './watched-world.ts';

/** A journal in memory that outlives whoever writes it, and every notice that was stored in it. */
export class ToldNotices {
  readonly notices: Notice[] = [];
  readonly entries = new Map<string, string>();
  readonly #world: WatchedWorld;

  constructor(world: WatchedWorld) {
    this.#world = world;
  }

  /** Begins to watch, from what was stored; the answer ends it as a process that is stopped does. */
  begin(watch: ClusterWatch, detect: Partial<DetectOptions> = {}): () => Promise<void> {
    const { clock } = this.#world;
    const journal = new WatchJournal({
      record: async ({ entries, notices }) => {
        for (const notice of notices) if (!this.notices.some(({ id }) => id === notice.id)) this.notices.push(notice);
        for (const [key, text] of entries) this.#set(key, text);
      },
      put: (key, text) => this.#set(key, text),
      remove: (key) => this.#set(key, undefined),
      ioClock: clock,
      log: SILENT_LOG,
    });
    const keeper = new EpisodeKeeper({
      cluster: 'prod',
      detect: { ...DEFAULT_DETECT_OPTIONS, ...detect },
      clock,
      log: SILENT_LOG,
      journal,
    });
    const unwatchedSinceMs = keeper.begin(new Map(this.entries), () => watch.watchedUntilMs);
    watch.begin(keeper, unwatchedSinceMs);
    return async () => {
      keeper.end(watch.watchedUntilMs);
      watch.end();
      await journal.end(1_000);
    };
  }

  /** `web scale.up.started 1→3` of each, with what is special about it. */
  story(): readonly string[] {
    return this.notices.map((notice) => {
      const { type, subject, episode, details, isObservedLate, isUnverified } = notice;
      const marks = [
        episode === undefined
          ? ''
          : ` ${[episode.baselineReplicas, ...episode.steps.map(({ toReplicas }) => toReplicas)].join('→')}`,
        details.kind === 'pods' && details.cause !== undefined ? ` ${details.cause}` : '',
        isObservedLate ? ' late' : '',
        isUnverified ? ' unverified' : '',
      ];
      return `${subject?.hpaName ?? 'cluster'} ${type}${marks.join('')}`;
    });
  }

  #set(key: string, text: string | undefined): void {
    if (text === undefined) this.entries.delete(key);
    else this.entries.set(key, text);
  }
}
