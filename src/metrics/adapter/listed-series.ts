import { PROMETHEUS_LISTS_COUNT_MAX } from '../../base/limits.ts';
import type { PrometheusProblem } from '../../core/explain/prometheus-problem.ts';
import type { SeriesFold } from '../prometheus/answers.ts';
import type { PrometheusClient } from '../prometheus/client.ts';
import { PrometheusFailure } from '../prometheus/prometheus-failure.ts';
import type { DiscoverySelector } from './series.ts';

/** Whom series are asked of, and how old their last sample may be. */
export interface SeriesListing {
  readonly prometheus: { get(backend: string | null): Pick<PrometheusClient, 'series'> };
  /** Epoch ms; series without a sample since then are not there. */
  readonly sinceMs: number;
}

/** What selectors have found, by their keys, each with an example of its series. */
export interface ListedSeries {
  readonly found: ReadonlyMap<string, readonly SeriesFold[]>;
  /** Selectors that are at fault themselves: the server is well, and will not have them. */
  readonly refused: ReadonlyMap<string, PrometheusProblem>;
}

/** What is wrong with a selector, and not with the server or the way to it. */
const OF_THE_SELECTOR: ReadonlySet<PrometheusProblem['code']> = new Set<PrometheusProblem['code']>([
  'BadQuery',
  'NotExecuted',
  'AnswerTooLarge',
  'TooManyLabelSets',
]);

/** Asks each selector's backend once for its series; a selector that is empty is not asked. Throws PrometheusFailure when the server cannot be asked. */
export async function listSeries(
  selectors: ReadonlyMap<string, DiscoverySelector>,
  { prometheus, sinceMs }: SeriesListing,
  signal: AbortSignal,
): Promise<ListedSeries> {
  const found = new Map<string, readonly SeriesFold[]>();
  const refused = new Map<string, PrometheusProblem>();
  const waiting = selectors.entries();
  const ask = async (): Promise<void> => {
    for (const [key, { backend, seriesQuery }] of waiting) {
      if (seriesQuery === '') continue;
      try {
        const request = { selectors: [seriesQuery], startMs: sinceMs, hasExamples: true };
        found.set(key, (await prometheus.get(backend).series(request, signal)).value);
      } catch (thrown) {
        if (!(thrown instanceof PrometheusFailure && OF_THE_SELECTOR.has(thrown.problem.code))) throw thrown;
        refused.set(key, thrown.problem);
      }
    }
  };
  await Promise.all(Array.from({ length: PROMETHEUS_LISTS_COUNT_MAX }, ask));
  return { found, refused };
}
