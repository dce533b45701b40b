import type { MetricQuery, Plan } from './decision.ts';
import type { Facts } from './facts.ts';
import { type HpaReading, readHpa } from './hpa-reading.ts';
import { type MetricSource, readMetricSource } from './metric-source.ts';
import type { EngineOptions } from './options.ts';
import { choosePath, endedPath, readScale } from './path.ts';
import { readQueries } from './query-annotations.ts';
import { checkSelector, ownershipOf } from './selector.ts';

/** What is known before any metric is asked for. */
export type PlanFacts = Pick<Facts, 'hpa' | 'scale' | 'pods' | 'isRegistered' | 'rivals' | 'ownership'>;

/**
 * Which way the reconcile will go, and what must be asked of the metrics APIs first: nothing when the path is forced,
 * disabled or failed, and nothing for a metric that cannot be computed anyway. Total and pure.
 */
export function plan(facts: PlanFacts, options: EngineOptions): Plan {
  const { hpa, scale } = facts;
  if (hpa.kind !== 'found') return withoutQueries(hpa.kind === 'missing' ? 'HpaMissing' : 'HpaUnreadable');
  if (scale.kind === 'failed') return withoutQueries('ScaleFailed');
  const reading = readHpa(hpa.object);
  const { currentReplicas, selector } = readScale(scale);
  const path = choosePath(reading, currentReplicas, options);
  if (path.code !== 'MetricDriven') return { path, selector: null, queries: [] };
  const { pods, isRegistered, rivals } = facts;
  const { namespace, name } = reading;
  const ownership = ownershipOf(reading, facts);
  const check = checkSelector({ namespace, name, selector, pods, isRegistered, rivals, ownership });
  if (check.kind === 'failed') return { path: { ...path, code: 'SelectorFailed' }, selector: check.trace, queries: [] };
  return { path, selector: check.trace, queries: queriesOf(reading, check.trace.selector, options) };
}

function withoutQueries(code: 'HpaMissing' | 'HpaUnreadable' | 'ScaleFailed'): Plan {
  return { path: endedPath(code), selector: null, queries: [] };
}

function queriesOf(
  reading: HpaReading,
  podSelector: string,
  { queryNamespaces }: EngineOptions,
): readonly MetricQuery[] {
  const { metrics, namespace } = reading;
  const own = queryNamespaces === null ? [] : readQueries(reading, queryNamespaces).queries;
  const queries: MetricQuery[] = [];
  for (const [index, spec] of metrics.entries()) {
    const query = queryOf(readMetricSource(spec), podSelector);
    if (query === null) continue;
    const asked = query.kind === 'external' ? own.find(({ metric }) => metric === query.metric) : undefined;
    queries.push({ index, namespace, spec, ...query, ...(asked === undefined ? {} : { promql: asked.promql }) });
  }
  return queries;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function queryOf(
  source: MetricSource,
  podSelector: string,
): DistributiveOmit<MetricQuery, 'index' | 'namespace' | 'spec'> | null {
  switch (source.kind) {
    case 'invalid':
      return null;
    case 'utilization':
    case 'averageValue':
      return { kind: 'resource', resource: source.resource, container: source.container, podSelector };
    case 'podsAverage':
      return { kind: 'pods', metric: source.metric.name, metricSelector: source.metricSelector, podSelector };
    case 'objectValue':
    case 'objectAverage': {
      const { apiVersion = '', kind: objectKind, name: objectName } = source.object;
      const { metricSelector } = source;
      return { kind: 'object', metric: source.metric.name, metricSelector, apiVersion, objectKind, objectName };
    }
    case 'externalValue':
    case 'externalAverage':
      return { kind: 'external', metric: source.metric.name, metricSelector: source.metricSelector };
  }
}
