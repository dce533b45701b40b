import type { RuleProblem } from '../rule.ts';
import type { CheckedRule } from './check-config.ts';
import { matchesValue } from './rule-samples.ts';
import { readSeriesSelector } from './series-selector.ts';

/** What is wrong with the selector of a rule's series. */
export function seriesQueryFindings({ rule, compiled }: CheckedRule): readonly RuleProblem[] {
  const path = `${rule.path}.seriesQuery`;
  if (rule.seriesQuery === '') return [{ finding: { code: 'SeriesQueryEmpty' }, path: rule.path }];
  const reading = readSeriesSelector(rule.seriesQuery);
  if (reading.kind === 'broken') return [{ finding: { code: 'SeriesQuerySyntax', detail: reading.detail }, path }];
  const { matchers } = reading;
  if (matchers.every(({ operator, value }) => matchesValue('', operator, value))) {
    return [{ finding: { code: 'SeriesQueryMatchesAll' }, path }];
  }
  const required = matchers.filter(({ operator, value }) => !matchesValue('', operator, value));
  const settled = new Set([...required, ...compiled.association.inactive].map(({ label }) => label));
  const labels = rule.resources.overrides.map(({ label }) => label).filter((label) => !settled.has(label));
  return labels.length === 0 ? [] : [{ finding: { code: 'LabelNotRequired', labels }, path }];
}
