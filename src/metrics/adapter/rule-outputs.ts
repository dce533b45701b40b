import { Failure } from '../../base/failure.ts';
import { parsePromql } from '../prometheus/promql-expression.ts';
import { selectorsOf } from '../prometheus/promql-selectors.ts';
import { mayExpandTo } from './go-regexp.ts';
import { metricNameOf } from './metric-name.ts';
import type { CompiledRule } from './rule.ts';

/**
 * Whether a rule may make one of these metrics, as far as can be told without its series: where its selector names the one series
 * there is, its metric is known; otherwise whatever its groups hold may come. Never false for a metric that the rule makes.
 */
export function mayMake(rule: CompiledRule, metrics: ReadonlySet<string>): boolean {
  if (metrics.size === 0) return false;
  const series = onlySeriesOf(rule.seriesQuery);
  if (series === undefined) return [...metrics].some((metric) => mayExpandTo(metric, rule.naming.as));
  const metric = rule.isKept(series) ? metricNameOf(series, rule.naming) : undefined;
  return metric !== undefined && metrics.has(metric);
}

/** The name of the series that a selector finds; undefined where it may find several, and where it is none. */
function onlySeriesOf(seriesQuery: string): string | undefined {
  try {
    const [selector, ...others] = selectorsOf(parsePromql(seriesQuery));
    return others.length === 0 ? selector?.name : undefined;
  } catch (thrown) {
    // Whether it is one is Prometheus' to say, which is asked by the text as it stands.
    if (thrown instanceof Failure) return undefined;
    throw thrown;
  }
}
