import { MetricFailure } from '../../source/metric-failure.ts';
import type { ExternalMetricsQuery, ExternalMetricsSource, ExternalMetricValue } from '../../source/port.ts';
import { externalQuantities, externalQuantity, type ValuePolicy } from '../result-rows.ts';
import { askNow, type QueryPorts } from './instant-rows.ts';
import { requestedSelector } from './requested-selector.ts';
import type { RuleBook } from './rule-book.ts';

/** What external metrics are answered from. */
export interface ExternalSourcePorts extends QueryPorts {
  /** The rules as they are now. */
  readonly book: () => RuleBook;
  readonly values: ValuePolicy;
}

/** `external.metrics.k8s.io` by rules: one value for each row of the query's answer, none for an empty one. */
export function createExternalSource(ports: ExternalSourcePorts): ExternalMetricsSource {
  return {
    listMetrics: async () => ports.book().externalMetrics,
    owns: ({ metric }) => ports.book().external.has(metric),
    getValues: (query, signal) => getValues(ports, query, signal),
  };
}

async function getValues(
  ports: ExternalSourcePorts,
  { metric, namespace, metricSelector }: ExternalMetricsQuery,
  signal: AbortSignal,
): Promise<readonly ExternalMetricValue[]> {
  const selector = requestedSelector('labelSelector', metricSelector);
  const { external } = ports.book();
  const query = external.query(metric, namespace, selector);
  if (query === undefined)
    throw new MetricFailure('unknownMetric', `${metric}: no external rule has found such a series`);
  if (query.kind === 'none') throw new MetricFailure('unfetched', `${metric}: ${query.reason}`);
  const result = await askNow(ports, { backend: external.backend(metric), query: query.query }, signal);
  const made = (labels: ExternalMetricValue['labels'], atMs: number, value: string): ExternalMetricValue => {
    return { metric, labels, atMs, windowMs: null, value };
  };
  switch (result.kind) {
    case 'vector':
      return externalQuantities(result.samples, ports.values).map(({ row, quantity }) =>
        made(row.labels, row.atMs, quantity),
      );
    case 'scalar': {
      const quantity = externalQuantity(result.sample.value, ports.values);
      return quantity === undefined ? [] : [made(null, result.sample.atMs, quantity)];
    }
    case 'matrix':
      throw new MetricFailure(
        'unreadResult',
        `the query ${query.query} makes a range of values, and not one of an instant`,
      );
    case 'string':
      throw new MetricFailure('unfetched', `the query ${query.query} makes a text, and not a number`);
  }
}
