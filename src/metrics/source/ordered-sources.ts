import { errorText } from '../../base/failure.ts';
import { METRIC_OVERLAPS_COUNT_MAX } from '../../base/limits.ts';
import type { SourceFinding } from '../../core/explain/source-finding.ts';
import { MetricFailure } from './metric-failure.ts';
import type { CustomMetric, CustomMetricsSource, ExternalMetricsSource } from './port.ts';

/** A source of a list, under the name that people know it by. */
export interface NamedSource<Source> {
  readonly name: string;
  readonly source: Source;
}

/** Several sources as one, and what is to be told of them. */
export interface OrderedSource<Source> {
  readonly source: Source;
  /** As of when the metrics were listed last: overlaps by name, then sources that could not be listed. */
  findings(): readonly SourceFinding[];
}

/**
 * Custom metrics of several sources: the first that owns a metric answers for it, and a failure of its is the answer. What
 * nobody owns, the first source refuses in its own words. Discovery has the metrics of all of them, the bad ones' as last
 * known; it fails for none. A source that owns everything (a way to another server) belongs at the end.
 */
export function createOrderedCustomSource(
  sources: readonly NamedSource<CustomMetricsSource>[],
): OrderedSource<CustomMetricsSource> {
  return new SourceList(sources, ({ resource, metric }: CustomMetric) => `${resource}/${metric}`);
}

/** The same for external metrics. */
export function createOrderedExternalSource(
  sources: readonly NamedSource<ExternalMetricsSource>[],
): OrderedSource<ExternalMetricsSource> {
  return new SourceList(sources, (name: string) => name);
}

/** What both kinds of sources have in common. */
interface ListableSource<Metric, Query, Value> {
  listMetrics(signal: AbortSignal): Promise<readonly Metric[]>;
  owns?(query: Query): boolean;
  getValues(query: Query, signal: AbortSignal): Promise<readonly Value[]>;
}

class SourceList<Metric, Query extends { readonly metric: string }, Value> {
  readonly source: ListableSource<Metric, Query, Value>;
  readonly #sources: readonly NamedSource<ListableSource<Metric, Query, Value>>[];
  readonly #keyOf: (metric: Metric) => string;
  /** What each source listed last, in their order. */
  #lists: readonly (readonly Metric[])[];
  #merged: readonly Metric[] = [];
  #overlaps: readonly SourceFinding[] = [];
  #unlisted: readonly SourceFinding[] = [];

  constructor(
    sources: readonly NamedSource<ListableSource<Metric, Query, Value>>[],
    keyOf: (metric: Metric) => string,
  ) {
    this.#sources = sources;
    this.#keyOf = keyOf;
    this.#lists = sources.map(() => []);
    this.source = {
      listMetrics: (signal) => this.#list(signal),
      owns: (query) => sources.some(({ source }) => isOwner(source, query)),
      getValues: async (query, signal) => this.#answererOf(query).getValues(query, signal),
    };
  }

  findings(): readonly SourceFinding[] {
    return [...this.#overlaps, ...this.#unlisted];
  }

  #answererOf(query: Query): ListableSource<Metric, Query, Value> {
    const { source } = this.#sources.find((each) => isOwner(each.source, query)) ?? this.#sources[0] ?? {};
    if (source === undefined) throw new MetricFailure('unknownMetric', `no source has the metric ${query.metric}`);
    return source;
  }

  async #list(signal: AbortSignal): Promise<readonly Metric[]> {
    const results = await Promise.allSettled(this.#sources.map(({ source }) => source.listMetrics(signal)));
    signal.throwIfAborted();
    const lists = results.map((result, index) =>
      result.status === 'fulfilled' ? result.value : (this.#lists[index] ?? []),
    );
    if (lists.some((list, index) => list !== this.#lists[index])) this.#merge(lists);
    this.#unlisted = results.flatMap((result, index): SourceFinding[] => {
      if (result.status === 'fulfilled') return [];
      return [{ code: 'SourceUnlisted', source: this.#nameOf(index), detail: errorText(result.reason) }];
    });
    return this.#merged;
  }

  #merge(lists: readonly (readonly Metric[])[]): void {
    const owners = new Map<string, { readonly metric: Metric; readonly sources: string[] }>();
    for (const [index, list] of lists.entries()) {
      const source = this.#nameOf(index);
      for (const metric of list) {
        const key = this.#keyOf(metric);
        const known = owners.get(key);
        if (known === undefined) owners.set(key, { metric, sources: [source] });
        else if (!known.sources.includes(source)) known.sources.push(source);
      }
    }
    this.#lists = lists;
    this.#merged = [...owners.values()].map(({ metric }) => metric);
    this.#overlaps = overlapsOf([...owners].map(([metric, { sources }]) => ({ metric, sources })));
  }

  #nameOf(index: number): string {
    return this.#sources[index]?.name ?? '';
  }
}

function overlapsOf(owned: readonly { readonly metric: string; readonly sources: readonly string[] }[]) {
  const overlapping = owned.filter(({ sources }) => sources.length > 1).sort((a, b) => (a.metric < b.metric ? -1 : 1));
  const named = overlapping.slice(0, METRIC_OVERLAPS_COUNT_MAX).map(({ metric, sources }): SourceFinding => {
    const [answeredBy = '', ...hidden] = sources;
    return { code: 'MetricOverlap', metric, answeredBy, hidden };
  });
  const count = overlapping.length - named.length;
  return count === 0 ? named : [...named, { code: 'MoreOverlaps', count } as const];
}

function isOwner<Metric, Query, Value>(source: ListableSource<Metric, Query, Value>, query: Query): boolean {
  return source.owns?.(query) ?? true;
}
