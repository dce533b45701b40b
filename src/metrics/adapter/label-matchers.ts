import { quoteText } from '../../base/go-text.ts';
import type { Selector, SelectorOperator, SelectorRequirement } from '../../base/label-selector.ts';

/** How a matcher of PromQL compares. */
export type MatchOperator = '=' | '!=' | '=~' | '!~';

/** The conditions on labels that a query asks with. */
export interface LabelMatchers {
  /** As they stand between braces, in order: `app="web",pod=~"a|b"`. */
  readonly texts: readonly string[];
  /** Label to values, joined by `|`; of a label with several conditions the last counts, whatever its operator says. */
  readonly valuesByName: ReadonlyMap<string, string>;
}

/** Matchers, or why the selector has none, in upstream's words. */
export type MatchersResult =
  | { readonly kind: 'matchers'; readonly matchers: LabelMatchers }
  | { readonly kind: 'unsupported'; readonly reason: string };

/** One condition, its value quoted as Go quotes it; label names stand as they are. */
export function matcherText(label: string, operator: MatchOperator, value: string): string {
  return `${label}${operator}${quoteText(value)}`;
}

/**
 * The requirements of a metric selector as matchers, in the order of their keys, and the namespace behind them. Values
 * stand as they are where they become part of a regular expression, as upstream's.
 *
 * @param namespace label and value; null when the request has no namespace
 */
export function matchersOf(
  selector: Selector,
  namespace: { readonly label: string; readonly value: string } | null,
): MatchersResult {
  const requirements = selector.kind === 'nothing' ? [] : [...selector.requirements];
  if (namespace !== null) requirements.push({ key: namespace.label, operator: '=', values: [namespace.value] });
  const texts: string[] = [];
  const valuesByName = new Map<string, string>();
  for (const requirement of requirements) {
    const { key } = requirement;
    if (key === '') return { kind: 'unsupported', reason: 'label not specified' };
    const operator = operatorOf(requirement);
    if (operator.length > 2) return { kind: 'unsupported', reason: operator };
    const value = requirement.values.join('|');
    texts.push(matcherText(key, operator as MatchOperator, value));
    valuesByName.set(key, value);
  }
  return { kind: 'matchers', matchers: { texts, valuesByName } };
}

const EXACT: Readonly<Partial<Record<SelectorOperator, MatchOperator>>> = { '=': '=', '==': '=', '!=': '!=' };
const ONE_OF_MANY: Readonly<Partial<Record<SelectorOperator, MatchOperator>>> = {
  '=': '=~',
  '==': '=~',
  in: '=~',
  '!=': '!~',
  notin: '!~',
};

/** The matcher's operator, or upstream's words for why there is none. */
function operatorOf({ operator, values }: SelectorRequirement): MatchOperator | string {
  if (operator === 'gt' || operator === 'lt') return 'operator not supported by prometheus';
  if (operator === 'exists' || operator === '!') {
    if (values.length > 0) return 'operator does not support values';
    return operator === 'exists' ? '!=' : '=';
  }
  if (values.length === 0) return 'operator requires values';
  // A single value of `in` is a regular expression all the same: upstream lets one through on purpose.
  const exact = values.length === 1 ? EXACT[operator] : undefined;
  return exact ?? ONE_OF_MANY[operator] ?? 'operator not supported by query builder';
}
