import { Failure } from '../../base/failure.ts';
import { queryAnnotation } from '../../core/engine/hpa-options.ts';
import { optionProblemText } from '../../core/engine/option-report.ts';
import { PrometheusFailure } from '../prometheus/prometheus-failure.ts';
import { MetricFailure } from '../source/metric-failure.ts';
import type { ExternalMetricsQuery, ExternalMetricsSource, ExternalMetricValue, QuerySource } from '../source/port.ts';
import type { AnnotatedMetric, AnnotationIndex } from './annotation-index.ts';

/** What metrics are made of. */
export interface AnnotationSourcePorts {
  readonly index: Pick<AnnotationIndex, 'find' | 'metrics'>;
  readonly queries: QuerySource;
}

/**
 * External metrics that HPAs bring their queries along for, each in the namespaces of these HPAs. A metric whose annotations
 * are all ignored is nobody's here: another source may have it, and only who is asked last says what is wrong.
 */
export function createAnnotationSource({ index, queries }: AnnotationSourcePorts): ExternalMetricsSource {
  return {
    listMetrics: async () => index.metrics,
    owns: ({ namespace, metric }) => {
      const found = index.find(namespace, metric);
      return found !== undefined && found.kind !== 'ignored';
    },
    getValues: async (asked, signal) => answer(index.find(asked.namespace, asked.metric), asked, queries, signal),
  };
}

async function answer(
  found: AnnotatedMetric | undefined,
  { namespace, metric, metricSelector }: ExternalMetricsQuery,
  queries: QuerySource,
  signal: AbortSignal,
): Promise<readonly ExternalMetricValue[]> {
  if (found === undefined)
    throw new MetricFailure('unknownMetric', `no HPA of ${namespace} brings a query for ${metric}`);
  if (found.kind === 'ignored') {
    const { problem, hpa } = found;
    const kind = problem.rule.code === 'NamespaceNotListed' ? 'denied' : 'invalid';
    throw new Failure(kind, `HPA ${namespace}/${hpa}: ${optionProblemText(problem)}`);
  }
  const annotation = `annotation ${queryAnnotation(metric)}`;
  const hpas = found.hpas.map((name) => `${namespace}/${name}`).join(', ');
  if (found.kind === 'conflict') {
    throw new Failure('conflict', `HPAs ${hpas}: ${annotation}: must be the same on all HPAs of a namespace`, {
      hint: 'give one of the metrics another name',
    });
  }
  try {
    return await queries.getValues({ namespace, metric, metricSelector, promql: found.promql }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof Failure)) throw thrown;
    // What is wrong with the query is its author's to know; where Prometheus is, and why it does not answer, is not.
    if (thrown instanceof PrometheusFailure && thrown.kind !== 'invalid')
      throw new MetricFailure('unfetched', thrown.message, { cause: thrown });
    throw new Failure(thrown.kind, `HPA ${hpas}: ${annotation}: ${thrown.message}`, { cause: thrown });
  }
}
