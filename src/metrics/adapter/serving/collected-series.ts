import type { Clock } from '../../../base/clock.ts';
import type { PrometheusAnswer, SeriesFold } from '../../prometheus/answers.ts';
import type { PrometheusClient } from '../../prometheus/client.ts';
import type { SeriesBySelector } from '../series.ts';

/** Why a selector has brought no series this time. */
export interface SelectorFailure {
  readonly selector: string;
  readonly thrown: unknown;
}

/** What one round of listing has come to. */
export interface CollectedRound {
  readonly failures: readonly SelectorFailure[];
  /** Whether any selector finds other series than before. */
  readonly isChanged: boolean;
}

/**
 * The series that each selector has found last. A selector that fails keeps what it had and takes nothing from the others;
 * upstream drops the whole round.
 */
export class CollectedSeries {
  readonly #prometheus: Pick<PrometheusClient, 'series'>;
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #maxAgeMs: number;
  readonly #found = new Map<string, readonly SeriesFold[]>();

  /** @param maxAgeMs how old the last sample of a series may be */
  constructor(prometheus: Pick<PrometheusClient, 'series'>, clock: Pick<Clock, 'nowMs'>, maxAgeMs: number) {
    this.#prometheus = prometheus;
    this.#clock = clock;
    this.#maxAgeMs = maxAgeMs;
  }

  get found(): SeriesBySelector {
    return this.#found;
  }

  /** How many series there are behind what is kept, those of several selectors counted for each. */
  get seriesCount(): number {
    return [...this.#found.values()].flat().reduce((sum, { seriesCount }) => sum + seriesCount, 0);
  }

  /** Asks for the series of these selectors, all at once. Rejects only when the signal aborts. */
  async list(selectors: readonly string[], signal: AbortSignal): Promise<CollectedRound> {
    const startMs = this.#clock.nowMs() - this.#maxAgeMs;
    const asked = await Promise.allSettled(
      selectors.map((selector) => this.#prometheus.series({ selectors: [selector], startMs }, signal)),
    );
    signal.throwIfAborted();
    const failures: SelectorFailure[] = [];
    let isChanged = false;
    for (const [index, result] of asked.entries()) {
      const selector = selectors[index] ?? '';
      if (result.status === 'rejected') failures.push({ selector, thrown: result.reason });
      else if (this.#keep(selector, result.value)) isChanged = true;
    }
    return { failures, isChanged };
  }

  /** Forgets what was found for selectors that no rule has any more. */
  retain(selectors: readonly string[]): void {
    const wanted = new Set(selectors);
    for (const selector of this.#found.keys()) if (!wanted.has(selector)) this.#found.delete(selector);
  }

  #keep(selector: string, { value }: PrometheusAnswer<readonly SeriesFold[]>): boolean {
    const before = this.#found.get(selector);
    this.#found.set(selector, value);
    return before === undefined || !isSame(before, value);
  }
}

/** Whether two lists make the same metrics; how many series there are of each makes no difference. */
function isSame(before: readonly SeriesFold[], after: readonly SeriesFold[]): boolean {
  return before.length === after.length && before.every((fold, index) => isSameFold(fold, after[index]));
}

function isSameFold(before: SeriesFold, after: SeriesFold | undefined): boolean {
  if (after === undefined || before.name !== after.name) return false;
  if (before.labelNames.length !== after.labelNames.length) return false;
  return before.labelNames.every((label, index) => label === after.labelNames[index]);
}
