import type { RuleProblem } from '../rule.ts';
import type { CheckedRule } from './check-config.ts';
import { matchesValue } from './rule-samples.ts';
import { readSeriesSelector } from './series-selector.ts';

/** What is wrong with the selector of a rule's series. */
export function seriesQueryFindings({ rule, compiled, samples }: CheckedRule): readonly RuleProblem[] {
  const path = `${rule.path}.seriesQuery`;
  if (rule.seriesQuery === '') return [{ finding: { code: 'SeriesQueryEmpty' }, path: rule.path }];
  const reading = readSeriesSelector(rule.seriesQuery);
  if (reading.kind === 'broken') return [{ finding: { code: 'SeriesQuerySyntax', detail: reading.detail }, path }];
  const { matchers } = reading;
  if (matchers.every(({ operator, value }) => matchesValue('', operator, value))) {
    return [{ finding: { code: 'SeriesQueryMatchesAll' }, path }];
  }
  const required = matchers.filter(({ operator, value }) => !matchesValue('', operator, value));
  const labels = rule.resources.overrides.map(({ label }) => label);
  const missing = labels.filter((label) => !required.some((matcher) => matcher.label === label));
  const isNamed =
    samples.names.length > 0 && !compiled.association.inactive.some(({ label }) => missing.includes(label));
  return missing.length > 0 && isNamed ? [{ finding: { code: 'LabelNotRequired', labels: missing }, path }] : [];
}
