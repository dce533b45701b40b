import type { CompiledRule } from './rule.ts';

/**
 * What discovery needs to know of a series: its name and which labels it has; their values play no part. Series of the
 * same name and labels may be told once, in the place of the last of them.
 */
export interface DiscoveredSeries {
  readonly name: string;
  /** Without `__name__`. */
  readonly labelNames: readonly string[];
  /**
   * Lists since the last that had it; none when absent. One that the newest list does not have gives way to every series that
   * is there, of whatever rule.
   */
  readonly missedCount?: number;
}

/** Series that a backend is asked for; null is the backend that is meant where none is named. */
export type DiscoverySelector = Pick<CompiledRule, 'backend' | 'seriesQuery'>;

/** The series that each selector has found, by its key, in the order of Prometheus' answer. */
export type SeriesBySelector = ReadonlyMap<string, readonly DiscoveredSeries[]>;

/** What the series of a selector are kept under: itself where no backend is named. */
export function selectorKey({ backend, seriesQuery }: DiscoverySelector): string {
  return backend === null ? seriesQuery : `${backend}\0${seriesQuery}`;
}

/** The selectors to list, each once, by their keys, in the order of the file. */
export function discoverySelectors(rules: readonly CompiledRule[]): ReadonlyMap<string, DiscoverySelector> {
  return new Map(
    rules.map(({ backend, seriesQuery }) => [selectorKey({ backend, seriesQuery }), { backend, seriesQuery }]),
  );
}

/** A series, and a rule that makes metrics of it. */
export interface RuledSeries {
  readonly rule: CompiledRule;
  readonly series: DiscoveredSeries;
}

/** Whether the newest list has the series. */
export function isThere({ missedCount = 0 }: DiscoveredSeries): boolean {
  return missedCount === 0;
}

/**
 * The series of rules: rules in the order of the file, series in the order of the answer, and before all of them those that the
 * newest lists do not have, because of several that make one metric the last counts.
 */
export function ruledSeries(rules: readonly CompiledRule[], found: SeriesBySelector): readonly RuledSeries[] {
  const all = rules.flatMap((rule) =>
    (found.get(selectorKey(rule)) ?? [])
      .filter(({ name }) => rule.isKept(name))
      .map((series): RuledSeries => ({ rule, series })),
  );
  const missed = all.filter(({ series }) => !isThere(series));
  return missed.length === 0 ? all : [...missed, ...all.filter(({ series }) => isThere(series))];
}
