import type { Clock, IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { ScrapeProblem } from '../../core/explain/scrape-problem.ts';
import type { NodeEntry } from './node-projection.ts';
import type { KubeletClient } from './port.ts';
import { attemptScrape } from './scrape-attempt.ts';
import { ScrapeFailure } from './scrape-failure.ts';
import { ScrapePlaces } from './scrape-places.ts';
import { nextScrapeAtMs } from './scrape-times.ts';
import type { NodeStanding } from './standing.ts';
import type { UsageStore } from './usage-store.ts';

/** What scraping needs. */
export interface ScraperOptions {
  readonly kubelets: KubeletClient;
  readonly store: UsageStore;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly resolutionMs: number;
  /** Of all nodes within a resolution; a moment of its own for each when absent. */
  readonly scrapePhaseMs?: () => number | undefined;
  readonly requestTimeoutMs: number;
  /** Told of every scrape of a node that is still there; null: it was good. */
  readonly onScraped: (scrape: FinishedScrape) => void;
  readonly onForgotten: (nodeName: string) => void;
  readonly places?: ScrapePlaces;
}

/** How a scrape ended. */
export interface FinishedScrape {
  readonly nodeName: string;
  readonly startedAtMs: number;
  readonly tookMs: number;
  readonly problem: ScrapeProblem | null;
  /** The problem of the scrape before; undefined at the first. */
  readonly problemBefore: ScrapeProblem | null | undefined;
}

/** A node in the round. */
interface Track {
  node: NodeEntry;
  url: string | null;
  isGone: boolean;
  /** Ends the scrape that is under way, if one is. */
  underWay: AbortController | undefined;
  /** Asked for while a scrape was under way: the next follows at once. */
  isHurried: boolean;
  nextAtMs: number;
  cancelNext: Release;
  last: FinishedScrape | undefined;
}

/**
 * Scrapes every node once a resolution, at a moment of its own: a new one, and one whose place has changed, at once. Never
 * two scrapes of a node together; each has a deadline, and a slow one delays nobody. What a node's scrapes bring goes to
 * the store, how they stand is told in one log line for each change.
 */
export class Scraper {
  readonly #options: ScraperOptions;
  readonly #places: ScrapePlaces;
  readonly #tracks = new Map<string, Track>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: ScraperOptions) {
    this.#options = options;
    this.#places = options.places ?? new ScrapePlaces({ ioClock: options.ioClock });
  }

  add(node: NodeEntry): void {
    const track: Track = {
      node,
      url: this.#urlOf(node),
      isGone: false,
      underWay: undefined,
      isHurried: false,
      nextAtMs: 0,
      cancelNext: () => {},
      last: undefined,
    };
    this.#tracks.set(node.name, track);
    this.#schedule(track, 0);
  }

  update(node: NodeEntry): void {
    const track = this.#tracks.get(node.name);
    if (track === undefined) return;
    const url = this.#urlOf(node);
    const isMoved = url !== track.url;
    track.node = node;
    track.url = url;
    if (!isMoved) return;
    if (track.underWay !== undefined) {
      track.isHurried = true;
      return;
    }
    track.cancelNext();
    this.#schedule(track, 0);
  }

  remove(nodeName: string): void {
    const track = this.#tracks.get(nodeName);
    if (track === undefined) return;
    track.cancelNext();
    this.#tracks.delete(nodeName);
    track.isGone = true;
    track.underWay?.abort(new Failure('unavailable', `node ${nodeName} is gone`));
    this.#options.kubelets.forget(nodeName);
    this.#options.store.forget(nodeName);
    this.#options.onForgotten(nodeName);
  }

  /** Lets go of all nodes; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    for (const name of [...this.#tracks.keys()]) this.remove(name);
    await Promise.all(this.#underWay);
  }

  has(nodeName: string): boolean {
    return this.#tracks.has(nodeName);
  }

  /** How one node stands; undefined when it is not scraped. */
  standing(nodeName: string): NodeStanding | undefined {
    const track = this.#tracks.get(nodeName);
    return track === undefined ? undefined : this.#standingOf(track);
  }

  *standings(): IterableIterator<NodeStanding> {
    for (const track of this.#tracks.values()) yield this.#standingOf(track);
  }

  #standingOf({ node, url, last, underWay, nextAtMs }: Track): NodeStanding {
    const usage = this.#options.store.peek(node.name);
    return {
      name: node.name,
      url,
      isNodeReady: node.isReady,
      scrapedAtMs: last?.startedAtMs ?? null,
      tookMs: last?.tookMs ?? null,
      problem: last?.problem ?? null,
      goodAtMs: usage?.scrapedAtMs ?? null,
      goodBeforeAtMs: usage?.scrapedBeforeAtMs ?? null,
      nextAtMs: underWay === undefined ? nextAtMs : null,
    };
  }

  #urlOf(node: NodeEntry): string | null {
    try {
      return this.#options.kubelets.urlOf(node);
    } catch (thrown) {
      // The scrape itself meets the same failure, and tells of it.
      if (thrown instanceof ScrapeFailure) return null;
      throw thrown;
    }
  }

  /** The promise goes to the clock, which a scrape holds until it is over. */
  #schedule(track: Track, delayMs: number): void {
    const { clock } = this.#options;
    track.nextAtMs = clock.nowMs() + delayMs;
    track.cancelNext = clock.after(delayMs, () => {
      const scrape = this.#scrape(track).finally(() => this.#underWay.delete(scrape));
      this.#underWay.add(scrape);
      return scrape;
    });
  }

  async #scrape(track: Track): Promise<void> {
    const { clock, ioClock, resolutionMs, scrapePhaseMs } = this.#options;
    const underWay = new AbortController();
    track.underWay = underWay;
    let startedAtMs = clock.nowMs();
    let startedMs = ioClock.monotonicMs();
    const problem = await this.#places
      .run(underWay.signal, () => {
        startedAtMs = clock.nowMs();
        startedMs = ioClock.monotonicMs();
        return attemptScrape(track, this.#options, underWay, startedAtMs);
      })
      .then(() => null)
      .catch((thrown: unknown) => this.#problemOf(track, thrown));
    track.underWay = undefined;
    if (track.isGone) return;
    this.#finish(track, { startedAtMs, tookMs: ioClock.monotonicMs() - startedMs, problem });
    const nextAtMs = nextScrapeAtMs(track.node.name, startedAtMs, resolutionMs, scrapePhaseMs?.());
    this.#schedule(track, track.isHurried ? 0 : Math.max(0, nextAtMs - clock.nowMs()));
    track.isHurried = false;
  }

  /** A bug of ours concerns the one node that met it, and is as loud as a log can be. */
  #problemOf({ node, isGone }: Track, thrown: unknown): ScrapeProblem | null {
    if (isGone) return null;
    const { store, clock, log } = this.#options;
    store.failed(node.name, clock.nowMs());
    if (thrown instanceof ScrapeFailure) return thrown.problem;
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error('a scrape met a bug', { node: node.name, error: errorText(thrown), stack });
    return { code: 'Bug', detail: errorText(thrown) };
  }

  #finish(track: Track, scrape: Omit<FinishedScrape, 'nodeName' | 'problemBefore'>): void {
    const finished = { ...scrape, nodeName: track.node.name, problemBefore: track.last?.problem };
    track.last = finished;
    this.#tell(track, finished);
    this.#options.onScraped(finished);
  }

  /** One line when a node begins to fail, when it fails otherwise, and when it is well again. */
  #tell({ node, url }: Track, { problem, problemBefore, tookMs }: FinishedScrape): void {
    if (problem?.code === problemBefore?.code) return;
    const { log } = this.#options;
    const fields = { node: node.name, url, isNodeReady: node.isReady };
    if (problem === null) {
      log.info('the kubelet can be scraped again', { ...fields, tookMs });
      return;
    }
    const { message, hint } = new ScrapeFailure(node.name, problem);
    log[node.isReady ? 'warn' : 'info']('the kubelet cannot be scraped', {
      ...fields,
      code: problem.code,
      error: message,
      hint,
    });
  }
}
