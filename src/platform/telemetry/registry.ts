import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { measureProcess } from './process-metrics.ts';

/** Values of a series' labels, by label name. */
export type Labels = Readonly<Record<string, string>>;

/** What a telemetry metric is called and says. */
export interface MetricDescription {
  /** `podtide_<noun>_<unit>[_total]`, or upstream's name where upstream has the metric. */
  readonly name: string;
  readonly help: string;
  /** Label names; none when absent. */
  readonly labels?: readonly string[];
}

export interface TelemetryCounter {
  /** Adds 1 when no amount is given. */
  add(labels?: Labels, amount?: number): void;
}

export interface TelemetryGauge {
  set(value: number, labels?: Labels): void;
  /** Forgets one series, for example of an object that is gone. */
  remove(labels: Labels): void;
}

export interface TelemetryHistogram {
  observe(value: number, labels?: Labels): void;
  /** Forgets one series, for example of an object that is gone. */
  remove(labels: Labels): void;
}

/** The program's own metrics: one registry for each process or test, never the library's global one. */
export interface Telemetry {
  counter(description: MetricDescription): TelemetryCounter;
  gauge(description: MetricDescription): TelemetryGauge;
  /** Upper bounds of the buckets, ascending, without infinity. */
  histogram(description: MetricDescription & { readonly buckets: readonly number[] }): TelemetryHistogram;
  /** Called before each exposition, to set gauges that follow some other state. */
  beforeExposition(refresh: () => void): void;
  /** The Prometheus text format and its content type. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Makes an empty registry; with `isProcessMeasured` it also holds the process's memory, CPU, files and event loop. */
export function createTelemetry(options: { readonly isProcessMeasured?: boolean } = {}): Telemetry {
  const registry = new Registry();
  const refreshes: (() => void)[] = [];
  if (options.isProcessMeasured === true) measureProcess(registry);
  const configuration = (description: MetricDescription) => ({
    name: description.name,
    help: description.help,
    labelNames: [...(description.labels ?? [])],
    registers: [registry],
  });
  return {
    counter: (description) => {
      const counter = new Counter(configuration(description));
      return { add: (labels = {}, amount = 1) => counter.inc(labels, amount) };
    },
    gauge: (description) => {
      const gauge = new Gauge(configuration(description));
      return { set: (value, labels = {}) => gauge.set(labels, value), remove: (labels) => gauge.remove(labels) };
    },
    histogram: (description) => {
      const histogram = new Histogram({ ...configuration(description), buckets: [...description.buckets] });
      return {
        observe: (value, labels = {}) => histogram.observe(labels, value),
        remove: (labels) => histogram.remove(labels),
      };
    },
    beforeExposition: (refresh) => {
      refreshes.push(refresh);
    },
    expose: async () => {
      for (const refresh of refreshes) refresh();
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
