import { MetricFailure } from '../../source/metric-failure.ts';
import type { ExternalMetricsQuery, ExternalMetricsSource, ExternalMetricValue } from '../../source/port.ts';
import { externalQuantities } from '../result-rows.ts';
import { askNow, type QueryPorts } from './instant-rows.ts';
import { requestedSelector } from './requested-selector.ts';
import type { RuleBook } from './rule-book.ts';

/** What external metrics are answered from. */
export interface ExternalSourcePorts extends QueryPorts {
  /** The rules as they are now. */
  readonly book: () => RuleBook;
}

/**
 * `external.metrics.k8s.io` by rules: one value for each row of the query's answer that is a number; none for an empty one, or a
 * single 0 where the rule reads that.
 */
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
  const reading = external.reading(metric);
  if (query === undefined || reading === undefined)
    throw new MetricFailure('unknownMetric', `${metric}: no external rule has found such a series`);
  if (query.kind === 'none') throw new MetricFailure('unfetched', `${metric}: ${query.reason}`);
  const result = await askNow(ports, { backend: external.backend(metric), query: query.query }, signal);
  const made = (labels: ExternalMetricValue['labels'], atMs: number, value: string): ExternalMetricValue => {
    return { metric, labels, atMs, windowMs: null, value };
  };
  switch (result.kind) {
    case 'vector':
      if (result.samples.length === 0 && reading.absent === 'zero') return [made(null, ports.clock.nowMs(), '0')];
      return externalQuantities(result.samples, reading).map(({ row, quantity }) =>
        made(row.labels, row.atMs, quantity),
      );
    case 'scalar':
      return externalQuantities([result.sample], reading).map(({ row, quantity }) => made(null, row.atMs, quantity));
    case 'matrix':
      throw new MetricFailure(
        'unreadResult',
        `the query ${query.query} makes a range of values, and not one of an instant`,
      );
    case 'string':
      throw new MetricFailure('unfetched', `the query ${query.query} makes a text, and not a number`);
  }
}
