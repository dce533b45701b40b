import { Failure } from '../../base/failure.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { ExternalMetricsSource } from '../source/port.ts';
import { RefusedRequest, unknownPath } from './answer.ts';
import type { ApiGroup, ApiResource } from './discovery.ts';

export const EXTERNAL_METRICS_GROUP: ApiGroup = { name: 'external.metrics.k8s.io', versions: ['v1beta1'] };

/** A request below `/apis/external.metrics.k8s.io/<version>/`, its path cut into decoded segments. */
export interface ExternalMetricsRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

/** Each metric, for discovery, sorted by name. */
export async function externalMetricResources(
  source: ExternalMetricsSource,
  signal: AbortSignal,
): Promise<readonly ApiResource[]> {
  const names = await source.listMetrics(signal);
  return [...new Set(names)]
    .sort()
    .map((name) => ({ name, isNamespaced: true, kind: 'ExternalMetricValueList', verbs: ['get'] }));
}

/** The `ExternalMetricValueList` that answers the request; throws RefusedRequest, and what the source throws. */
export async function answerExternalMetrics(
  source: ExternalMetricsSource,
  request: ExternalMetricsRequest,
): Promise<object> {
  const [first, namespace = '', metric = ''] = request.segments;
  if (first !== 'namespaces' || request.segments.length !== 3) {
    throw unknownPath();
  }
  const query = { namespace, metric, metricSelector: request.query.get('labelSelector') ?? '' };
  const values = await source.getValues(query, request.signal).catch((thrown: unknown) => {
    throw thrown instanceof Failure && thrown.kind === 'notFound' ? unknownMetric(query) : thrown;
  });
  return {
    kind: 'ExternalMetricValueList',
    apiVersion: `${EXTERNAL_METRICS_GROUP.name}/${request.version}`,
    metadata: {},
    items: values.map((value) => ({
      metricName: value.metric,
      metricLabels: value.labels,
      timestamp: formatRfc3339(value.atMs),
      ...(value.windowMs === null ? {} : { window: Math.round(value.windowMs / 1000) }),
      value: value.value,
    })),
  };
}

function unknownMetric({ metric, namespace }: { readonly metric: string; readonly namespace: string }): RefusedRequest {
  const message = `the server could not find the metric ${metric} for namespaces ${namespace}`;
  return new RefusedRequest(404, 'NotFound', message);
}
