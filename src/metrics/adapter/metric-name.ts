import { compileRegexp, expand, type ForeignConstruct, type GoRegexp } from './go-regexp.ts';

/** How a rule calls the metrics that it makes of series. */
export interface MetricNaming {
  readonly matches: GoRegexp;
  /** The replacement, the default filled in. */
  readonly as: string;
}

/** A naming, or why there is none. */
export type MetricNamingResult =
  | { readonly kind: 'naming'; readonly naming: MetricNaming }
  | { readonly kind: 'badRegexp'; readonly reason: string; readonly construct: ForeignConstruct | null }
  /** Several groups, and nothing says which one is the name. */
  | { readonly kind: 'ambiguous'; readonly groupCount: number };

/**
 * Compiles `name.matches` and `name.as`. Without `as` the name is the whole match, or the group when there is one;
 * without `matches` it is the series' name.
 */
export function compileNaming({ matches, as }: { readonly matches: string; readonly as: string }): MetricNamingResult {
  const compiled = compileRegexp(matches === '' ? '.*' : matches);
  if (compiled.kind === 'refused') {
    return { kind: 'badRegexp', reason: compiled.reason, construct: compiled.construct };
  }
  const { regexp } = compiled;
  const groupCount = regexp.groupNames.length - 1;
  if (as !== '') return { kind: 'naming', naming: { matches: regexp, as } };
  if (groupCount > 1) return { kind: 'ambiguous', groupCount };
  return { kind: 'naming', naming: { matches: regexp, as: `$${groupCount}` } };
}

/** What a series is called in the API; undefined when it does not match. What surrounds the match is dropped. */
export function metricNameOf(seriesName: string, { matches, as }: MetricNaming): string | undefined {
  const groups = matches.find(seriesName);
  return groups && expand(as, matches, groups);
}
