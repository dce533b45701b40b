import { Failure } from '../../../base/failure.ts';
import { countersWithoutRate } from '../../prometheus/counter-use.ts';
import { parsePromql } from '../../prometheus/promql-expression.ts';
import { type Association, NAMESPACES } from '../association.ts';
import type { ResourceMapping } from '../config/adapter-config.ts';
import type { GroupResource } from '../kinds.ts';
import { queryTemplateData } from '../query-data.ts';
import type { RuleProblem } from '../rule.ts';
import type { Template } from '../template/template.ts';
import { TemplateError } from '../template/template-error.ts';
import type { CheckedRule } from './check-config.ts';

/** What queries are tried with. */
export const SAMPLE = { names: ['podtide-sample-1', 'podtide-sample-2'], namespace: 'podtide-sample' } as const;

/** Samples that a template is rendered with. */
interface Trial {
  readonly series: string;
  readonly nameCount: number;
  /** Null for queries that are bound to no namespace. */
  readonly namespaceLabel: string | null;
  /** Null for external metrics, which are of no objects. */
  readonly resourceLabel: string | null;
  readonly groupBy: readonly string[];
}

/** What is wrong with the query of a rule. */
export function queryFindings({ rule, compiled, samples, isExternal }: CheckedRule): readonly RuleProblem[] {
  const { association } = compiled;
  const series = samples.names[0] ?? 'example_metric';
  const namespaceLabel = labelOr(association, NAMESPACES, 'namespace');
  const label = sampleLabel(association, rule.resources);
  const trials: readonly Trial[] = isExternal
    ? [
        {
          series,
          nameCount: 0,
          namespaceLabel: compiled.isNamespaced ? namespaceLabel : null,
          groupBy: [],
          resourceLabel: null,
        },
      ]
    : [1, 2].map((nameCount) => ({ series, nameCount, namespaceLabel, groupBy: [label], resourceLabel: label }));
  return templateFindings(rule.metricsQuery, `${rule.path}.metricsQuery`, compiled.query, trials);
}

/** What is wrong with a template, rendered with samples. */
export function templateFindings(
  text: string,
  path: string,
  template: Template,
  trials: readonly Trial[],
): readonly RuleProblem[] {
  if (text === '') return [{ finding: { code: 'QueryMissing' }, path }];
  const curly = /\{\{-?\s*(?:\.|\$|range|if|with|end|index|printf).*?\}\}/.exec(text);
  if (curly !== null) return [{ finding: { code: 'CurlyDelimiters', found: curly[0] }, path, index: curly.index }];
  const rendered: string[] = [];
  for (const trial of trials) {
    const query = tried(template, trial);
    if (typeof query !== 'string') {
      return [{ finding: { code: 'TemplateFails', detail: query.reason }, path, index: query.offset }];
    }
    rendered.push(query);
  }
  const [query = '', ...others] = rendered.filter((each) => each !== '');
  if (query === '') return [{ finding: { code: 'QueryEmpty' }, path }];
  const distinct = [query, ...others].flatMap((each) => expressionFindings(each, trials[0] as Trial, path));
  return distinct.filter((each, at) => distinct.findIndex(({ finding }) => finding.code === each.finding.code) === at);
}

/** The label that a rule's queries group by: of pods where it has one for them, else of what it has. */
function sampleLabel(association: Association, { overrides }: ResourceMapping): string {
  const other = overrides.find(({ label }) => label !== labelOr(association, NAMESPACES, ''))?.label;
  return labelOr(association, { group: '', resource: 'pods' }, other ?? 'pod');
}

function labelOr(association: Association, resource: GroupResource, otherwise: string): string {
  const label = association.labelOf(resource);
  return label.kind === 'label' ? label.label : otherwise;
}

function tried(template: Template, trial: Trial): string | TemplateError {
  const { series, nameCount, namespaceLabel, groupBy, resourceLabel } = trial;
  const values = new Map<string, string>();
  if (namespaceLabel !== null) values.set(namespaceLabel, SAMPLE.namespace);
  const names = SAMPLE.names.slice(0, nameCount).join('|');
  if (resourceLabel !== null) values.set(resourceLabel, names);
  const labelMatchers = [...values].map(([label, value]) => `${label}${value.includes('|') ? '=~' : '='}"${value}"`);
  try {
    return template.render(queryTemplateData({ series, labelMatchers, labelValuesByName: values, groupBy }));
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown;
    throw thrown;
  }
}

const AGGREGATION = /\b(?:sum|avg|min|max|count|stddev|stdvar|group|quantile)\s*(?:\(|by\b|without\b)/i;
const AVERAGE = /\bavg\s*(?:\(|by\b|without\b)/i;

function expressionFindings(query: string, { resourceLabel }: Trial, path: string): readonly RuleProblem[] {
  const hasLeadingComma = /\{\s*,/.test(query);
  const found: RuleProblem[] = hasLeadingComma
    ? [{ finding: { code: 'LeadingComma', query }, path }]
    : [...grammarFindings(query, path)];
  if (resourceLabel !== null && AGGREGATION.test(query) && !isGroupedBy(query, resourceLabel)) {
    found.push({ finding: { code: 'NotGrouped', query }, path });
  }
  if (resourceLabel !== null && !query.includes(SAMPLE.names[0])) {
    found.push({ finding: { code: 'MatchersUnused', query }, path });
  }
  if (resourceLabel !== null && AVERAGE.test(query)) found.push({ finding: { code: 'AverageOfSeries', query }, path });
  return found;
}

function isGroupedBy(query: string, label: string): boolean {
  const lists = [...query.matchAll(/\bby\s*\(([^)]*)\)/gi)].map(([, labels = '']) =>
    labels.split(',').map((each) => each.trim()),
  );
  return lists.some((labels) => labels.includes(label)) || /\bwithout\s*\(/i.test(query);
}

/** What the grammar of PromQL knows of a query: that it is none, and counters whose growth is not what is asked for. */
function grammarFindings(query: string, path: string): readonly RuleProblem[] {
  try {
    const [counter] = countersWithoutRate(parsePromql(query));
    if (counter === undefined) return [];
    const series = counter.name ?? query.slice(counter.from, counter.to);
    return [{ finding: { code: 'CounterWithoutRate', series, query }, path }];
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return [{ finding: { code: 'QuerySyntax', detail: thrown.message, query }, path }];
  }
}
