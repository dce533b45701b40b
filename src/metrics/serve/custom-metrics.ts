import { Failure } from '../../base/failure.ts';
import { type LabelSelector, type LabelSelectorRequirement, parseSelector } from '../../base/label-selector.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { CustomMetricsSource, ObjectMetricValue } from '../source/port.ts';
import { RefusedRequest, unknownPath } from './answer.ts';
import type { ApiGroup, ApiResource } from './discovery.ts';

/** The newer version differs in how it spells the metric and the window, in nothing else. */
export const CUSTOM_METRICS_GROUP: ApiGroup = { name: 'custom.metrics.k8s.io', versions: ['v1beta2', 'v1beta1'] };

/** A request below `/apis/custom.metrics.k8s.io/<version>/`, its path cut into decoded segments. */
export interface CustomMetricsRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

/** What a path asks for: `name` is `*` for all objects that a selector matches. */
interface CustomMetricsPath {
  readonly namespace: string | null;
  readonly resource: string;
  readonly name: string;
  readonly metric: string;
}

/** Each metric of a resource, for discovery, sorted by name. */
export async function customMetricResources(
  source: CustomMetricsSource,
  signal: AbortSignal,
): Promise<readonly ApiResource[]> {
  const metrics = await source.listMetrics(signal);
  return metrics
    .map(({ resource, isNamespaced, metric }) => ({
      name: `${resource}/${metric}`,
      isNamespaced,
      kind: 'MetricValueList',
      verbs: ['get'],
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The `MetricValueList` that answers the request; throws RefusedRequest, and what the source throws. */
export async function answerCustomMetrics(source: CustomMetricsSource, request: CustomMetricsRequest): Promise<object> {
  const path = readPath(request.segments);
  const metricSelector = request.query.get('metricLabelSelector') ?? '';
  const echoed = selectorObject(metricSelector);
  const query = { ...path, labelSelector: request.query.get('labelSelector') ?? '', metricSelector };
  const values = await source.getValues(query, request.signal).catch((thrown: unknown) => {
    throw thrown instanceof Failure && thrown.kind === 'notFound' ? unknownMetric(path) : thrown;
  });
  if (path.name !== '*' && values.length === 0) throw noValue(path);
  const spell = request.version === 'v1beta1' ? spellBeta1 : spellBeta2;
  return {
    kind: 'MetricValueList',
    apiVersion: `${CUSTOM_METRICS_GROUP.name}/${request.version}`,
    metadata: {},
    items: values.map((value) => spell(value, echoed)),
  };
}

function readPath(segments: readonly string[]): CustomMetricsPath {
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = segments;
  if (first === 'namespaces' && segments.length === 5) {
    return { namespace: second, resource: third, name: fourth, metric: fifth };
  }
  if (first === 'namespaces' && third === 'metrics' && segments.length === 4) {
    return { namespace: null, resource: 'namespaces', name: second, metric: fourth };
  }
  if (first === 'namespaces' && segments.length === 3) {
    throw new RefusedRequest(400, 'BadRequest', 'invalid request path');
  }
  if (first !== 'namespaces' && segments.length === 3) {
    return { namespace: null, resource: first, name: second, metric: third };
  }
  throw unknownPath();
}

function spellBeta1(value: ObjectMetricValue, selector: LabelSelector | null) {
  return {
    describedObject: describedObject(value),
    metricName: value.metric,
    timestamp: formatRfc3339(value.atMs),
    ...(value.windowMs === null ? {} : { window: Math.round(value.windowMs / 1000) }),
    value: value.value,
    selector,
  };
}

function spellBeta2(value: ObjectMetricValue, selector: LabelSelector | null) {
  return {
    describedObject: describedObject(value),
    metric: { name: value.metric, selector },
    timestamp: formatRfc3339(value.atMs),
    ...(value.windowMs === null ? {} : { windowSeconds: Math.round(value.windowMs / 1000) }),
    value: value.value,
  };
}

/** The core group is spelt `/v1` here: adapters join group and version, and the empty group leaves its slash. */
function describedObject({ describedObject: described }: ObjectMetricValue) {
  const { apiVersion } = described;
  return { ...described, apiVersion: apiVersion.includes('/') ? apiVersion : `/${apiVersion}` };
}

/** A selector as answers echo it: equalities as labels, the rest as expressions; null when it is empty. */
function selectorObject(text: string): LabelSelector | null {
  const result = parseSelector(text);
  if (result.kind === 'invalid') throw new RefusedRequest(400, 'BadRequest', result.message);
  const { selector } = result;
  if (selector.kind === 'nothing' || selector.requirements.length === 0) return null;
  const matchLabels: Record<string, string> = {};
  const matchExpressions: LabelSelectorRequirement[] = [];
  for (const { key, operator, values } of selector.requirements) {
    if (operator === '=' || operator === '==') matchLabels[key] = values[0] ?? '';
    else if (operator === 'exists') matchExpressions.push({ key, operator: 'Exists' });
    else if (operator === '!') matchExpressions.push({ key, operator: 'DoesNotExist' });
    else if (operator === 'in') matchExpressions.push({ key, operator: 'In', values });
    else if (operator === 'notin' || operator === '!=') matchExpressions.push({ key, operator: 'NotIn', values });
    else throw new RefusedRequest(400, 'BadRequest', `"${operator}" is not a valid label selector operator`);
  }
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}

function unknownMetric({ metric, resource }: CustomMetricsPath): RefusedRequest {
  return new RefusedRequest(404, 'NotFound', `the server could not find the metric ${metric} for ${resource}`);
}

function noValue({ metric, resource, name }: CustomMetricsPath): RefusedRequest {
  return new RefusedRequest(404, 'NotFound', `the server could not find the metric ${metric} for ${resource} ${name}`);
}
