import type { Clock, IoClock, Release } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { LAB_SCRAPE_TARGETS_COUNT_MAX } from '../../../base/limits.ts';
import type { Log } from '../../../base/log.ts';
import { nextScrapeAtMs } from '../../../metrics/kubelet/scrape-times.ts';
import type { SeriesLabels } from '../../../metrics/prometheus/answers.ts';
import type { MetricCatalogue } from '../metric-catalogue.ts';
import { labelsKey, labelText, METRIC_NAME } from '../series-labels.ts';
import type { SeriesStore } from '../series-store.ts';
import { type ExposedPage, readExposition } from './exposition-reader.ts';
import { type ScrapeTarget, targetKey } from './scrape-target.ts';

export interface ScraperOptions {
  readonly store: SeriesStore;
  readonly catalogue: MetricCatalogue;
  /** When targets are looked at, and what their samples' instants are. */
  readonly clock: Clock;
  /** How long that took. */
  readonly ioClock: IoClock;
  readonly log: Log;
  /** The text of a target's page. Rejects with a Failure when there is none in time. */
  fetchPage(target: ScrapeTarget, signal: AbortSignal): Promise<string>;
}

/** How a target fares. */
export interface TargetStanding {
  readonly target: ScrapeTarget;
  /** Undefined before the first scrape. */
  readonly lastScrapeAtMs: number | undefined;
  readonly lastDurationMs: number;
  /** Why the last scrape failed; undefined when it did not. */
  readonly lastProblem: string | undefined;
}

/**
 * Scrapes targets on a clock, each at an offset of its own within its interval, and stores what they show. A series that a
 * target shows no more has ended, and so have all of a target that is gone or does not answer.
 */
export class Scraper {
  readonly #options: ScraperOptions;
  readonly #loops = new Map<string, TargetLoop>();
  #isStopped = false;

  constructor(options: ScraperOptions) {
    this.#options = options;
  }

  /** Scrapes these from now on and no others; beyond the bound the last are left out. */
  follow(targets: readonly ScrapeTarget[]): void {
    if (this.#isStopped) return;
    const wanted = new Map(targets.map((target) => [targetKey(target), target]));
    if (wanted.size > LAB_SCRAPE_TARGETS_COUNT_MAX)
      this.#options.log.warn('there are more targets than the lab scrapes; some are left out', {
        targetCount: wanted.size,
        targetCountMax: LAB_SCRAPE_TARGETS_COUNT_MAX,
      });
    const kept = new Map([...wanted].slice(0, LAB_SCRAPE_TARGETS_COUNT_MAX));
    for (const [key, loop] of this.#loops) {
      const target = kept.get(key);
      if (target !== undefined && isSameTarget(target, loop.target)) continue;
      loop.end();
      this.#loops.delete(key);
    }
    for (const [key, target] of kept)
      if (!this.#loops.has(key)) this.#loops.set(key, new TargetLoop(target, this.#options));
  }

  /** How each target fares, by pool and address. */
  standings(): readonly TargetStanding[] {
    return [...this.#loops].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, loop]) => loop.standing());
  }

  stop(): void {
    this.#isStopped = true;
    for (const loop of this.#loops.values()) loop.abandon();
    this.#loops.clear();
  }
}

function isSameTarget(one: ScrapeTarget, other: ScrapeTarget): boolean {
  const { labels, ...rest } = one;
  const { labels: otherLabels, ...otherRest } = other;
  return labelsKey(labels) === labelsKey(otherLabels) && JSON.stringify(rest) === JSON.stringify(otherRest);
}

/** The scrapes of one target. */
class TargetLoop {
  readonly target: ScrapeTarget;
  readonly #options: ScraperOptions;
  readonly #stopping = new AbortController();
  /** What the target shows, by the labels' key. */
  #shown: ReadonlyMap<string, SeriesLabels> = new Map();
  #cancelNext: Release = () => undefined;
  #lastScrapeAtMs: number | undefined;
  #lastDurationMs = 0;
  #lastProblem: string | undefined;

  constructor(target: ScrapeTarget, options: ScraperOptions) {
    this.target = target;
    this.#options = options;
    this.#schedule();
  }

  standing(): TargetStanding {
    return {
      target: this.target,
      lastScrapeAtMs: this.#lastScrapeAtMs,
      lastDurationMs: this.#lastDurationMs,
      lastProblem: this.#lastProblem,
    };
  }

  /** Stops, and ends the series. */
  end(): void {
    this.abandon();
    const atMs = Math.max(Math.round(this.#options.clock.nowMs()), (this.#lastScrapeAtMs ?? 0) + 1);
    this.#endSeries(this.#shown, atMs);
    if (this.#lastScrapeAtMs !== undefined)
      for (const name of REPORTS) this.#options.store.append(this.#reportLabels(name), atMs, null);
  }

  /** Stops, and leaves the series as they are. */
  abandon(): void {
    this.#cancelNext();
    this.#stopping.abort(new Failure('unavailable', 'the target is not scraped any more'));
  }

  /** The promise goes to the clock, which a scrape holds until it is stored. */
  #schedule(): void {
    const { clock } = this.#options;
    const { intervalMs } = this.target;
    // The first is due as soon as its moment comes.
    const beganAtMs = this.#lastScrapeAtMs ?? clock.nowMs() - intervalMs / 2;
    const nextAtMs = nextScrapeAtMs(targetKey(this.target), beganAtMs, intervalMs);
    this.#cancelNext = clock.after(nextAtMs - clock.nowMs(), () => this.#scrape());
  }

  async #scrape(): Promise<void> {
    const { clock, ioClock } = this.#options;
    const atMs = Math.round(clock.nowMs());
    const beganMs = ioClock.monotonicMs();
    const page = await this.#fetch();
    if (this.#stopping.signal.aborted) return;
    this.#lastScrapeAtMs = atMs;
    this.#lastDurationMs = ioClock.monotonicMs() - beganMs;
    this.#store(page, atMs);
    this.#schedule();
  }

  /** Undefined when the target shows nothing that can be read. */
  async #fetch(): Promise<ExposedPage | undefined> {
    try {
      const page = readExposition(await this.#options.fetchPage(this.target, this.#stopping.signal));
      this.#lastProblem = undefined;
      return page;
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      this.#lastProblem = thrown.message;
      return undefined;
    }
  }

  #store(page: ExposedPage | undefined, atMs: number): void {
    const { store, catalogue } = this.#options;
    const shown = new Map<string, SeriesLabels>();
    let isFull = false;
    for (const { labels: exposed, value, atMs: exposedAtMs } of page?.samples ?? []) {
      const labels = this.#labelsOf(exposed);
      isFull = store.append(labels, exposedAtMs ?? atMs, value) === 'full' || isFull;
      // A target that says when sees to the end of its series itself.
      if (exposedAtMs === undefined) shown.set(labelsKey(labels), labels);
    }
    for (const [name, metadata] of page?.metadata ?? []) catalogue.describe(name, metadata);
    if (isFull) this.#lastProblem = 'there are more series than the lab keeps';
    const ended = [...this.#shown].filter(([key]) => !shown.has(key));
    this.#endSeries(new Map(ended), atMs);
    this.#shown = shown;
    const isUp = page !== undefined && !isFull;
    const reports = [isUp ? 1 : 0, this.#lastDurationMs / 1000, page?.samples.length ?? 0];
    for (const [index, name] of REPORTS.entries())
      store.append(this.#reportLabels(name), atMs, reports[index] ?? Number.NaN);
  }

  #endSeries(series: ReadonlyMap<string, SeriesLabels>, atMs: number): void {
    for (const labels of series.values()) this.#options.store.append(labels, atMs, null);
  }

  /** Labels of the target beside those of the page. */
  #labelsOf(exposed: SeriesLabels): SeriesLabels {
    const { labels: own, honorsLabels } = this.target;
    if (honorsLabels) return { ...own, ...exposed };
    const renamed = Object.entries(exposed).map(([name, text]) => [
      name !== METRIC_NAME && labelText(own, name) !== '' ? `exported_${name}` : name,
      text,
    ]);
    return { ...Object.fromEntries(renamed), ...own };
  }

  #reportLabels(name: string): SeriesLabels {
    return { ...this.target.labels, [METRIC_NAME]: name };
  }
}

/** What is stored of every scrape, in this order: whether it went well, how long it took, how many samples there were. */
const REPORTS = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'] as const;
