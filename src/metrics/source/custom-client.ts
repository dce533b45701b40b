import { withQuery } from '../../platform/kube/resource-path.ts';
import {
  CUSTOM_METRICS_GROUP,
  type CustomMetricsVersion,
  type CustomMetricsVersions,
  createCustomMetricsVersions,
} from './custom-versions.ts';
import type { HttpMetricsSourceOptions } from './http-source.ts';
import type { CustomMetricsQuery, CustomMetricsSource, ObjectMetricValue } from './port.ts';
import { readItems, readQuantity, readTime, readWindowSeconds } from './wire.ts';

/** The client of `custom.metrics.k8s.io`, in whichever of its versions the server serves (specification 6.2). */
export function createCustomMetricsClient(options: HttpMetricsSourceOptions): CustomMetricsSource {
  return createVersionedCustomMetricsClient(options, createCustomMetricsVersions(options));
}

/** The same for a server of which it is known otherwise which version to ask. */
export function createVersionedCustomMetricsClient(
  { client, deadlineMs }: Pick<HttpMetricsSourceOptions, 'client' | 'deadlineMs'>,
  versions: CustomMetricsVersions,
): CustomMetricsSource {
  return {
    listMetrics: async (signal) => {
      const version = await versions.current(signal);
      const answer = (await client.getJson(rootOf(version), { signal, deadlineMs })) as {
        readonly resources?: readonly { readonly name?: string; readonly namespaced?: boolean }[] | null;
      };
      return (answer.resources ?? []).flatMap(({ name, namespaced }) => {
        const [resource = '', metric = ''] = (name ?? '').split('/');
        return metric === '' ? [] : [{ resource, isNamespaced: namespaced === true, metric }];
      });
    },
    getValues: async (query, signal) => {
      const version = await versions.current(signal);
      const path = withQuery(`${rootOf(version)}${valuesPath(query)}`, {
        labelSelector: query.labelSelector,
        metricLabelSelector: query.metricSelector,
      });
      const answer = await client.getJson(path, { signal, deadlineMs });
      return readItems<WireMetricValue>(answer, 'MetricValueList').map(readValue);
    },
  };
}

function rootOf(version: CustomMetricsVersion): string {
  return `/apis/${CUSTOM_METRICS_GROUP}/${version}`;
}

/** `*` is written as upstream writes it, `%2A`. Metrics of a namespace itself have a path of their own. */
function valuesPath(query: CustomMetricsQuery): string {
  const metric = encodeURIComponent(query.metric);
  if (query.resource === 'namespaces' && query.namespace === null) {
    return `/namespaces/${encodeURIComponent(query.name)}/metrics/${metric}`;
  }
  const scope = query.namespace === null ? '' : `/namespaces/${encodeURIComponent(query.namespace)}`;
  const name = query.name === '*' ? '%2A' : encodeURIComponent(query.name);
  return `${scope}/${encodeURIComponent(query.resource)}/${name}/${metric}`;
}

/** An item in either version: v1beta1 has `metricName` and `window`, v1beta2 `metric` and `windowSeconds`. */
interface WireMetricValue {
  readonly describedObject?: {
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly metricName?: string;
  readonly metric?: { readonly name?: string };
  readonly timestamp?: string;
  readonly window?: number;
  readonly windowSeconds?: number;
  readonly value?: unknown;
}

function readValue(item: WireMetricValue): ObjectMetricValue {
  const { apiVersion = '', kind = '', namespace, name = '' } = item.describedObject ?? {};
  return {
    describedObject: { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name },
    metric: item.metric?.name ?? item.metricName ?? '',
    atMs: readTime(item.timestamp),
    windowMs: readWindowSeconds(item.windowSeconds ?? item.window),
    value: readQuantity(item.value),
  };
}
