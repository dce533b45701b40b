import { readResourcePath } from '../../platform/access/request-attributes.ts';
import type { ExternalMetricsSource } from '../source/port.ts';
import { unknownPath } from './answer.ts';
import type { MetricValuesRequest } from './custom-metrics.ts';
import type { ApiGroup, ApiResource } from './discovery.ts';
import type { Document } from './document.ts';
import { noWatch, readListOptions, requireTimeout } from './list-options.ts';
import { metricRefusal } from './metric-refusal.ts';
import { EXTERNAL_METRIC_VALUES } from './metric-value.ts';
import { valueListDocument } from './value-list.ts';

export const EXTERNAL_METRICS_GROUP: ApiGroup = { name: 'external.metrics.k8s.io', versions: ['v1beta1'] };

const KNOWN_FIELDS = ['metadata.name', 'metadata.namespace'];

/** Each metric, for discovery. */
export function externalMetricResources(names: readonly string[]): readonly ApiResource[] {
  return names.map((name) => ({ name, isNamespaced: true, kind: 'ExternalMetricValueList', verbs: ['get'] }));
}

/** Whether a route leads there; the empty namespace counts, and stands for all of them. */
export function hasExternalMetricsPath(segments: readonly string[]): boolean {
  return segments.length === 3 && segments[0] === 'namespaces';
}

/** The `ExternalMetricValueList` that answers the request; throws RefusedRequest, and what the source throws. */
export async function answerExternalMetrics(
  source: ExternalMetricsSource,
  request: MetricValuesRequest,
): Promise<Document> {
  const { query, signal, caller } = request;
  requireTimeout(query);
  const { namespace, metric } = readPath(request);
  const options = readListOptions(query, KNOWN_FIELDS);
  if (options.isWatch) throw noWatch(EXTERNAL_METRICS_GROUP.name, '*');
  const { labelSelector: metricSelector } = options;
  const asked = { namespace, metric, metricSelector, ...(caller === undefined ? {} : { caller }) };
  const values = await source.getValues(asked, signal).catch((thrown: unknown) => {
    // Upstream names the resource for one namespace alone.
    throw metricRefusal(thrown, { metric, of: namespace === 'default' ? 'namespaces' : '', name: '' });
  });
  for (const { atMs } of values) request.onServed(atMs);
  return valueListDocument(EXTERNAL_METRIC_VALUES, values, null);
}

function readPath({ version, segments, query }: MetricValuesRequest) {
  const of = readResourcePath('GET', { group: EXTERNAL_METRICS_GROUP.name, version, parts: segments }, query);
  if (of === undefined) throw unknownPath();
  return { namespace: of.namespace, metric: of.resource };
}
