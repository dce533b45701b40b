import { withQuery } from '../../platform/kube/resource-path.ts';
import type { HttpMetricsSourceOptions } from './http-source.ts';
import type { ExternalMetricsSource, ExternalMetricValue } from './port.ts';
import { readItems, readQuantity, readTime, readWindowSeconds } from './wire.ts';

const ROOT = '/apis/external.metrics.k8s.io/v1beta1';

/** The client of `external.metrics.k8s.io/v1beta1`. */
export function createExternalMetricsClient(
  options: Pick<HttpMetricsSourceOptions, 'client' | 'deadlineMs'>,
): ExternalMetricsSource {
  const { client, deadlineMs } = options;
  return {
    listMetrics: async (signal) => {
      const answer = (await client.getJson(ROOT, { signal, deadlineMs })) as {
        readonly resources?: readonly { readonly name?: string }[] | null;
      };
      return (answer.resources ?? []).map(({ name }) => name ?? '').filter((name) => name !== '');
    },
    getValues: async ({ namespace, metric, metricSelector }, signal) => {
      const path = `${ROOT}/namespaces/${encodeURIComponent(namespace)}/${encodeURIComponent(metric)}`;
      const answer = await client.getJson(withQuery(path, { labelSelector: metricSelector }), { signal, deadlineMs });
      return readItems<WireExternalValue>(answer, 'ExternalMetricValueList').map(readExternalValue);
    },
  };
}

interface WireExternalValue {
  readonly metricName?: string;
  readonly metricLabels?: Readonly<Record<string, string>> | null;
  readonly timestamp?: string;
  /** Whole seconds. */
  readonly window?: number;
  readonly value?: unknown;
}

function readExternalValue(item: WireExternalValue): ExternalMetricValue {
  return {
    metric: item.metricName ?? '',
    labels: item.metricLabels ?? null,
    atMs: readTime(item.timestamp),
    windowMs: readWindowSeconds(item.window),
    value: readQuantity(item.value),
  };
}
