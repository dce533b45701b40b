import { LAB_PROMETHEUS_SERIES_COUNT_MAX } from '../../base/limits.ts';
import type { SeriesLabels } from '../../metrics/prometheus/answers.ts';
import { SampleHistory } from './sample-history.ts';
import { labelsKey, labelText, METRIC_NAME } from './series-labels.ts';
import type { SeriesMatchers } from './series-matchers.ts';

/** A series with its samples. */
export interface StoredSeries {
  /** With the metric's name, without labels that have no text. */
  readonly labels: SeriesLabels;
  readonly history: SampleHistory;
}

/** What became of a sample: stored, older than what is stored or as old, or of a series too many. */
export type AppendOutcome = 'stored' | 'outOfOrder' | 'full';

/** All series of the lab's Prometheus, in memory, bounded in number and in length. */
export class SeriesStore {
  readonly #byKey = new Map<string, StoredSeries>();
  readonly #byName = new Map<string, Set<StoredSeries>>();

  get seriesCount(): number {
    return this.#byKey.size;
  }

  /** Stores a sample of a series, or with null the mark that the series has ended. */
  append(labels: SeriesLabels, atMs: number, value: number | null): AppendOutcome {
    const series = this.#seriesOf(labels);
    if (series === undefined) return 'full';
    const { newestAtMs } = series.history;
    if (newestAtMs !== undefined && atMs <= newestAtMs) return 'outOfOrder';
    series.history.add(atMs, value);
    return 'stored';
  }

  /** The series that matchers mean, in the order in which they came. */
  select(matchers: SeriesMatchers): readonly StoredSeries[] {
    const candidates = matchers.name === undefined ? this.#byKey.values() : (this.#byName.get(matchers.name) ?? []);
    return [...candidates].filter(({ labels }) => matchers.isMatch(labels));
  }

  /** All series, in the order in which they came. */
  all(): readonly StoredSeries[] {
    return [...this.#byKey.values()];
  }

  /** Forgets the series whose newest sample is older than an instant. */
  forgetBefore(atMs: number): void {
    for (const [key, series] of this.#byKey) {
      const { newestAtMs } = series.history;
      if (newestAtMs !== undefined && newestAtMs >= atMs) continue;
      this.#byKey.delete(key);
      const name = labelText(series.labels, METRIC_NAME);
      const named = this.#byName.get(name);
      named?.delete(series);
      if (named?.size === 0) this.#byName.delete(name);
    }
  }

  #seriesOf(given: SeriesLabels): StoredSeries | undefined {
    const labels = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
    const key = labelsKey(labels);
    const known = this.#byKey.get(key);
    if (known !== undefined || this.#byKey.size >= LAB_PROMETHEUS_SERIES_COUNT_MAX) return known;
    const series = { labels, history: new SampleHistory() };
    this.#byKey.set(key, series);
    const name = labelText(labels, METRIC_NAME);
    const named = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, named.add(series));
    return series;
  }
}
