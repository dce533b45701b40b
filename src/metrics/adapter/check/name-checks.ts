import { hasGroup, referencesIn } from '../go-regexp.ts';
import { metricNameOf } from '../metric-name.ts';
import type { RuleProblem } from '../rule.ts';
import type { CheckedRule } from './check-config.ts';

/** What is wrong with the names that a rule gives. */
export function nameFindings(checked: CheckedRule): readonly RuleProblem[] {
  const { rule, compiled, samples, isExternal } = checked;
  const path = rule.name.as === '' ? `${rule.path}.name.matches` : `${rule.path}.name.as`;
  const { as } = rule.name;
  if (/\{\{.*\}\}|<<.*>>/.test(as)) return [{ finding: { code: 'TemplateInName', value: as }, path }];
  const named = samples.names.map((series) => ({ series, name: metricNameOf(series, compiled.naming) ?? '' }));
  // Made-up series may leave a group empty that real ones fill.
  const empty = named.every(({ name }) => name === '') ? named[0] : undefined;
  const reference = unknownReference(checked);
  if (empty !== undefined) {
    return [{ finding: { code: 'EmptyName', series: empty.series, reference: reference ?? null }, path }];
  }
  const found: RuleProblem[] = [];
  if (reference !== undefined) {
    found.push({ finding: { code: 'UnknownGroup', reference, expression: rule.name.matches }, path });
  }
  const slashed = isExternal ? named.find(({ name }) => name.includes('/')) : undefined;
  if (slashed !== undefined) found.push({ finding: { code: 'SlashInExternalName', name: slashed.name }, path });
  return [...found, ...neverMatching(checked), ...fixedNameFindings(checked)];
}

/** A reference to a group that is not there, such as `$1_per_second`. */
export function unknownReference({ rule, compiled }: CheckedRule): string | undefined {
  return referencesIn(rule.name.as).find(({ name }) => !hasGroup(compiled.naming.matches, name))?.text;
}

/** A selector that names its series, and an expression that does not match that name. */
function neverMatching({ rule, samples }: CheckedRule): readonly RuleProblem[] {
  const series = samples.matchers.find(({ label, operator }) => label === '__name__' && operator === '=')?.value;
  if (series === undefined || samples.names.length > 0) return [];
  const expression = rule.name.matches === '' ? (rule.seriesFilters[0]?.is ?? '') : rule.name.matches;
  const path = rule.name.matches === '' ? `${rule.path}.seriesFilters` : `${rule.path}.name.matches`;
  return [{ finding: { code: 'NameNeverMatches', series, expression }, path }];
}

/** One name for whatever matches. */
function fixedNameFindings({ rule, compiled, samples }: CheckedRule): readonly RuleProblem[] {
  const { as, matches } = rule.name;
  if (as === '' || referencesIn(as).length > 0) return [];
  const found: RuleProblem[] = [];
  const expression = matches === '' ? rule.seriesQuery : matches;
  if (!samples.isExact && samples.names.length > 1) {
    found.push({ finding: { code: 'SeveralSeriesOneName', name: as, expression }, path: `${rule.path}.name.as` });
  }
  if (compiled.naming.matches.groupNames.length > 1) {
    found.push({ finding: { code: 'GroupUnused', expression: matches, name: as }, path: `${rule.path}.name.matches` });
  }
  return found;
}
