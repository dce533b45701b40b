import { readResourcePath } from '../../platform/access/request-attributes.ts';
import type { AccessUser } from '../../platform/access/user.ts';
import type { CustomMetricsQuery, CustomMetricsSource } from '../source/port.ts';
import { unknownPath } from './answer.ts';
import type { ApiGroup, ApiResource } from './discovery.ts';
import type { Document } from './document.ts';
import type { FieldTerm } from './field-selector.ts';
import { badRequest, readListOptions, readSelector, requireTimeout } from './list-options.ts';
import { metricRefusal, noValue } from './metric-refusal.ts';
import { CUSTOM_METRIC_VALUES } from './metric-value.ts';
import { selectorEcho } from './selector-echo.ts';
import { valueListDocument } from './value-list.ts';

/** Upstream's own discovery names v1beta1 alone and serves both. */
export const CUSTOM_METRICS_GROUP: ApiGroup = { name: 'custom.metrics.k8s.io', versions: ['v1beta2', 'v1beta1'] };

/** A request below `/apis/<group>/<version>/` of values, its path cut into decoded segments. */
export interface MetricValuesRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  /** Who asks, where it is known. */
  readonly caller: AccessUser | undefined;
  readonly signal: AbortSignal;
  /** Told of each value that is served: when it was measured. */
  readonly onServed: (atMs: number) => void;
}

/** What a path asks for: `name` is `*` for all objects that a selector matches. */
type CustomMetricsPath = Pick<CustomMetricsQuery, 'namespace' | 'resource' | 'name' | 'metric'>;

const KNOWN_FIELDS = ['metadata.name', 'metadata.namespace'];

/** Each metric of a resource, for discovery. */
export function customMetricResources(
  metrics: Awaited<ReturnType<CustomMetricsSource['listMetrics']>>,
): readonly ApiResource[] {
  return metrics.map(({ resource, isNamespaced, metric }) => ({
    name: `${resource}/${metric}`,
    isNamespaced,
    kind: 'MetricValueList',
    verbs: ['get'],
  }));
}

/** Whether a route leads there: an object, an object without a namespace, or a namespace itself; the empty segment counts. */
export function hasCustomMetricsPath(segments: readonly string[]): boolean {
  const [first, , third] = segments;
  if (segments.length === 3) return true;
  if (first !== 'namespaces') return false;
  return segments.length === 5 || (segments.length === 4 && third === 'metrics');
}

/** The `MetricValueList` that answers the request; throws RefusedRequest, and what the source throws. */
export async function answerCustomMetrics(
  source: CustomMetricsSource,
  request: MetricValuesRequest,
): Promise<Document> {
  const { query, signal, caller } = request;
  requireTimeout(query);
  const kind = CUSTOM_METRIC_VALUES[request.version];
  if (kind === undefined) throw unknownPath();
  const path = readPath(request);
  const { labelSelector, fields } = readListOptions(query, KNOWN_FIELDS);
  requireName(path.name, fields);
  const metricSelector = query.get('metricLabelSelector') ?? '';
  const selector = readSelector(metricSelector);
  const name = path.name === '' ? '*' : path.name;
  const asked = { ...path, name, labelSelector, metricSelector, ...(caller === undefined ? {} : { caller }) };
  const sought = { metric: path.metric, of: path.resource, name };
  const values = await source.getValues(asked, signal).catch((thrown: unknown) => {
    throw metricRefusal(thrown, sought);
  });
  if (name !== '*' && values.length === 0) throw noValue(sought);
  for (const { atMs } of values) request.onServed(atMs);
  return valueListDocument(kind, values, values.length === 0 ? null : selectorEcho(selector));
}

/** By the same reading as authorization's. `namespaces/NS/metrics/M` is a metric of the namespace itself. */
function readPath({ version, segments, query }: MetricValuesRequest): CustomMetricsPath {
  const of = readResourcePath('GET', { group: CUSTOM_METRICS_GROUP.name, version, parts: segments }, query);
  if (of === undefined) throw unknownPath();
  const { namespace, resource, name, subresource } = of;
  if (namespace !== '' && resource === 'metrics') {
    if (name === '' && subresource === '') throw badRequest('invalid request path');
    return { namespace: null, resource: 'namespaces', name: namespace, metric: name };
  }
  if (subresource === '') throw badRequest('invalid request path');
  return {
    namespace: namespace === '' ? null : namespace,
    resource: withoutEmptyGroup(resource),
    name,
    metric: subresource,
  };
}

/** `pods.` is `pods` of the group without a name. */
function withoutEmptyGroup(resource: string): string {
  return resource.indexOf('.') === resource.length - 1 ? resource.slice(0, -1) : resource;
}

/** A field selector may say the name that the path says, and nothing else. */
function requireName(name: string, fields: readonly FieldTerm[]): void {
  if (name === '' || fields.length === 0) return;
  const isSame = fields.some(({ field, isEqual, value }) => field === 'metadata.name' && isEqual && value === name);
  if (!isSame) throw badRequest("fieldSelector metadata.name doesn't match requested name");
}
