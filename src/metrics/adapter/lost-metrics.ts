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

/** A metric, and what makes it. */
type SourceOf<Metric> = MetricSource & { readonly metric: Metric };

/** Notes which series and rules lost a metric to a later one. */
export class LostMetrics<Metric> {
  readonly #lost = new Map<string, { readonly winner: SourceOf<Metric>; readonly losers: Map<string, MetricOrigin> }>();

  /**
   * Notes that `winner` takes the metric called `key` over; the same series and rule told twice lose nothing, nor does a series
   * that is missed to one that is there.
   */
  note(key: string, earlier: SourceOf<Metric>, winner: SourceOf<Metric>): void {
    const known = this.#lost.get(key);
    if (known !== undefined) this.#lost.set(key, { ...known, winner });
    if (earlier.series === winner.series && earlier.rule === winner.rule) return;
    if (earlier.isThere !== winner.isThere) return;
    const losers = known?.losers ?? new Map<string, MetricOrigin>();
    losers.set(textOf(earlier), originOf(earlier));
    losers.delete(textOf(winner));
    this.#lost.set(key, { winner, losers });
  }

  get collisions(): readonly MetricCollision<Metric>[] {
    return [...this.#lost.values()].map(({ winner, losers }) => {
      return { metric: winner.metric, winner: originOf(winner), losers: [...losers.values()] };
    });
  }
}

function originOf({ series, rule }: MetricSource): MetricOrigin {
  return { series, rulePath: rule.path };
}

function textOf({ series, rule }: MetricSource): string {
  return `${rule.path} ${series}`;
}
