import type { AdapterFinding } from '../../core/explain/adapter-finding.ts';
import { Association, type AssociationRules, type LabelTemplate } from './association.ts';
import type { DiscoveryRule, ResourceMapping } from './config/adapter-config.ts';
import { compileRegexp, type GoRegexp } from './go-regexp.ts';
import type { KindMapper } from './kinds.ts';
import { compileLabelTemplate, type LabelTemplateResult } from './label-template.ts';
import { compileNaming, type MetricNaming } from './metric-name.ts';
import type { RowReading } from './result-rows.ts';
import { parseTemplate, type Template } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

/** A rule ready for use: series in, metrics and queries out. */
export interface CompiledRule {
  /** Where the rule is in the file: `rules[0]`. */
  readonly path: string;
  /** The Prometheus that is asked; null for the one that is meant where none is named. */
  readonly backend: string | null;
  /** Sent to Prometheus as it is. */
  readonly seriesQuery: string;
  readonly naming: MetricNaming;
  readonly association: Association;
  readonly query: Template;
  /** How answers to the query are read. */
  readonly reading: RowReading;
  /** Whether queries for external metrics are bound to the namespace of the request. */
  readonly isNamespaced: boolean;
  /** Whether a series of this name, which the selector found, is one of the rule's. */
  isKept(seriesName: string): boolean;
  /** Where the first expression is that leaves a series of this name out; undefined for one that is kept. */
  leftOutBy(seriesName: string): string | undefined;
}

/** Something in a rule that cannot be used. */
export interface RuleProblem {
  readonly finding: AdapterFinding;
  /** `rules[0].name.matches`. */
  readonly path: string;
  /** Where in the text, from 0, when that is known. */
  readonly index?: number;
}

/** A rule, or all that is wrong with it. */
export type RuleResult =
  | { readonly kind: 'rule'; readonly rule: CompiledRule }
  | { readonly kind: 'refused'; readonly problems: readonly RuleProblem[] };

/** Compiles one rule for the kinds of a cluster. Kinds that it does not have make a part of the rule inactive. */
export function compileRule(rule: DiscoveryRule, kinds: KindMapper): RuleResult {
  const problems: RuleProblem[] = [];
  const naming = compileNamingOf(rule, problems);
  const filters = compileFilters(rule, problems);
  const associationRules = compileMapping(rule.resources, `${rule.path}.resources`, problems);
  const query = compileTemplate(rule.metricsQuery, `${rule.path}.metricsQuery`, problems);
  if (naming === undefined || query === undefined || problems.length > 0) return { kind: 'refused', problems };
  const { path, seriesQuery, resources, name } = rule;
  const leftOutBy = (seriesName: string): string | undefined => {
    const filter = filters.find(({ regexp, isWanted }) => regexp.isFoundIn(seriesName) !== isWanted);
    if (filter !== undefined) return filter.path;
    return name.matches === '' || naming.matches.isFoundIn(seriesName) ? undefined : `${path}.name.matches`;
  };
  const compiled: CompiledRule = {
    path,
    backend: backendOf(rule),
    seriesQuery,
    naming,
    association: new Association(associationRules, kinds),
    query,
    reading: { nan: rule.nan, absent: rule.absent },
    isNamespaced: resources.isNamespaced ?? true,
    isKept: (seriesName) => leftOutBy(seriesName) === undefined,
    leftOutBy,
  };
  return { kind: 'rule', rule: compiled };
}

/** The backend that a rule names, or null. */
export function backendOf({ prometheus }: { readonly prometheus: string }): string | null {
  return prometheus === '' ? null : prometheus;
}

function compileNamingOf(rule: DiscoveryRule, problems: RuleProblem[]): MetricNaming | undefined {
  const result = compileNaming(rule.name);
  const path = `${rule.path}.name.matches`;
  const expression = rule.name.matches;
  switch (result.kind) {
    case 'naming':
      return result.naming;
    case 'badRegexp':
      problems.push({
        finding: { code: 'BadRegexp', expression, detail: result.reason, construct: result.construct },
        path,
      });
      return undefined;
    case 'ambiguous':
      problems.push({ finding: { code: 'AsMissing', expression, groupCount: result.groupCount }, path });
      return undefined;
  }
}

interface CompiledFilter {
  /** `rules[0].seriesFilters[1].isNot`. */
  readonly path: string;
  readonly regexp: GoRegexp;
  readonly isWanted: boolean;
}

function compileFilters({ seriesFilters, path }: DiscoveryRule, problems: RuleProblem[]): readonly CompiledFilter[] {
  return seriesFilters.flatMap(({ is, isNot }, index) => {
    const filterPath = `${path}.seriesFilters[${index}]`;
    if ((is === '') === (isNot === '')) {
      problems.push({ finding: { code: 'FilterChoice', isBoth: is !== '' }, path: filterPath });
      return [];
    }
    const expression = is === '' ? isNot : is;
    const expressionPath = `${filterPath}.${is === '' ? 'isNot' : 'is'}`;
    const compiled = compileRegexp(expression);
    if (compiled.kind === 'regexp') return [{ path: expressionPath, regexp: compiled.regexp, isWanted: is !== '' }];
    problems.push({
      finding: { code: 'BadRegexp', expression, detail: compiled.reason, construct: compiled.construct },
      path: expressionPath,
    });
    return [];
  });
}

/** Compiles how labels and resources belong together, adding what is wrong to the problems. */
export function compileMapping(mapping: ResourceMapping, path: string, problems: RuleProblem[]): AssociationRules {
  for (const { label, resource } of mapping.overrides) {
    if (resource === '')
      problems.push({ finding: { code: 'OverrideEmpty', label }, path: `${path}.overrides.${label}` });
  }
  const overrides = mapping.overrides.map(({ label, group, resource }) => ({ label, target: { group, resource } }));
  return { template: labelTemplateOf(mapping.template, `${path}.template`, problems), overrides };
}

function labelTemplateOf(text: string, path: string, problems: RuleProblem[]): LabelTemplate | null {
  if (text === '') return null;
  const result = compileLabelTemplate(text);
  if (result.kind === 'template') return result.template;
  problems.push({ path, ...labelTemplateProblem(result) });
  return null;
}

function labelTemplateProblem(result: Exclude<LabelTemplateResult, { kind: 'template' }>): Omit<RuleProblem, 'path'> {
  switch (result.kind) {
    case 'broken': {
      const { error } = result;
      const code = error.kind === 'syntax' ? 'TemplateSyntax' : 'LabelTemplateFails';
      return { finding: { code, detail: error.reason }, index: error.offset };
    }
    case 'empty':
      return { finding: { code: 'LabelTemplateEmpty' } };
    case 'noResource':
      return { finding: { code: 'LabelTemplateNoResource' } };
    case 'badPattern': {
      const { pattern, reason, construct } = result;
      return { finding: { code: 'BadRegexp', expression: pattern, detail: reason, construct } };
    }
  }
}

/** Compiles the template of a query, adding what is wrong to the problems. */
export function compileTemplate(text: string, path: string, problems: RuleProblem[]): Template | undefined {
  try {
    return parseTemplate('metrics-query', text);
  } catch (thrown) {
    if (!(thrown instanceof TemplateError)) throw thrown;
    const { reason: detail, offset: index } = thrown;
    problems.push({ finding: { code: 'TemplateSyntax', detail }, path, index });
    return undefined;
  }
}
