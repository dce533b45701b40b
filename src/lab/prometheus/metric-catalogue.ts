import { LAB_PROMETHEUS_SERIES_COUNT_MAX } from '../../base/limits.ts';
import type { MetricMetadata } from '../../metrics/prometheus/answers.ts';

/** What targets say of their metrics, by name; of a name that several describe, what was said last. */
export class MetricCatalogue {
  readonly #entries = new Map<string, MetricMetadata>();

  /** Notes what a target says. A name too many is left out: there are no more names than series. */
  describe(name: string, metadata: MetricMetadata): void {
    if (this.#entries.size < LAB_PROMETHEUS_SERIES_COUNT_MAX || this.#entries.has(name))
      this.#entries.set(name, metadata);
  }

  /** What is known of a metric, or of all. */
  entries(name?: string): ReadonlyMap<string, MetricMetadata> {
    if (name === undefined) return this.#entries;
    const entry = this.#entries.get(name);
    return new Map(entry === undefined ? [] : [[name, entry]]);
  }
}
