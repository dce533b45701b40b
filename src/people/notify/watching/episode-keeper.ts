import type { Clock, Release } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import type { HpaWatch } from '../../../core/episode/hpa-watch.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import type { Observation } from '../../../core/episode/observation.ts';
import type { DetectOptions } from '../../../core/episode/options.ts';
import { PROVIDER_UP, type ProviderState, stepProvider, tallyMetrics } from '../../../core/episode/provider.ts';
import { step } from '../../../core/episode/step.ts';
import { readHpaWatch, readProviderState } from '../../../core/episode/watch-record.ts';
import { watcherNotice } from '../../../core/episode/watcher-notice.ts';
import type { Attention, Observer } from './cluster-watch.ts';
import type { WatchJournal } from './watch-journal.ts';

export interface EpisodeKeeperOptions {
  readonly cluster: string;
  readonly detect: DetectOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly journal: Pick<WatchJournal, 'keep'>;
  /** Told of each notice as it is found. */
  readonly onNotice?: (notice: Notice) => void;
}

/** The place of what concerns no single HPA. */
const CLUSTER = 'cluster';
const PROVIDER_KEY = `${CLUSTER}.provider`;
const WATCHED_KEY = `${CLUSTER}.watched`;
const WATCH_SUFFIX = '.watch';

/** How often it is noted until when somebody watched. */
const NOTE_MS = 60_000;
/** A shorter time out of sight is caught up without a word. */
const GAP_TOLD_MS = 120_000;

const NO_ATTENTION: Attention = { lookAgainAtMs: undefined, wantsPods: false, wantsTarget: false };

interface Kept {
  readonly watch: HpaWatch;
  /** As it was stored last. */
  readonly text: string;
}

/**
 * Follows the HPAs of a cluster with the machines of `core/episode`: from what was stored of each, over what is seen, to
 * what is told and stored. What only says when something was last seen is not stored.
 */
export class EpisodeKeeper implements Observer {
  readonly #options: EpisodeKeeperOptions;
  readonly #kept = new Map<string, Kept>();
  #detect: DetectOptions;
  #provider: ProviderState = PROVIDER_UP;
  #cancelCount: Release = () => {};
  #cancelNote: Release = () => {};

  constructor(options: EpisodeKeeperOptions) {
    this.#options = options;
    this.#detect = options.detect;
  }

  /**
   * Takes over what was stored; answers since when nobody has watched, undefined when nobody ever has.
   *
   * @param watchedUntilMs asked, from time to time, until when somebody watched
   */
  begin(entries: ReadonlyMap<string, string>, watchedUntilMs: () => number): number | undefined {
    const { log, clock } = this.#options;
    const unwatchedSinceMs = instantOf(entries.get(WATCHED_KEY));
    const flaws: string[] = [];
    for (const [key, text] of entries) {
      const uid = key.endsWith(WATCH_SUFFIX) ? key.slice(0, -WATCH_SUFFIX.length) : '';
      if (uid === '') continue;
      const read = readHpaWatch(parsed(text));
      if (read.kind === 'read') this.#restore(uid, read.value, unwatchedSinceMs);
      else flaws.push(`${key}: ${read.problem}`);
    }
    const provider = entries.get(PROVIDER_KEY);
    const read = provider === undefined ? undefined : readProviderState(parsed(provider));
    if (read?.kind === 'read') this.#provider = read.value;
    else if (read !== undefined) flaws.push(`${PROVIDER_KEY}: ${read.problem}`);
    if (flaws.length > 0) {
      log.error('what was stored of HPAs could not be read; they are as if never seen', { flaws: flaws.slice(0, 10) });
      const message = `${flaws.length} stored records could not be read, the first being ${flaws[0]}`;
      this.#tellOfWatcher('journal', unwatchedSinceMs ?? clock.nowMs(), message);
    }
    const note = (): void => {
      this.#cancelNote = clock.after(NOTE_MS, note);
      this.#noteWatched(watchedUntilMs());
    };
    note();
    return unwatchedSinceMs;
  }

  /** Goes by other options from the next look on. */
  configure(detect: DetectOptions): void {
    this.#detect = detect;
  }

  /** @param watchedUntilMs until when somebody watched */
  end(watchedUntilMs: number): void {
    this.#cancelNote();
    this.#cancelCount();
    this.#noteWatched(watchedUntilMs);
  }

  observe(uid: string, observation: Observation): Attention {
    const { cluster } = this.#options;
    const known = this.#kept.get(uid);
    const context = { cluster, options: this.#detect, provider: this.#provider };
    const result = step(known?.watch ?? null, observation, context);
    this.#keep(uid, result.watch, result.notices);
    if (result.hasMetricsChanged) this.#countIn(0);
    const { lookAgainAtMs, wantsPods, wantsTarget } = result;
    return result.watch === null ? NO_ATTENTION : { lookAgainAtMs, wantsPods, wantsTarget };
  }

  resumed(sinceMs: number, untilMs: number): void {
    this.#options.log.info('the cluster is in sight again', {
      outOfSightSeconds: Math.round((untilMs - sinceMs) / 1000),
    });
    if (untilMs - sinceMs >= GAP_TOLD_MS) this.#tellOfWatcher('', sinceMs, '');
  }

  /** What is not there any more went while nobody watched. */
  lookedAtAll(uids: ReadonlySet<string>): void {
    const atMs = this.#options.clock.nowMs();
    for (const [uid, { watch }] of this.#kept) {
      if (!uids.has(uid)) this.observe(uid, { kind: 'gone', atMs, unwatchedSinceMs: watch.seenAtMs });
    }
    // What is believed of the provider may be as old as the store, and no HPA need change for it to be wrong.
    this.#countIn(0);
  }

  /** Somebody watched until then, if nothing says otherwise: what follows came later. */
  #restore(uid: string, watch: HpaWatch, watchedUntilMs: number | undefined): void {
    const seenAtMs = Math.max(watch.seenAtMs, watchedUntilMs ?? watch.seenAtMs);
    this.#kept.set(uid, { watch: { ...watch, seenAtMs }, text: storedText(watch) });
  }

  #keep(uid: string, watch: HpaWatch | null, notices: readonly Notice[]): void {
    const known = this.#kept.get(uid);
    const text = watch === null ? undefined : storedText(watch);
    if (watch === null || text === undefined) this.#kept.delete(uid);
    else this.#kept.set(uid, { watch, text });
    for (const notice of notices) this.#options.onNotice?.(notice);
    if (text === known?.text && notices.length === 0) return;
    const stored = watch === null ? undefined : JSON.stringify(watch);
    this.#options.journal.keep({ place: uid, entries: new Map([[`${uid}${WATCH_SUFFIX}`, stored]]), notices });
  }

  /** Counts HPAs without metrics, once for all that changed at one instant. */
  #countIn(delayMs: number): void {
    this.#cancelCount();
    this.#cancelCount = this.#options.clock.after(delayMs, () => this.#countMetrics());
  }

  #countMetrics(): void {
    const { clock, cluster, journal, onNotice } = this.#options;
    const atMs = clock.nowMs();
    const options = this.#detect;
    const tally = tallyMetrics(watchesOf(this.#kept.values()), atMs, options);
    const { state, notices, lookAgainAtMs } = stepProvider(this.#provider, tally, { cluster, options });
    const { phase, sinceMs } = this.#provider;
    const isChanged = notices.length > 0 || state.phase !== phase || state.sinceMs !== sinceMs;
    this.#provider = state;
    for (const notice of notices) onNotice?.(notice);
    if (isChanged) journal.keep({ place: CLUSTER, entries: new Map([[PROVIDER_KEY, JSON.stringify(state)]]), notices });
    if (lookAgainAtMs !== undefined) this.#countIn(lookAgainAtMs - atMs);
  }

  #tellOfWatcher(about: string, sinceMs: number, message: string): void {
    const { cluster, clock, journal, onNotice } = this.#options;
    const notice = watcherNotice({ type: 'watcher.gap', cluster, about, atMs: clock.nowMs(), sinceMs, message });
    onNotice?.(notice);
    journal.keep({ place: CLUSTER, entries: new Map(), notices: [notice] });
  }

  #noteWatched(atMs: number): void {
    this.#options.journal.keep({
      place: CLUSTER,
      entries: new Map([[WATCHED_KEY, JSON.stringify({ v: 1, atMs })]]),
      notices: [],
    });
  }
}

function* watchesOf(kept: Iterable<Kept>): Iterable<HpaWatch> {
  for (const { watch } of kept) yield watch;
}

/** When it was last seen changes with every look, and is noted for all of them together. */
function storedText(watch: HpaWatch): string {
  return JSON.stringify({ ...watch, seenAtMs: 0 });
}

function instantOf(text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : parsed(text);
  const atMs = typeof value === 'object' && value !== null ? (value as { readonly atMs?: unknown }).atMs : undefined;
  return typeof atMs === 'number' && Number.isFinite(atMs) ? atMs : undefined;
}

/** Undefined for what is no JSON: no record of ours either. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
