/** What a server answered, and what it remarked. */
export interface PrometheusAnswer<Value> {
  readonly value: Value;
  /** Why the value may be incomplete or not what was meant, in the server's words. */
  readonly warnings: readonly string[];
  /** Hints on the query itself, for example a rate of what is no counter. */
  readonly infos: readonly string[];
}

/** Labels of a series, its name as `__name__` among them. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** A number at an instant. */
export interface Sample {
  readonly atMs: number;
  /** May be NaN or infinite. */
  readonly value: number;
  /** The number as the server wrote it, such as `+Inf` or `0.1`. */
  readonly valueText: string;
}

/** One series of an instant vector. */
export interface VectorSample extends Sample {
  readonly labels: SeriesLabels;
}

/** One series of a range vector; the three lists belong together by their indices. */
export interface MatrixSeries {
  readonly labels: SeriesLabels;
  readonly atMs: Float64Array;
  readonly values: Float64Array;
  readonly valueTexts: readonly string[];
}

/** What a query came to. */
export type QueryResult =
  | { readonly kind: 'vector'; readonly samples: readonly VectorSample[] }
  | { readonly kind: 'matrix'; readonly series: readonly MatrixSeries[] }
  | { readonly kind: 'scalar'; readonly sample: Sample }
  | { readonly kind: 'string'; readonly atMs: number; readonly text: string };

/** Series that have the same name and the same label names. */
export interface SeriesFold {
  /** Empty for series without a name, which recording rules cannot make but other servers may. */
  readonly name: string;
  /** Without `__name__`, sorted. */
  readonly labelNames: readonly string[];
  readonly seriesCount: number;
  /** The last of the series, where that was asked for. */
  readonly example?: SeriesLabels;
}

/** What is known of a metric beside its series. */
export interface MetricMetadata {
  /** `counter`, `gauge`, `histogram`, `summary`, `unknown` …, as the target said. */
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** What the server says it is. */
export interface BuildInfo {
  readonly version: string;
  readonly revision: string;
  readonly goVersion: string;
}

/** How many series an answer holds in memory. */
export function seriesCountOf(result: QueryResult): number {
  if (result.kind === 'vector') return result.samples.length;
  return result.kind === 'matrix' ? result.series.length : 1;
}
