import type { CompiledRule } from './rule.ts';

/**
 * What discovery needs to know of a series: its name and which labels it has; their values play no part. Series of the
 * same name and labels may be told once, in the place of the last of them.
 */
export interface DiscoveredSeries {
  readonly name: string;
  /** Without `__name__`. */
  readonly labelNames: readonly string[];
}

/** The series that each selector has found, in the order of Prometheus' answer. */
export type SeriesBySelector = ReadonlyMap<string, readonly DiscoveredSeries[]>;

/** The selectors to ask Prometheus for, each once, in the order of the file. */
export function discoverySelectors(rules: readonly CompiledRule[]): readonly string[] {
  return [...new Set(rules.map(({ seriesQuery }) => seriesQuery))];
}

/** The series of one rule. */
export function seriesOf(rule: CompiledRule, found: SeriesBySelector): readonly DiscoveredSeries[] {
  return (found.get(rule.seriesQuery) ?? []).filter(({ name }) => rule.isKept(name));
}
