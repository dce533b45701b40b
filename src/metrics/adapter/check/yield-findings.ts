import { formatDuration } from '../../../base/duration.ts';
import { Failure } from '../../../base/failure.ts';
import { quoteText } from '../../../base/go-text.ts';
import type { AdapterFinding } from '../../../core/explain/adapter-finding.ts';
import type { SeriesFold } from '../../prometheus/answers.ts';
import { countersWithoutRate, isCounterName } from '../../prometheus/counter-use.ts';
import { parsePromql } from '../../prometheus/promql-expression.ts';
import type { ConfigPlaces } from '../config/config-places.ts';
import { groupResourceText, type KindMapper } from '../kinds.ts';
import type { ListedSeries } from '../listed-series.ts';
import { metricNameOf } from '../metric-name.ts';
import type { RuleProblem } from '../rule.ts';
import { type DiscoverySelector, selectorKey } from '../series.ts';
import { byCodePoint } from '../template/go-value.ts';
import { KnownTypes } from './known-types.ts';
import { lostMetricFindings } from './lost-metric-findings.ts';
import { unknownReference } from './name-checks.ts';
import { exactNameOf, matchesValue } from './rule-samples.ts';
import type { RuleRegistries, RuleYield, YieldedMetric } from './rule-yield.ts';
import { NAME_LABEL } from './series-selector.ts';

/** What Prometheus has told, and what follows from it. */
export interface SeriesKnowledge {
  readonly registries: RuleRegistries;
  readonly listed: ListedSeries;
  /** For rules that name their series and find none: what there is of that name, by the key of `namedSeries`. */
  readonly relatives: ListedSeries['found'];
  /** By backend; none of one that does not tell. */
  readonly types: ReadonlyMap<string | null, KnownTypes>;
  readonly kinds: KindMapper;
  readonly places: ConfigPlaces;
  readonly maxAgeMs: number;
}

type Code = AdapterFinding['code'];

/** What made-up series only suggest, and real ones settle. */
const GUESSES: ReadonlySet<Code> = new Set<Code>(['CounterWithoutRate', 'MetricTwice', 'SeveralSeriesOneName']);

/** Findings about series that say nothing new beside what was found in the same rule without them. */
const TOLD_BEFORE: Readonly<Partial<Record<Code, readonly Code[]>>> = {
  SeriesQueryRefused: ['SeriesQuerySyntax', 'SeriesQueryMatchesAll'],
  AllLeftOut: ['NameNeverMatches'],
  NoMappedLabel: ['NoAssociation'],
  ExportedSeries: ['ExportedLabel'],
  EmptyName: ['EmptyName'],
  SlashInExternalName: ['SlashInExternalName'],
  NoQuery: ['NoNamespaceLabel', 'QueryMissing', 'TemplateFails', 'QueryEmpty'],
  QuerySyntax: ['QuerySyntax', 'LeadingComma', 'CurlyDelimiters'],
};

/** How many names or labels a finding names before it only counts. */
const NAMED_COUNT_MAX = 5;

/** All that is wrong: what was found without Prometheus, less the guesses that its series settle, and what they show. */
export function settledProblems(
  lint: readonly RuleProblem[],
  yields: readonly RuleYield[],
  knowledge: SeriesKnowledge,
): readonly RuleProblem[] {
  const settled = yields.filter(({ kept }) => kept.length > 0).map(({ checked }) => checked.rule.path);
  const remaining = lint.filter(
    ({ finding, path }) => !GUESSES.has(finding.code) || !settled.some((rulePath) => isWithin(path, rulePath)),
  );
  const shown = yields.flatMap((each) => {
    const own = remaining.filter(({ path }) => isWithin(path, each.checked.rule.path));
    const isNew = ({ finding }: RuleProblem): boolean =>
      !own.some((before) => TOLD_BEFORE[finding.code]?.includes(before.finding.code));
    return ruleFindings(each, knowledge).filter(isNew);
  });
  return [...remaining, ...shown, ...lostMetricFindings(knowledge.registries, knowledge.places)];
}

function isWithin(path: string, rulePath: string): boolean {
  return path === rulePath || path.startsWith(`${rulePath}.`);
}

function ruleFindings(each: RuleYield, knowledge: SeriesKnowledge): readonly RuleProblem[] {
  if (each.checked.rule.seriesQuery === '') return [];
  if (each.kept.length === 0) return [whyNothing(each, knowledge)];
  return [
    ...associationFindings(each, knowledge.kinds),
    ...nameFindings(each),
    ...absentLabelFindings(each),
    ...queryFindings(each, knowledge.types.get(each.checked.compiled.backend) ?? new KnownTypes(new Map())),
  ];
}

/** Why a rule finds no series, or keeps none. */
function whyNothing({ checked, summary }: RuleYield, { listed, relatives, maxAgeMs }: SeriesKnowledge): RuleProblem {
  const { rule, compiled, samples } = checked;
  const path = `${rule.path}.seriesQuery`;
  const key = selectorKey(compiled);
  const problem = listed.refused.get(key);
  if (problem !== undefined) return { finding: { code: 'SeriesQueryRefused', problem }, path };
  if (summary.seriesCount > 0) {
    const names = [...new Set((listed.found.get(key) ?? []).map(({ name }) => name))].sort(byCodePoint);
    const by = compiled.leftOutBy(names[0] ?? '') ?? rule.path;
    return {
      finding: { code: 'AllLeftOut', by, names: names.slice(0, NAMED_COUNT_MAX), nameCount: names.length },
      path: by,
    };
  }
  const series = exactNameOf(samples) ?? null;
  const related = series === null ? [] : (relatives.get(selectorKey(namedSeries(compiled.backend, series))) ?? []);
  if (series === null || related.length === 0)
    return { finding: { code: 'NoSeries', series, window: formatDuration(maxAgeMs) }, path };
  const labels = labelsOf(related);
  const missing = samples.matchers
    .filter(({ label, operator, value }) => label !== NAME_LABEL && !matchesValue('', operator, value))
    .map(({ label }) => label)
    .filter((label) => !labels.includes(label));
  const seriesCount = related.reduce((sum, fold) => sum + fold.seriesCount, 0);
  return { finding: { code: 'MatchersUnmet', series, seriesCount, missing, labels }, path };
}

/** What all series of a name are asked for by, whatever their labels. */
export function namedSeries(backend: string | null, name: string): DiscoverySelector {
  return { backend, seriesQuery: `{${NAME_LABEL}=${quoteText(name)}}` };
}

function labelsOf(folds: readonly SeriesFold[]): readonly string[] {
  return [...new Set(folds.flatMap(({ labelNames }) => labelNames))].sort(byCodePoint);
}

function associationFindings({ checked, kept }: RuleYield, kinds: KindMapper): readonly RuleProblem[] {
  const { rule, compiled, isExternal } = checked;
  const labels = labelsOf(kept);
  const path = `${rule.path}.resources`;
  if (isExternal) return [];
  if (compiled.association.resourcesOf(labels).resources.length === 0)
    return [{ finding: { code: 'NoMappedLabel', labels }, path }];
  return labels.flatMap((label): readonly RuleProblem[] => {
    const plain = label.startsWith('exported_') ? label.slice('exported_'.length) : '';
    if (!labels.includes(plain) || compiled.association.resourcesOf([label]).resources.length > 0) return [];
    const kind = kinds.normalize({ group: '', resource: plain });
    const goesBy = kind && compiled.association.labelOf({ group: kind.group, resource: kind.resource });
    if (kind === undefined || goesBy?.kind !== 'label' || goesBy.label !== plain) return [];
    const series = kept.find(({ labelNames }) => labelNames.includes(label))?.name ?? '';
    return [{ finding: { code: 'ExportedSeries', series, label, plain, resource: groupResourceText(kind) }, path }];
  });
}

function nameFindings({ checked, kept, metrics }: RuleYield): readonly RuleProblem[] {
  const { rule, compiled, isExternal } = checked;
  const path = rule.name.as === '' ? `${rule.path}.name.matches` : `${rule.path}.name.as`;
  const nameless = kept.find(({ name }) => metricNameOf(name, compiled.naming) === '');
  if (nameless !== undefined) {
    const reference = unknownReference(checked) ?? null;
    return [{ finding: { code: 'EmptyName', series: nameless.name, reference }, path }];
  }
  const slashed = isExternal ? metrics.find(({ name }) => name.includes('/')) : undefined;
  return slashed === undefined ? [] : [{ finding: { code: 'SlashInExternalName', name: slashed.name }, path }];
}

/** One for each label, however many metrics ask by it in vain. */
function absentLabelFindings({ checked, kept, metrics }: RuleYield): readonly RuleProblem[] {
  const asked = metrics.flatMap(({ name, series, absentLabels }) =>
    absentLabels.map((absent) => ({ ...absent, name, series })),
  );
  return [...Map.groupBy(asked, ({ label }) => label).values()].flatMap((vain): readonly RuleProblem[] => {
    const [first] = vain;
    if (first === undefined) return [];
    const { label, resource, name: metric, series } = first;
    const labels = labelsOf(kept.filter(({ name }) => name === series));
    const finding = { code: 'LabelAbsent', label, resource, metric, metricCount: vain.length, series, labels } as const;
    return [{ finding, path: `${checked.rule.path}.resources` }];
  });
}

/** What is wrong with the queries: the first that cannot be made or read, and counters that are used bare. */
function queryFindings({ checked, metrics }: RuleYield, types: KnownTypes): readonly RuleProblem[] {
  const path = `${checked.rule.path}.metricsQuery`;
  const bySeries = new Map(metrics.map((metric) => [metric.series, metric]));
  const readings = [...bySeries.values()].map((metric) => readQuery(metric, types));
  const fault = readings.find((reading) => reading.kind === 'fault');
  const found: RuleProblem[] = fault?.kind === 'fault' ? [{ finding: fault.finding, path }] : [];
  const bare = readings.flatMap((reading) => (reading.kind === 'read' ? reading.bare : []));
  const known = bare.filter(({ isKnown }) => isKnown);
  const seriesCount = new Set(known.map(({ series }) => series)).size;
  const [first] = known.length > 0 ? known : bare;
  if (first === undefined) return found;
  const { series, query, isKnown } = first;
  const finding: AdapterFinding = isKnown
    ? { code: 'CounterByType', series, seriesCount, query }
    : { code: 'CounterWithoutRate', series, query };
  return [...found, { finding, path }];
}

/** What a query says of counters: those whose value is used, each with whether it is one, or only called so. */
type QueryReading =
  | { readonly kind: 'read'; readonly bare: readonly BareCounter[] }
  | { readonly kind: 'fault'; readonly finding: AdapterFinding };

interface BareCounter {
  readonly series: string;
  readonly query: string;
  readonly isKnown: boolean;
}

function readQuery({ name: metric, query: made }: YieldedMetric, types: KnownTypes): QueryReading {
  if (made.kind === 'none') return { kind: 'fault', finding: { code: 'NoQuery', metric, detail: made.reason } };
  const { query } = made;
  const isCounter = (name: string): boolean => {
    const standing = types.standingOf(name);
    return standing === 'counter' || (standing === 'unknown' && isCounterName(name));
  };
  try {
    const bare = countersWithoutRate(parsePromql(query), isCounter).map(({ name, from, to }) => ({
      series: name ?? query.slice(from, to),
      query,
      isKnown: name !== undefined && types.standingOf(name) === 'counter',
    }));
    return { kind: 'read', bare };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { kind: 'fault', finding: { code: 'QuerySyntax', detail: thrown.message, query } };
  }
}
