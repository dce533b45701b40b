import { formatDuration } from '../../../base/duration.ts';
import type { TrailLink } from '../../../core/explain/metric-trail.ts';
import type { SeriesFold } from '../../prometheus/answers.ts';
import { samplesOf } from '../check/rule-samples.ts';
import { groupResourceText } from '../kinds.ts';
import type { ListedSeries } from '../listed-series.ts';
import { metricNameOf } from '../metric-name.ts';
import { selectorKey } from '../series.ts';
import { byCodePoint } from '../template/go-value.ts';
import type { MadeMetrics, PlacedRule } from './placed-rules.ts';

/** A metric that is asked for, and which rules make none of. */
export interface UnmadeMetric {
  readonly metric: string;
  /** Canonical, as text; null for external metrics. */
  readonly resource: string | null;
  readonly maxAgeMs: number;
}

/** Names that are told of when one is missed. */
const NEAR_COUNT_MAX = 5;

/**
 * Why no rule makes a metric, from where it is lost last to where it is lost first: at the labels, under another name, at a
 * filter, for want of series, in the other API, or because nobody wrote such a rule.
 */
export function whyUnmade(asked: UnmadeMetric, made: MadeMetrics, listed: ListedSeries): TrailLink {
  const rules = made.rules.filter(({ isExternal }) => isExternal === (asked.resource === null));
  const found = rules.flatMap((rule) =>
    (listed.found.get(selectorKey(rule.compiled)) ?? []).map((fold): RuleSeries => ({ rule, fold })),
  );
  return (
    unmapped(asked, found) ??
    renamed(asked, found) ??
    leftOut(asked, found) ??
    withoutSeries(asked, rules, listed) ??
    ofOtherApi(asked, made) ?? { code: 'NoRule', near: nearNames(asked, made) }
  );
}

/** A series that the selector of a rule has found. */
interface RuleSeries {
  readonly rule: PlacedRule;
  readonly fold: SeriesFold;
}

function unmapped({ metric, resource }: UnmadeMetric, found: readonly RuleSeries[]): TrailLink | undefined {
  if (resource === null) return undefined;
  const lost = found.findLast(
    ({ rule: { compiled }, fold }) => compiled.isKept(fold.name) && metricNameOf(fold.name, compiled.naming) === metric,
  );
  if (lost === undefined) return undefined;
  const { rule, fold } = lost;
  const { resources } = rule.compiled.association.resourcesOf(fold.labelNames);
  const made = resources.map(groupResourceText);
  const { name: series, labelNames: labels } = fold;
  return { code: 'LabelUnmapped', ...rule.place, series, resource, labels, made };
}

/** People ask for what they see in Prometheus, and the rule gives it another name. */
function renamed({ metric }: UnmadeMetric, found: readonly RuleSeries[]): TrailLink | undefined {
  const kept = found.find(({ rule, fold }) => fold.name === metric && rule.compiled.isKept(metric));
  if (kept === undefined) return undefined;
  const calledAs = metricNameOf(metric, kept.rule.compiled.naming) ?? '';
  return { code: 'Renamed', ...kept.rule.place, series: metric, calledAs };
}

function leftOut({ metric }: UnmadeMetric, found: readonly RuleSeries[]): TrailLink | undefined {
  for (const { rule, fold } of found) {
    const by = rule.compiled.leftOutBy(fold.name);
    const isMeant = fold.name === metric || metricNameOf(fold.name, rule.compiled.naming) === metric;
    if (by !== undefined && isMeant) return { code: 'LeftOut', ...rule.place, series: fold.name, by };
  }
  return undefined;
}

/** A rule that would make the metric of series as its selector describes them. */
function withoutSeries(
  { metric, maxAgeMs }: UnmadeMetric,
  rules: readonly PlacedRule[],
  { refused }: ListedSeries,
): TrailLink | undefined {
  const would = rules.find(({ rule, compiled }) => {
    const { names } = samplesOf(rule, compiled);
    return names.some((name) => name === metric || metricNameOf(name, compiled.naming) === metric);
  });
  if (would === undefined) return undefined;
  const selector = would.rule.seriesQuery;
  const problem = refused.get(selectorKey(would.compiled));
  if (problem !== undefined) return { code: 'SelectorRefused', ...would.place, selector, problem };
  return { code: 'NoSuchSeries', ...would.place, selector, window: formatDuration(maxAgeMs) };
}

function ofOtherApi({ metric, resource }: UnmadeMetric, { custom, external }: MadeMetrics): TrailLink | undefined {
  const isThere =
    resource === null ? custom.sources.some((source) => source.metric.metric === metric) : external.has(metric);
  return isThere ? { code: 'OtherApi', isExternal: resource !== null } : undefined;
}

function nearNames({ metric, resource }: UnmadeMetric, { custom, external }: MadeMetrics): readonly string[] {
  const known = resource === null ? external.metrics : custom.metrics.map((each) => each.metric);
  const ranked = [...new Set(known)]
    .map((name) => ({ name, shared: sharedLength(name, metric) }))
    .filter(({ shared }) => shared * 2 >= metric.length);
  return ranked
    .sort((a, b) => b.shared - a.shared || byCodePoint(a.name, b.name))
    .slice(0, NEAR_COUNT_MAX)
    .map(({ name }) => name);
}

/** How far two names begin or end alike, whichever is longer. */
function sharedLength(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let ahead = 0;
  while (ahead < most && one[ahead] === other[ahead]) ahead += 1;
  let behind = 0;
  while (behind < most && one.at(-1 - behind) === other.at(-1 - behind)) behind += 1;
  return Math.max(ahead, behind);
}
