import type { Selector } from '../../base/label-selector.ts';
import { ADAPTER_METRICS_COUNT_MAX } from '../../base/limits.ts';
import { isRootScoped } from './association.ts';
import { type GroupResource, groupResourceText, type KindMapper } from './kinds.ts';
import { LostMetrics, type MetricCollision, type MetricSource } from './lost-metrics.ts';
import { metricNameOf } from './metric-name.ts';
import { objectsQuery, type QueryResult } from './metrics-query.ts';
import type { RowReading } from './result-rows.ts';
import type { CompiledRule } from './rule.ts';
import { isThere, type RuledSeries, ruledSeries, type SeriesBySelector } from './series.ts';
import { byCodePoint } from './template/go-value.ts';

/** A metric of the custom metrics API. */
export interface CustomMetric {
  /** As paths and discovery write it: `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly isNamespaced: boolean;
  readonly metric: string;
}

/** A request for a metric, its resource as it was typed. */
export interface CustomMetricRequest {
  readonly resource: GroupResource;
  /** Whether the request names a namespace for its objects. */
  readonly isNamespaced: boolean;
  readonly metric: string;
}

/** A metric, and where it comes from. */
export interface CustomMetricSource extends MetricSource {
  readonly metric: CustomMetric;
}

/**
 * The custom metrics that rules make of the series there are. Of several series that make one metric of a resource the
 * last one counts: rules in the order of the file, series in the order of the answer, as upstream.
 */
export class SeriesRegistry {
  readonly #kinds: KindMapper;
  /** By what metrics are of and whether that is in namespaces, then by the metric's name: without a text for each of both. */
  readonly #sources = new Map<string, Map<string, CustomMetricSource>>();
  readonly #lost = new LostMetrics<CustomMetric>();
  #count = 0;
  #metrics: readonly CustomMetric[] | undefined;
  /** Metrics beyond the bound. */
  #leftOutCount = 0;

  constructor(rules: readonly CompiledRule[], found: SeriesBySelector, kinds: KindMapper) {
    this.#kinds = kinds;
    for (const each of ruledSeries(rules, found)) this.#addSeries(each);
  }

  /** Every metric, by resource and name. */
  get metrics(): readonly CustomMetric[] {
    this.#metrics ??= this.sources.map(({ metric }) => metric);
    return this.#metrics;
  }

  /** Every metric with where it comes from, in the same order. */
  get sources(): readonly CustomMetricSource[] {
    return [...this.#sources.values()]
      .flatMap((ofResource) => [...ofResource.values()])
      .map((source) => ({ source, name: `${source.metric.resource}/${source.metric.metric}` }))
      .sort((a, b) => byCodePoint(a.name, b.name) || (a.source.metric.isNamespaced ? 1 : -1))
      .map(({ source }) => source);
  }

  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  /** Metrics that more than one series or rule makes. */
  get collisions(): readonly MetricCollision<CustomMetric>[] {
    return this.#lost.collisions;
  }

  /** Where a metric comes from; undefined when no rule makes it. */
  sourceOf(request: CustomMetricRequest): CustomMetricSource | undefined {
    return this.#find(request)?.source;
  }

  /** The query for objects by name; undefined when there is no such metric, no object, or no way to ask. */
  query(
    request: CustomMetricRequest,
    question: {
      readonly namespace: string | null;
      readonly names: readonly string[];
      readonly metricSelector: Selector;
    },
  ): QueryResult | undefined {
    if (question.names.length === 0) return undefined;
    const found = this.#find(request);
    if (found === undefined) return undefined;
    const { source, resource } = found;
    return objectsQuery(source.rule.query, source.rule.association, { ...question, series: source.series, resource });
  }

  /** The label by whose value result rows belong to objects; undefined when the metric or the label is unknown. */
  resourceLabel(request: CustomMetricRequest): string | undefined {
    const found = this.#find(request);
    const label = found?.source.rule.association.labelOf(found.resource);
    return label?.kind === 'label' ? label.label : undefined;
  }

  /** The backend that has the metric; null for the one that is meant where none is named. */
  backend(request: CustomMetricRequest): string | null {
    return this.#find(request)?.source.rule.backend ?? null;
  }

  /** How answers about the metric are read; undefined when no rule makes it. */
  reading(request: CustomMetricRequest): RowReading | undefined {
    return this.#find(request)?.source.rule.reading;
  }

  #find({ resource, isNamespaced, metric }: CustomMetricRequest) {
    const kind = this.#kinds.normalize(resource);
    if (kind === undefined) return undefined;
    const source = this.#sources.get(scopeOf({ resource: groupResourceText(kind), isNamespaced }))?.get(metric);
    return source && { source, resource: { group: kind.group, resource: kind.resource } };
  }

  #addSeries({ rule, series }: RuledSeries): void {
    const { name, labelNames } = series;
    const metric = metricNameOf(name, rule.naming);
    if (metric === undefined) return;
    const { resources, isNamespaced } = rule.association.resourcesOf(labelNames);
    for (const resource of resources) {
      const scope = isNamespaced && !isRootScoped(resource);
      this.#add({
        metric: { resource: groupResourceText(resource), isNamespaced: scope, metric },
        series: name,
        rule,
        isThere: isThere(series),
      });
    }
  }

  #add(source: CustomMetricSource): void {
    const scope = scopeOf(source.metric);
    const ofResource = this.#sources.get(scope) ?? new Map<string, CustomMetricSource>();
    const earlier = ofResource.get(source.metric.metric);
    if (earlier === undefined && this.#count >= ADAPTER_METRICS_COUNT_MAX) {
      this.#leftOutCount += 1;
      return;
    }
    if (earlier === undefined) this.#count += 1;
    else this.#lost.note(`${scope}/${source.metric.metric}`, earlier, source);
    ofResource.set(source.metric.metric, source);
    this.#sources.set(scope, ofResource);
  }
}

function scopeOf({ resource, isNamespaced }: Pick<CustomMetric, 'resource' | 'isNamespaced'>): string {
  return `${isNamespaced} ${resource}`;
}
