import type { Selector } from '../../base/label-selector.ts';
import { ADAPTER_METRICS_COUNT_MAX } from '../../base/limits.ts';
import { LostMetrics, type MetricCollision, type MetricSource } from './lost-metrics.ts';
import { metricNameOf } from './metric-name.ts';
import { externalQuery, type QueryResult } from './metrics-query.ts';
import type { RowReading } from './result-rows.ts';
import type { CompiledRule } from './rule.ts';
import { isThere, ruledSeries, type SeriesBySelector } from './series.ts';
import { byCodePoint } from './template/go-value.ts';

/** An external metric, and where it comes from. */
export interface ExternalMetricSource extends MetricSource {
  readonly metric: string;
}

/** The external metrics that rules make of the series there are; of several of one name the last counts. */
export class ExternalRegistry {
  readonly #sources = new Map<string, ExternalMetricSource>();
  readonly #lost = new LostMetrics<string>();
  #leftOutCount = 0;

  constructor(rules: readonly CompiledRule[], found: SeriesBySelector) {
    for (const { rule, series } of ruledSeries(rules, found)) {
      const metric = metricNameOf(series.name, rule.naming);
      if (metric !== undefined) this.#add({ metric, series: series.name, rule, isThere: isThere(series) });
    }
  }

  /** Every name, sorted. */
  get metrics(): readonly string[] {
    return this.sources.map(({ metric }) => metric);
  }

  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  /** Every metric with where it comes from, in the same order. */
  get sources(): readonly ExternalMetricSource[] {
    return [...this.#sources.values()].sort((a, b) => byCodePoint(a.metric, b.metric));
  }

  /** Metrics that more than one series or rule makes. */
  get collisions(): readonly MetricCollision<string>[] {
    return this.#lost.collisions;
  }

  /** Where a metric comes from; undefined when no rule makes it. */
  sourceOf(metric: string): ExternalMetricSource | undefined {
    return this.#sources.get(metric);
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

  /** How answers about the metric are read; undefined when no rule makes it. */
  reading(metric: string): RowReading | undefined {
    return this.#sources.get(metric)?.rule.reading;
  }

  #add(source: ExternalMetricSource): void {
    const { metric } = source;
    const earlier = this.#sources.get(metric);
    if (earlier === undefined && this.#sources.size >= ADAPTER_METRICS_COUNT_MAX) {
      this.#leftOutCount += 1;
      return;
    }
    if (earlier !== undefined) this.#lost.note(metric, earlier, source);
    this.#sources.set(metric, source);
  }
}
