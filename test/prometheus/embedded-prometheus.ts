import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { MetricCatalogue } from '../../src/lab/prometheus/metric-catalogue.ts';
import { createPrometheusApi } from '../../src/lab/prometheus/prometheus-api.ts';
import { SeriesStore } from '../../src/lab/prometheus/series-store.ts';
import { comparable, type PrometheusOutcome } from './promql-outcome.ts';
import { QUESTIONS_AT_MS, type QuestionedSeries } from './promql-questions.ts';

/** The lab's Prometheus with given series, asked in process. */
export interface EmbeddedPrometheus {
  fetch(path: string, form?: URLSearchParams): Promise<Response>;
  /** What a query comes to. */
  ask(path: string): Promise<PrometheusOutcome>;
  /** Why it comes to nothing. */
  refusalOf(path: string): Promise<string>;
}

/** Makes one; its clock stands at the instant of the questions. */
export function embeddedPrometheus(
  series: readonly QuestionedSeries[],
  catalogue = new MetricCatalogue(),
): EmbeddedPrometheus {
  const store = new SeriesStore();
  for (const { labels, samples } of series) for (const { atMs, value } of samples) store.append(labels, atMs, value);
  const clock = new VirtualClock({ startAtMs: QUESTIONS_AT_MS });
  const handle = createPrometheusApi({ store, catalogue, clock, programVersion: '0.0.0', standings: () => [] });
  const fetch = (path: string, form?: URLSearchParams): Promise<Response> =>
    handle(new Request(`http://127.0.0.1:9090${path}`, form === undefined ? {} : { method: 'POST', body: form }));
  return {
    fetch,
    ask: async (path) => {
      const answer = await fetch(path);
      return comparable(answer.status, await answer.json());
    },
    refusalOf: async (path) => ((await (await fetch(path)).json()) as { readonly error: string }).error,
  };
}
