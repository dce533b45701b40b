import { Failure } from '../../../base/failure.ts';
import { parsePromql } from '../../prometheus/promql-expression.ts';
import { type SelectorMatcher, selectorsOf } from '../../prometheus/promql-selectors.ts';

/** The label under which Prometheus keeps the name of a series. */
export const NAME_LABEL = '__name__';

/** A series selector; a metric's name before the braces is a matcher of `__name__`. */
export type SelectorReading =
  | { readonly kind: 'selector'; readonly matchers: readonly SelectorMatcher[] }
  | { readonly kind: 'broken'; readonly detail: string };

/** Reads what Prometheus takes as `match[]`: `up`, `{job="web"}`, `up{job!=""}`. */
export function readSeriesSelector(text: string): SelectorReading {
  try {
    const [selector, ...others] = selectorsOf(parsePromql(text));
    const isWhole = selector !== undefined && text.slice(selector.from, selector.to) === text.trim();
    if (isWhole && others.length === 0) return { kind: 'selector', matchers: selector.matchers };
    return { kind: 'broken', detail: 'a selector is a name, braces with matchers, or both' };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { kind: 'broken', detail: thrown.message };
  }
}
