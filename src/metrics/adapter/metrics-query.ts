import type { Selector } from '../../base/label-selector.ts';
import { type Association, NAMESPACES } from './association.ts';
import type { GroupResource } from './kinds.ts';
import { type LabelMatchers, matchersOf, matcherText } from './label-matchers.ts';
import { type QueryData, queryTemplateData } from './query-data.ts';
import type { Template } from './template/template.ts';
import { TemplateError } from './template/template-error.ts';

/** A query in PromQL, or why there is none, in upstream's words. */
export type QueryResult =
  | { readonly kind: 'query'; readonly query: string }
  | { readonly kind: 'none'; readonly reason: string };

/** Objects whose metric is asked for. */
export interface ObjectsQuestion {
  /** Name of the Prometheus series; empty in resource rules. */
  readonly series: string;
  /** Canonical. */
  readonly resource: GroupResource;
  /** Null for resources outside of namespaces, and for namespaces themselves. */
  readonly namespace: string | null;
  /** At least one; several make a regular expression, in which upstream escapes nothing. */
  readonly names: readonly string[];
  readonly metricSelector: Selector;
  /** Labels to group by beside the resource's own. */
  readonly extraGroupBy?: readonly string[];
}

/**
 * The query for a metric of objects: the selector's matchers by key, the namespace's, the objects'. Grouped by the
 * label of the resource.
 */
export function objectsQuery(template: Template, association: Association, question: ObjectsQuestion): QueryResult {
  const { resource, namespace, names } = question;
  const found = boundMatchers(association, question.metricSelector, namespace);
  if (found.kind === 'none') return found;
  const label = association.labelOf(resource);
  if (label.kind === 'none') return label;
  const value = names.join('|');
  const { texts, valuesByName } = found.matchers;
  return render(template, {
    series: question.series,
    labelMatchers: [...texts, matcherText(label.label, names.length > 1 ? '=~' : '=', value)],
    labelValuesByName: new Map([...valuesByName, [label.label, value]]),
    groupBy: [label.label, ...(question.extraGroupBy ?? [])],
  });
}

/** An external metric that is asked for. */
export interface ExternalQuestion {
  readonly series: string;
  /** Null when the rule's queries are not bound to namespaces. */
  readonly namespace: string | null;
  readonly metricSelector: Selector;
}

/** The query for an external metric: the selector's matchers by key and the namespace's. Grouped by nothing. */
export function externalQuery(template: Template, association: Association, question: ExternalQuestion): QueryResult {
  const found = boundMatchers(association, question.metricSelector, question.namespace);
  if (found.kind === 'none') return found;
  const { texts, valuesByName } = found.matchers;
  return render(template, {
    series: question.series,
    labelMatchers: texts,
    labelValuesByName: valuesByName,
    groupBy: [],
  });
}

function boundMatchers(
  association: Association,
  selector: Selector,
  namespace: string | null,
):
  | { readonly kind: 'matchers'; readonly matchers: LabelMatchers }
  | { readonly kind: 'none'; readonly reason: string } {
  let bound: { readonly label: string; readonly value: string } | null = null;
  if (namespace !== null) {
    const label = association.labelOf(NAMESPACES);
    if (label.kind === 'none') return label;
    bound = { label: label.label, value: namespace };
  }
  const found = matchersOf(selector, bound);
  return found.kind === 'unsupported' ? { kind: 'none', reason: found.reason } : found;
}

function render(template: Template, data: QueryData): QueryResult {
  try {
    const query = template.render(queryTemplateData(data));
    if (query !== '') return { kind: 'query', query };
    return { kind: 'none', reason: 'empty query produced by metrics query template' };
  } catch (thrown) {
    if (thrown instanceof TemplateError) return { kind: 'none', reason: thrown.message };
    throw thrown;
  }
}
