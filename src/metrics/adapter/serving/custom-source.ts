import { Failure } from '../../../base/failure.ts';
import type { KubeClient } from '../../../platform/kube/client.ts';
import { MetricFailure } from '../../source/metric-failure.ts';
import type { CustomMetricsQuery, CustomMetricsSource, ObjectMetricValue } from '../../source/port.ts';
import { type ClusterKind, groupResourceText, parseGroupResource } from '../kinds.ts';
import { objectQuantities, type ResultRow, rowsByObject } from '../result-rows.ts';
import { askNow, type QueryPorts, vectorRows } from './instant-rows.ts';
import { requestedSelector } from './requested-selector.ts';
import type { RuleBook } from './rule-book.ts';

/** What custom metrics are answered from. */
export interface CustomSourcePorts extends QueryPorts {
  /** The rules as they are now. */
  readonly book: () => RuleBook;
  /** Where objects are listed that a selector means. */
  readonly objects: Pick<KubeClient, 'list'>;
}

/** Longest wait for a list of objects; who asks for values waits ten seconds or more. */
const LIST_MS_MAX = 10_000;

/**
 * `custom.metrics.k8s.io` by rules. Objects that a selector means are listed in the cluster with every request, and one query
 * asks for all of them; an object without a number is left out, unless its rule reads 0. An object by name is not looked for in the cluster.
 */
export function createCustomSource(ports: CustomSourcePorts): CustomMetricsSource {
  return {
    listMetrics: async () => ports.book().customMetrics,
    owns: (query) => ports.book().custom.resourceLabel(requestOf(query)) !== undefined,
    getValues: (query, signal) => getValues(ports, query, signal),
  };
}

async function getValues(
  ports: CustomSourcePorts,
  asked: CustomMetricsQuery,
  signal: AbortSignal,
): Promise<readonly ObjectMetricValue[]> {
  const { custom, kinds } = ports.book();
  const kind = kinds.normalize(parseGroupResource(asked.resource));
  const isAll = asked.name === '*';
  const names = isAll ? await namesOf(ports, asked, kind, signal) : [asked.name];
  const request = requestOf(asked);
  const { namespace } = asked;
  const question = { namespace, names, metricSelector: requestedSelector('metricLabelSelector', asked.metricSelector) };
  const query = custom.query(request, question);
  const label = custom.resourceLabel(request);
  const reading = custom.reading(request);
  if (kind === undefined || query === undefined || label === undefined || reading === undefined)
    throw unknown(asked, whyUnknown(names));
  if (query.kind === 'none') throw unknown(asked, query.reason, NO_QUERY_HINT);
  const backend = custom.backend(request);
  const answer = await askNow(ports, { backend, query: query.query, objects: { label, names } }, signal);
  const rows = vectorRows(answer, query.query);
  const quantities = objectQuantities(rows, label, names, reading);
  if (quantities.length === 0 && !isAll) {
    throw withoutValue(asked, { label, query: query.query, row: rowsByObject(rows, label).get(asked.name) });
  }
  const nowMs = ports.clock.nowMs();
  return quantities.map(({ name, quantity, atMs }) => ({
    describedObject: {
      apiVersion: `${kind.group}/${kind.version}`,
      kind: kind.kind,
      ...(namespace === null ? {} : { namespace }),
      name,
    },
    metric: asked.metric,
    // Of an answer that somebody else's request has brought it tells the age.
    atMs: atMs ?? nowMs,
    windowMs: null,
    value: quantity,
  }));
}

/** Why an object that was asked for by name has none. */
function withoutValue(
  { metric, resource, name }: CustomMetricsQuery,
  { label, query, row }: { readonly label: string; readonly query: string; readonly row: ResultRow | undefined },
): MetricFailure {
  const what = `${metric} of ${resource} ${name}`;
  if (row !== undefined) {
    return new MetricFailure('noValue', `${what}: ${row.value} is no number that can be served, in ${query}`, {
      hint: 'guard the division, as in … / (… > 0); a rule with nan: zero reads NaN as 0',
    });
  }
  return new MetricFailure('noValue', `${what}: no row of ${query}`, {
    hint: `the query must make a row whose label ${label} is ${JSON.stringify(name)}: is it grouped by <<.GroupBy>>?`,
  });
}

function requestOf({ resource, namespace, metric }: CustomMetricsQuery) {
  return { resource: parseGroupResource(resource), isNamespaced: namespace !== null, metric };
}

/** The names of the objects that the selector means, in the order of the list, whatever state they are in. */
async function namesOf(
  { objects }: CustomSourcePorts,
  { resource, namespace, labelSelector }: CustomMetricsQuery,
  kind: ClusterKind | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (kind === undefined) {
    throw new MetricFailure('unlistedObjects', `the cluster has no ${resource} to list`);
  }
  // The request's own namespace decides where is looked, as upstream: a kind that stands elsewhere is not found there.
  const type = { ...kind, isNamespaced: namespace !== null };
  try {
    const { items } = await objects.list(type, { namespace, labelSelector }, { signal, deadlineMs: LIST_MS_MAX });
    return items.map(({ metadata }) => metadata.name);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof Failure)) throw thrown;
    const what = `${groupResourceText(kind)}${namespace === null ? '' : ` of namespace ${namespace}`}`;
    throw new MetricFailure('unlistedObjects', `${what} cannot be listed: ${thrown.message}`, {
      cause: thrown,
      hint: `the adapter's account needs the right to list ${groupResourceText(kind)}`,
    });
  }
}

function unknown({ metric, resource }: CustomMetricsQuery, why: string, hint?: string): MetricFailure {
  const options = hint === undefined ? {} : { hint };
  return new MetricFailure('unknownMetric', `${metric} of ${resource}: ${why}`, options);
}

const NO_QUERY_HINT = 'the metricsQuery of its rule makes no query of this; podtide adapter check tells about the rule';

function whyUnknown(names: readonly string[]): string {
  return names.length === 0 ? 'the selector matches no object' : 'no rule has found such a series';
}
