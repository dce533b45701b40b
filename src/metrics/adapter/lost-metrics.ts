import type { CompiledRule } from './rule.ts';

/** What makes a metric: a series, by a rule. */
export interface MetricSource {
  readonly series: string;
  readonly rule: CompiledRule;
  /** Whether the series is there as of the newest list; one that is not collides with none that is. */
  readonly isThere: boolean;
}

/** What made a metric, or would have. */
export interface MetricOrigin {
  readonly series: string;
  /** Where the rule is in the file. */
  readonly rulePath: string;
}

/** Several series, or rules, that make the same metric; the one that won is asked. */
export interface MetricCollision<Metric> {
  readonly metric: Metric;
  readonly winner: MetricOrigin;
  /** Distinct ones, in the order in which they lost. */
  readonly losers: readonly MetricOrigin[];
}

/** Notes which series and rules lost a metric to a later one. */
export class LostMetrics {
  readonly #losers = new Map<string, Map<string, MetricOrigin>>();

  /** Notes that `winner` takes the metric called `key` over; the same series and rule told twice lose nothing, nor does a series that is missed to one that is there. */
  note(key: string, earlier: MetricSource, winner: MetricSource): void {
    if (earlier.series === winner.series && earlier.rule === winner.rule) return;
    if (earlier.isThere !== winner.isThere) return;
    const losers = this.#losers.get(key) ?? new Map<string, MetricOrigin>();
    losers.set(textOf(earlier), originOf(earlier));
    losers.delete(textOf(winner));
    this.#losers.set(key, losers);
  }

  /** The collisions, `find` being asked what has become of each metric. */
  collisions<Metric>(
    find: (key: string) => (MetricSource & { readonly metric: Metric }) | undefined,
  ): readonly MetricCollision<Metric>[] {
    return [...this.#losers].flatMap(([key, losers]) => {
      const source = find(key);
      if (source === undefined) return [];
      return [{ metric: source.metric, winner: originOf(source), losers: [...losers.values()] }];
    });
  }
}

function originOf({ series, rule }: MetricSource): MetricOrigin {
  return { series, rulePath: rule.path };
}

function textOf({ series, rule }: MetricSource): string {
  return `${rule.path} ${series}`;
}
