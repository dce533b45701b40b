import type { MetricMetadata } from '../../prometheus/answers.ts';

/** Whether a series only ever grows, as far as its targets say. */
export type CounterStanding = 'counter' | 'other' | 'unknown';

/** What targets say when they say nothing. */
const UNSAID: ReadonlySet<string> = new Set(['', 'unknown', 'untyped']);

/** What targets have said of their metrics, as Prometheus keeps it: by the name of a family, which need not be a series'. */
export class KnownTypes {
  readonly #metadata: ReadonlyMap<string, readonly MetricMetadata[]>;

  constructor(metadata: ReadonlyMap<string, readonly MetricMetadata[]>) {
    this.#metadata = metadata;
  }

  /** Where targets disagree, one that says counter is believed. */
  standingOf(series: string): CounterStanding {
    const own = this.#typesOf(series);
    if (own.includes('counter')) return 'counter';
    if (own.length > 0) return 'other';
    // The parts of histograms and summaries grow, and are not families of their own.
    const whole = series.replace(/_(?:bucket|sum|count)$/, '');
    const types = whole === series ? [] : this.#typesOf(whole);
    if (types.includes('histogram') || types.includes('summary')) return 'counter';
    // OpenMetrics names the family of a counter without its ending.
    const family = series.replace(/_total$/, '');
    return family !== series && this.#typesOf(family).includes('counter') ? 'counter' : 'unknown';
  }

  #typesOf(family: string): readonly string[] {
    const said = this.#metadata.get(family) ?? [];
    return said.map(({ type }) => type).filter((type) => !UNSAID.has(type));
  }
}
