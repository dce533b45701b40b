import type { Selector } from '../../base/label-selector.ts';
import { ADAPTER_METRICS_COUNT_MAX } from '../../base/limits.ts';
import { metricNameOf } from './metric-name.ts';
import { externalQuery, type QueryResult } from './metrics-query.ts';
import type { CompiledRule } from './rule.ts';
import { ruledSeries, type SeriesBySelector } from './series.ts';
import { byCodePoint } from './template/go-value.ts';

/** The external metrics that rules make of the series there are; of several of one name the last counts. */
export class ExternalRegistry {
  readonly #sources = new Map<string, { readonly series: string; readonly rule: CompiledRule }>();
  #leftOutCount = 0;

  constructor(rules: readonly CompiledRule[], found: SeriesBySelector) {
    for (const { rule, series } of ruledSeries(rules, found)) {
      const metric = metricNameOf(series.name, rule.naming);
      if (metric !== undefined) this.#add(metric, series.name, rule);
    }
  }

  /** Every name, sorted. */
  get metrics(): readonly string[] {
    return [...this.#sources.keys()].sort(byCodePoint);
  }

  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  has(metric: string): boolean {
    return this.#sources.has(metric);
  }

  /** The query for a metric, `namespace` being that of the request; undefined when there is no such metric. */
  query(metric: string, namespace: string, metricSelector: Selector): QueryResult | undefined {
    const source = this.#sources.get(metric);
    if (source === undefined) return undefined;
    const { rule, series } = source;
    const bound = rule.isNamespaced && namespace !== '' ? namespace : null;
    return externalQuery(rule.query, rule.association, { series, namespace: bound, metricSelector });
  }

  /** The backend that has the metric; null for the one that is meant where none is named. */
  backend(metric: string): string | null {
    return this.#sources.get(metric)?.rule.backend ?? null;
  }

  #add(metric: string, series: string, rule: CompiledRule): void {
    if (!this.#sources.has(metric) && this.#sources.size >= ADAPTER_METRICS_COUNT_MAX) this.#leftOutCount += 1;
    else this.#sources.set(metric, { series, rule });
  }
}
