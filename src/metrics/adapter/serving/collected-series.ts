import type { Clock } from '../../../base/clock.ts';
import { ADAPTER_MISSED_SERIES_COUNT_MAX } from '../../../base/limits.ts';
import type { PrometheusAnswer, SeriesFold } from '../../prometheus/answers.ts';
import type { PrometheusClient } from '../../prometheus/client.ts';
import { type DiscoverySelector, isThere, type SeriesBySelector } from '../series.ts';

/** Why a selector has brought no series this time. */
export interface SelectorFailure {
  /** The selector's key. */
  readonly key: string;
  readonly thrown: unknown;
}

/** What one round of listing has come to. */
export interface CollectedRound {
  readonly failures: readonly SelectorFailure[];
  /** Whether any selector finds other series than before. */
  readonly isChanged: boolean;
}

/** How series are collected. */
export interface CollectedSeriesOptions {
  readonly prometheus: { get(backend: string | null): Pick<PrometheusClient, 'series'> };
  readonly clock: Pick<Clock, 'nowMs'>;
  /** How old the last sample of a series may be. */
  readonly maxAgeMs: number;
  /** For how many further lists of its selector a series stays that they do not have. */
  readonly keptListsCount: number;
}

/** Series that a selector has found; of those that stay although they are missed there are none behind the fold. */
interface KeptSeries extends SeriesFold {
  readonly missedCount?: number;
}

/**
 * The series that each selector has found last. A selector that fails keeps what it had and takes nothing from the others;
 * upstream drops the whole round.
 */
export class CollectedSeries {
  readonly #options: CollectedSeriesOptions;
  readonly #found = new Map<string, readonly KeptSeries[]>();

  constructor(options: CollectedSeriesOptions) {
    this.#options = options;
  }

  get found(): SeriesBySelector {
    return this.#found;
  }

  /** How many series there are behind what is kept, those of several selectors counted for each. */
  get seriesCount(): number {
    return [...this.#found.values()].flat().reduce((sum, { seriesCount }) => sum + seriesCount, 0);
  }

  /** Asks for the series of these selectors, by their keys, all at once. Rejects only when the signal aborts. */
  async list(selectors: ReadonlyMap<string, DiscoverySelector>, signal: AbortSignal): Promise<CollectedRound> {
    const { prometheus, clock, maxAgeMs } = this.#options;
    const startMs = clock.nowMs() - maxAgeMs;
    const asked = await Promise.allSettled(
      [...selectors.values()].map(async ({ backend, seriesQuery }) =>
        prometheus.get(backend).series({ selectors: [seriesQuery], startMs }, signal),
      ),
    );
    signal.throwIfAborted();
    const failures: SelectorFailure[] = [];
    let isChanged = false;
    for (const [index, key] of [...selectors.keys()].entries()) {
      const result = asked[index];
      if (result?.status === 'rejected') failures.push({ key, thrown: result.reason });
      else if (result !== undefined && this.#keep(key, result.value)) isChanged = true;
    }
    return { failures, isChanged };
  }

  /** Forgets what was found for selectors that are not listed any more, and says whether there was such. */
  retain(selectors: { has(key: string): boolean }): boolean {
    const forgotten = [...this.#found.keys()].filter((key) => !selectors.has(key));
    for (const key of forgotten) this.#found.delete(key);
    return forgotten.length > 0;
  }

  #keep(key: string, { value }: PrometheusAnswer<readonly SeriesFold[]>): boolean {
    const before = this.#found.get(key);
    const missed = this.#missed(before ?? [], value);
    const now = missed.length === 0 ? value : [...missed, ...value];
    this.#found.set(key, now);
    return before === undefined || !isSame(before, now);
  }

  /** Those of before that the list does not have and that stay nevertheless, missed longest first. */
  #missed(before: readonly KeptSeries[], list: readonly SeriesFold[]): readonly KeptSeries[] {
    const { keptListsCount } = this.#options;
    if (keptListsCount === 0) return [];
    const there = new Set(list.map(keyOf));
    return before
      .filter((fold) => (fold.missedCount ?? 0) < keptListsCount && !there.has(keyOf(fold)))
      .map(({ name, labelNames, missedCount = 0 }): KeptSeries => {
        return { name, labelNames, seriesCount: 0, missedCount: missedCount + 1 };
      })
      .slice(-ADAPTER_MISSED_SERIES_COUNT_MAX);
  }
}

function keyOf({ name, labelNames }: SeriesFold): string {
  return JSON.stringify([name, labelNames]);
}

/** Whether two lists make the same metrics; how many series there are of each makes no difference. */
function isSame(before: readonly KeptSeries[], after: readonly KeptSeries[]): boolean {
  return before.length === after.length && before.every((fold, index) => isSameFold(fold, after[index]));
}

function isSameFold(before: KeptSeries, after: KeptSeries | undefined): boolean {
  if (after === undefined || before.name !== after.name || isThere(before) !== isThere(after)) return false;
  if (before.labelNames.length !== after.labelNames.length) return false;
  return before.labelNames.every((label, index) => label === after.labelNames[index]);
}
