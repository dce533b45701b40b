import { Failure } from '../../base/failure.ts';
import { compileRegexp } from '../../metrics/adapter/go-regexp.ts';
import type { SeriesLabels } from '../../metrics/prometheus/answers.ts';
import type { SelectorMatcher } from '../../metrics/prometheus/promql-selectors.ts';
import { labelText, METRIC_NAME } from './series-labels.ts';

/** Which series are meant. */
export interface SeriesMatchers {
  /** Where there is but one name to look under. */
  readonly name: string | undefined;
  isMatch(labels: SeriesLabels): boolean;
}

/**
 * Makes matchers ready for use. A label that is not there is one without a text; regular expressions are RE2's, and match
 * whole values.
 *
 * @throws Failure('invalid') for an expression that RE2 does not know, and for matchers that every series could have.
 */
export function compileMatchers(matchers: readonly SelectorMatcher[]): SeriesMatchers {
  const compiled = matchers.map((matcher) => ({ label: matcher.label, isValueMatch: valueMatch(matcher) }));
  if (compiled.every(({ isValueMatch }) => isValueMatch('')))
    throw new Failure(
      'invalid',
      'PromQL: a selector must contain at least one matcher that an empty label does not meet',
    );
  return {
    name: matchers.find(({ label, operator }) => label === METRIC_NAME && operator === '=')?.value,
    isMatch: (labels) => compiled.every(({ label, isValueMatch }) => isValueMatch(labelText(labels, label))),
  };
}

function valueMatch({ label, operator, value }: SelectorMatcher): (text: string) => boolean {
  if (operator === '=') return (text) => text === value;
  if (operator === '!=') return (text) => text !== value;
  const compiled = compileRegexp(`^(?:${value})$`);
  if (compiled.kind === 'refused')
    throw new Failure('invalid', `PromQL: ${label}${operator}${JSON.stringify(value)}: ${compiled.reason}`);
  const { regexp } = compiled;
  return operator === '=~' ? (text) => regexp.isFoundIn(text) : (text) => !regexp.isFoundIn(text);
}
