import type { Selector } from '../../../base/label-selector.ts';
import { ADAPTER_TRACED_OBJECTS_COUNT_MAX } from '../../../base/limits.ts';
import type { MetricTrail, TrailLink } from '../../../core/explain/metric-trail.ts';
import type { PrometheusProblem } from '../../../core/explain/prometheus-problem.ts';
import type { QueryResult as Answer } from '../../prometheus/answers.ts';
import type { PrometheusClient } from '../../prometheus/client.ts';
import { PrometheusFailure } from '../../prometheus/prometheus-failure.ts';
import { isRootScoped, NAMESPACES } from '../association.ts';
import type { ConfigFile } from '../compiled-config.ts';
import { type GroupResource, groupResourceText, type KindMapper, parseGroupResource } from '../kinds.ts';
import { type ListedSeries, listSeries } from '../listed-series.ts';
import type { MetricSource } from '../lost-metrics.ts';
import { externalQuery, objectsQuery, type QueryResult } from '../metrics-query.ts';
import { discoverySelectors, selectorKey } from '../series.ts';
import { parseTemplate, type Template } from '../template/template.ts';
import { readAnswer, type SampleAges, type WantedObjects } from './answered-rows.ts';
import { type MadeMetrics, madeMetrics, placedRules, placeOf } from './placed-rules.ts';
import { whyUnmade } from './unmade-metric.ts';

/** A metric that somebody wants to understand. */
export interface MetricQuestion {
  readonly metric: string;
  /** Null for an external metric, which is of no objects. */
  readonly objects: ObjectsOfQuestion | null;
  /** Of the request; objects outside of namespaces are asked for without. */
  readonly namespace: string;
  readonly metricSelector: Selector;
}

/** Objects whose metric it is. */
export interface ObjectsOfQuestion {
  /** As typed: `pods`, `deployment.apps`. */
  readonly resource: string;
  /** `*` for all, of which the series know the names. */
  readonly name: string;
  /** What the cluster would choose them by; only told. */
  readonly selector: string;
}

/** What of a Prometheus is asked. */
type TracedPrometheus = Pick<PrometheusClient, 'series' | 'query' | 'labelValues'>;

/** By what a metric is traced. */
export interface TracePorts {
  /** Found good before. */
  readonly files: readonly ConfigFile[];
  readonly kinds: KindMapper;
  /** By the names that rules may give. */
  readonly prometheus: { get(backend: string | null): TracedPrometheus };
  readonly nowMs: number;
  readonly maxAgeMs: number;
}

/**
 * Follows a metric from the rule that makes it to the values that the API would show, or to where it is lost. Asks
 * Prometheus alone. Throws PrometheusFailure when that cannot be asked.
 */
export async function traceMetric(
  question: MetricQuestion,
  ports: TracePorts,
  signal: AbortSignal,
): Promise<MetricTrail> {
  const { kinds, prometheus, nowMs, maxAgeMs } = ports;
  const rules = placedRules(ports.files, kinds);
  const selectors = discoverySelectors(rules.map(({ compiled }) => compiled));
  const listed = await listSeries(selectors, { prometheus, sinceMs: nowMs - maxAgeMs }, signal);
  const asking = askingOf(question, madeMetrics(rules, listed.found, kinds), listed, ports);
  const head = { metric: asking.metric, namespace: asking.namespace, atMs: nowMs };
  if (asking.kind === 'unmade') return { ...head, links: [asking.link], rows: [], values: [] };
  const backend: MetricBackend = { prometheus: prometheus.get(asking.source.rule.backend), nowMs, maxAgeMs };
  const named = await nameObjects(question, asking, backend, signal);
  const found = [asking.link, named.link];
  if (named.kind === 'none') return { ...head, links: found, rows: [], values: [] };
  const made = asking.render(asking.source.rule.query, named.wanted?.names ?? []);
  if (made.kind === 'none') {
    return { ...head, links: [...found, { code: 'NoQuery', reason: made.reason }], rows: [], values: [] };
  }
  const { query } = made;
  const answered = await ask(query, backend, signal);
  if (answered.kind === 'refused') {
    const refusal: TrailLink = { code: 'QueryRefused', query, problem: answered.problem };
    return { ...head, links: [...found, refusal], rows: [], values: [] };
  }
  const { wanted } = named;
  const { reading } = asking.source.rule;
  const ages = await sampleAges(asking, wanted, backend, signal);
  const read = readAnswer(answered.answer, { wanted, reading, ages });
  return { ...head, ...read, links: [...found, { code: 'Asked', query }, ...read.links] };
}

/** Who has the metric, and as of when it is asked. */
interface MetricBackend extends Pick<TracePorts, 'nowMs' | 'maxAgeMs'> {
  readonly prometheus: TracedPrometheus;
}

/** How a metric that is made is asked for, or why there is none. */
type Asking = {
  readonly metric: string;
  readonly namespace: string | null;
  readonly link: TrailLink;
} & (
  | { readonly kind: 'unmade' }
  | {
      readonly kind: 'made';
      readonly source: MetricSource;
      /** Null for external metrics. */
      readonly resource: GroupResource | null;
      readonly render: (template: Template, names: readonly string[]) => QueryResult;
    }
);

type MadeAsking = Extract<Asking, { readonly kind: 'made' }>;

function askingOf(question: MetricQuestion, made: MadeMetrics, listed: ListedSeries, ports: TracePorts): Asking {
  const { metric, objects, metricSelector } = question;
  const { maxAgeMs } = ports;
  if (objects === null) {
    const { namespace } = question;
    const source = made.external.sourceOf(metric);
    if (source === undefined) {
      const link = whyUnmade({ metric, resource: null, maxAgeMs }, made, listed);
      return { kind: 'unmade', metric, namespace, link };
    }
    const { rule, series } = source;
    const bound = rule.isNamespaced ? namespace : null;
    const render = (template: Template): QueryResult =>
      externalQuery(template, rule.association, { series, namespace: bound, metricSelector });
    return { kind: 'made', metric, namespace, source, resource: null, render, link: foundLink(source, made, listed) };
  }
  const typed = parseGroupResource(objects.resource);
  const kind = ports.kinds.normalize(typed);
  if (kind === undefined) {
    const link: TrailLink = { code: 'KindUnknown', resource: objects.resource };
    return { kind: 'unmade', metric: `${objects.resource}/${metric}`, namespace: question.namespace, link };
  }
  const resource: GroupResource = { group: kind.group, resource: kind.resource };
  const text = groupResourceText(resource);
  const namespace = isRootScoped(resource) ? null : question.namespace;
  const name = `${text}/${metric}`;
  const source = made.custom.sourceOf({ resource, isNamespaced: namespace !== null, metric });
  if (source === undefined) {
    const link = whyUnmade({ metric, resource: text, maxAgeMs }, made, listed);
    return { kind: 'unmade', metric: name, namespace, link };
  }
  const { rule, series } = source;
  const render = (template: Template, names: readonly string[]): QueryResult =>
    objectsQuery(template, rule.association, { series, resource, namespace, names, metricSelector });
  return { kind: 'made', metric: name, namespace, source, resource, render, link: foundLink(source, made, listed) };
}

function foundLink({ rule, series }: MetricSource, { rules }: MadeMetrics, { found }: ListedSeries): TrailLink {
  const folds = (found.get(selectorKey(rule)) ?? []).filter(({ name }) => name === series);
  const seriesCount = folds.reduce((sum, fold) => sum + fold.seriesCount, 0);
  const labels = [...new Set(folds.flatMap(({ labelNames }) => labelNames))].sort();
  return { code: 'RuleFound', ...placeOf(rule, rules), series, seriesCount, labels };
}

/** Whom the query names, and where the names come from. */
type NamedObjects =
  | { readonly kind: 'named'; readonly link: TrailLink; readonly wanted: WantedObjects }
  | { readonly kind: 'none'; readonly link: TrailLink };

const BARE_SERIES = parseTemplate('bare-series', '<<.Series>>{<<.LabelMatchers>>}');

async function nameObjects(
  { objects, metricSelector }: MetricQuestion,
  { source: { rule, series }, resource, namespace }: MadeAsking,
  { prometheus, nowMs, maxAgeMs }: MetricBackend,
  signal: AbortSignal,
): Promise<NamedObjects> {
  const { association } = rule;
  if (objects === null || resource === null) {
    const bound = rule.isNamespaced ? association.labelOf(NAMESPACES) : null;
    const label = bound?.kind === 'label' ? bound.label : null;
    return { kind: 'named', wanted: null, link: { code: 'NoObjectsNeeded', label } };
  }
  const found = association.labelOf(resource);
  if (found.kind === 'none') return { kind: 'none', link: { code: 'NoQuery', reason: found.reason } };
  const { label } = found;
  const { name, selector } = objects;
  if (name !== '*')
    return { kind: 'named', wanted: { label, names: [name] }, link: { code: 'NameGiven', name, label } };
  const bare = externalQuery(BARE_SERIES, association, { series, namespace, metricSelector });
  if (bare.kind === 'none') return { kind: 'none', link: { code: 'NoQuery', reason: bare.reason } };
  const request = { selectors: [bare.query], startMs: nowMs - maxAgeMs };
  const all = (await prometheus.labelValues(label, request, signal)).value.filter((value) => value !== '');
  if (all.length === 0) return { kind: 'none', link: { code: 'NoObjects', label, selector: bare.query } };
  const names = all.slice(0, ADAPTER_TRACED_OBJECTS_COUNT_MAX);
  const counts = { nameCount: all.length, askedCount: names.length };
  return { kind: 'named', wanted: { label, names }, link: { code: 'NamesOfSeries', label, ...counts, selector } };
}

/** What is wrong with a query, and not with the server or the way to it. */
const OF_THE_QUERY: ReadonlySet<PrometheusProblem['code']> = new Set<PrometheusProblem['code']>([
  'BadQuery',
  'NotExecuted',
  'GaveUp',
  'AnswerTooLarge',
  'TooManySeries',
  'NativeHistogram',
]);

type Answered =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly problem: PrometheusProblem };

async function ask(query: string, { prometheus, nowMs }: MetricBackend, signal: AbortSignal): Promise<Answered> {
  try {
    return { kind: 'answered', answer: (await prometheus.query({ query, atMs: nowMs }, signal)).value };
  } catch (thrown) {
    if (!(thrown instanceof PrometheusFailure && OF_THE_QUERY.has(thrown.problem.code))) throw thrown;
    return { kind: 'refused', problem: thrown.problem };
  }
}

/** A row's own instant is that of the query: how old the samples behind it are only their series tell. */
const SAMPLE_INSTANTS = parseTemplate(
  'sample-instants',
  'max(timestamp(<<.Series>>{<<.LabelMatchers>>})) by (<<.GroupBy>>)',
);

async function sampleAges(
  { render }: MadeAsking,
  wanted: WantedObjects,
  backend: MetricBackend,
  signal: AbortSignal,
): Promise<SampleAges> {
  const made = render(SAMPLE_INSTANTS, wanted?.names ?? []);
  if (made.kind === 'none') return new Map();
  const answered = await ask(made.query, backend, signal);
  if (answered.kind === 'refused' || answered.answer.kind !== 'vector') return new Map();
  return new Map(
    answered.answer.samples.map(({ labels, value }) => {
      const name = wanted === null ? '' : (labels[wanted.label] ?? '');
      return [name, Math.max(0, Math.round(backend.nowMs - value * 1000))];
    }),
  );
}
