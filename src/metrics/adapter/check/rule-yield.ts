import type { Selector } from '../../../base/label-selector.ts';
import type { RuleYieldSummary } from '../../../core/explain/rule-yield.ts';
import type { SeriesFold, SeriesLabels } from '../../prometheus/answers.ts';
import { NAMESPACES } from '../association.ts';
import { ExternalRegistry } from '../external-registry.ts';
import { type GroupResource, groupResourceText, type KindMapper, parseGroupResource } from '../kinds.ts';
import type { QueryResult } from '../metrics-query.ts';
import type { CompiledRule } from '../rule.ts';
import { selectorKey } from '../series.ts';
import { type CustomMetricSource, SeriesRegistry } from '../series-registry.ts';
import { byCodePoint } from '../template/go-value.ts';
import type { CheckedRule } from './check-config.ts';
import { SAMPLE } from './query-checks.ts';

const EVERYTHING: Selector = { kind: 'all', requirements: [] };

/** What one rule comes to over the series that there are. */
export interface RuleYield {
  readonly checked: CheckedRule;
  /** What the filters leave of what the selector has found. */
  readonly kept: readonly SeriesFold[];
  readonly summary: RuleYieldSummary;
  /** What is asked by this rule: metrics that it lost to others are theirs. */
  readonly metrics: readonly YieldedMetric[];
}

/** A metric that a rule really makes, and how it is asked for. */
export interface YieldedMetric {
  /** As discovery lists it: `pods/http_requests_per_second`; of an external one the bare name. */
  readonly name: string;
  readonly series: string;
  /** For one object, or namespace, that the series name. */
  readonly query: QueryResult;
  /** Labels that the query asks by and that none of the series has, each with its resource: no row can ever match. */
  readonly absentLabels: readonly { readonly label: string; readonly resource: string }[];
}

/** Which metrics are which rule's, and which rules lost one to another. */
export interface RuleRegistries {
  readonly custom: SeriesRegistry;
  readonly external: ExternalRegistry;
}

/** The registries that an adapter would make of rules and series. */
export function registriesOf(
  checked: readonly CheckedRule[],
  found: ReadonlyMap<string, readonly SeriesFold[]>,
  kinds: KindMapper,
): RuleRegistries {
  const compiledOf = (isExternal: boolean): readonly CompiledRule[] =>
    checked.filter((each) => each.isExternal === isExternal).map(({ compiled }) => compiled);
  return {
    custom: new SeriesRegistry(compiledOf(false), found, kinds),
    external: new ExternalRegistry(compiledOf(true), found),
  };
}

/** What each rule comes to, in the order of the rules. */
export function yieldsOf(
  checked: readonly CheckedRule[],
  found: ReadonlyMap<string, readonly SeriesFold[]>,
  { custom, external }: RuleRegistries,
): readonly RuleYield[] {
  const customByRule = Map.groupBy(custom.sources, ({ rule }) => rule);
  const externalByRule = Map.groupBy(external.sources, ({ rule }) => rule);
  return checked.map((each) => {
    const { compiled, isExternal } = each;
    const all = found.get(selectorKey(compiled)) ?? [];
    const kept = all.filter(({ name }) => compiled.isKept(name));
    const metrics = isExternal
      ? (externalByRule.get(compiled) ?? []).map(({ metric, series }) =>
          externalYield(metric, series, each, kept, external),
        )
      : (customByRule.get(compiled) ?? []).map((source) => customYield(source, kept, custom));
    const summary: RuleYieldSummary = {
      ...countsOf(all),
      leftOut: leftOutOf(all, compiled),
      unmappedLabels: isExternal ? [] : unmappedLabels(kept, compiled),
      metricCount: metrics.length,
    };
    return { checked: each, kept, summary, metrics };
  });
}

function countsOf(folds: readonly SeriesFold[]): { readonly seriesCount: number; readonly nameCount: number } {
  const seriesCount = folds.reduce((sum, fold) => sum + fold.seriesCount, 0);
  return { seriesCount, nameCount: new Set(folds.map(({ name }) => name)).size };
}

function leftOutOf(all: readonly SeriesFold[], rule: CompiledRule): RuleYieldSummary['leftOut'] {
  const byExpression = Map.groupBy(all, ({ name }) => rule.leftOutBy(name));
  return [...byExpression].flatMap(([by, folds]) => (by === undefined ? [] : [{ by, ...countsOf(folds) }]));
}

function unmappedLabels(kept: readonly SeriesFold[], { association }: CompiledRule): readonly string[] {
  const labels = new Set(kept.flatMap(({ labelNames }) => labelNames));
  return [...labels].filter((label) => association.resourcesOf([label]).resources.length === 0).sort(byCodePoint);
}

function customYield(
  { metric, rule, series }: CustomMetricSource,
  kept: readonly SeriesFold[],
  registry: SeriesRegistry,
): YieldedMetric {
  const resource = parseGroupResource(metric.resource);
  const folds = kept.filter(({ name }) => name === series);
  const label = labelOf(rule, resource);
  const example = exampleOf(folds, label);
  const namespace = metric.isNamespaced ? labelValueOr(example, labelOf(rule, NAMESPACES), SAMPLE.namespace) : null;
  const query = registry.query(
    { resource, isNamespaced: metric.isNamespaced, metric: metric.metric },
    { namespace, names: [labelValueOr(example, label, SAMPLE.names[0])], metricSelector: EVERYTHING },
  );
  return {
    name: `${metric.resource}/${metric.metric}`,
    series,
    query: query ?? { kind: 'none', reason: 'the metric is not registered' },
    absentLabels: absentLabels(folds, rule, metric.isNamespaced ? [NAMESPACES, resource] : [resource]),
  };
}

function externalYield(
  metric: string,
  series: string,
  { compiled }: CheckedRule,
  kept: readonly SeriesFold[],
  registry: ExternalRegistry,
): YieldedMetric {
  const folds = kept.filter(({ name }) => name === series);
  const label = labelOf(compiled, NAMESPACES);
  const query = registry.query(metric, labelValueOr(exampleOf(folds, label), label, SAMPLE.namespace), EVERYTHING);
  return {
    name: metric,
    series,
    query: query ?? { kind: 'none', reason: 'the metric is not registered' },
    absentLabels: absentLabels(folds, compiled, compiled.isNamespaced ? [NAMESPACES] : []),
  };
}

function labelOf({ association }: CompiledRule, resource: GroupResource): string | undefined {
  const label = association.labelOf(resource);
  return label.kind === 'label' ? label.label : undefined;
}

/** One of the series, with the label where any has it. */
function exampleOf(folds: readonly SeriesFold[], label: string | undefined): SeriesLabels {
  const fold = folds.findLast(({ labelNames }) => label === undefined || labelNames.includes(label)) ?? folds.at(-1);
  return fold?.example ?? {};
}

function labelValueOr(example: SeriesLabels, label: string | undefined, otherwise: string): string {
  const value = label !== undefined && Object.hasOwn(example, label) ? example[label] : undefined;
  return value === undefined || value === '' ? otherwise : value;
}

function absentLabels(
  folds: readonly SeriesFold[],
  rule: CompiledRule,
  resources: readonly GroupResource[],
): YieldedMetric['absentLabels'] {
  return resources.flatMap((resource) => {
    const label = labelOf(rule, resource);
    if (label === undefined || folds.some(({ labelNames }) => labelNames.includes(label))) return [];
    return [{ label, resource: groupResourceText(resource) }];
  });
}
