import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** A family of counters; labels in the order of their names. */
export interface CounterFamily {
  add(amount: number, labels?: LabelValues): void;
}

/** A family of gauges. */
export interface GaugeFamily {
  set(value: number, labels?: LabelValues): void;
  /** Drops the series of these labels. */
  remove(labels: LabelValues): void;
}

/** A family of histograms. */
export interface HistogramFamily {
  observe(value: number, labels?: LabelValues): void;
}

export type LabelValues = Readonly<Record<string, string>>;

/** Name, help text and label names of a family. */
export interface FamilyOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Where a part registers its own metrics. Handed in, never a singleton. */
export interface MetricRegistry {
  counter(options: FamilyOptions): CounterFamily;
  /** `read`, when given, sets the value at each scrape. */
  gauge(options: FamilyOptions & { readonly read?: () => number }): GaugeFamily;
  histogram(options: FamilyOptions & { readonly buckets: readonly number[] }): HistogramFamily;
  /** The exposition, in the text format of Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes an empty registry; `isProcessIncluded` adds CPU, memory and event-loop lag of the process. */
export function createMetricRegistry(options: { readonly isProcessIncluded: boolean }): MetricRegistry {
  const register = new Registry();
  if (options.isProcessIncluded) collectDefaultMetrics({ register });
  const common = ({ name, help, labels = [] }: FamilyOptions) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [register],
  });
  return {
    counter: (family) => {
      const counter = new Counter(common(family));
      return { add: (amount, labels) => counter.inc(labels ?? {}, amount) };
    },
    gauge: ({ read, ...family }) => {
      const gauge: Gauge = new Gauge({
        ...common(family),
        ...(read === undefined ? {} : { collect: () => gauge.set(read()) }),
      });
      return { set: (value, labels) => gauge.set(labels ?? {}, value), remove: (labels) => gauge.remove(labels) };
    },
    histogram: ({ buckets, ...family }) => {
      const histogram = new Histogram({ ...common(family), buckets: [...buckets] });
      return { observe: (value, labels) => histogram.observe(labels ?? {}, value) };
    },
    text: () => register.metrics(),
    contentType: register.contentType,
  };
}
