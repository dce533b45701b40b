import { formatDuration } from '../../base/duration.ts';
import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { NodeMetrics, PodMetrics, ResourceMetricsSource } from '../source/port.ts';
import { RefusedRequest } from './answer.ts';
import type { ApiGroup, ApiResource } from './discovery.ts';
import { type MetricsRow, metricsTable } from './metrics-table.ts';
import type { Representation } from './negotiation.ts';

export const RESOURCE_METRICS_GROUP: ApiGroup = { name: 'metrics.k8s.io', versions: ['v1beta1'] };

export const RESOURCE_METRICS_RESOURCES: readonly ApiResource[] = [
  { name: 'nodes', isNamespaced: false, kind: 'NodeMetrics', verbs: ['get', 'list'] },
  { name: 'pods', isNamespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
];

/** A request below `/apis/metrics.k8s.io/<version>/`, its path cut into decoded segments. */
export interface ResourceMetricsRequest {
  readonly version: string;
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly representation: Representation;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** The body that answers the request; throws RefusedRequest, and what the source throws. */
export async function answerResourceMetrics(
  source: ResourceMetricsSource,
  request: ResourceMetricsRequest,
): Promise<unknown> {
  const { segments, query } = request;
  const [first, second, third, fourth] = segments;
  if (query.get('watch') === 'true' || query.get('watch') === '1') throw noWatch(third ?? first ?? '');
  if (first === 'nodes' && segments.length <= 2) return answerNodes(source, request, second);
  if (first === 'pods' && segments.length === 1) return answerPods(source, request, null, undefined);
  if (first === 'namespaces' && third === 'pods' && second !== undefined && segments.length <= 4) {
    return answerPods(source, request, second, fourth);
  }
  throw new RefusedRequest(404, 'NotFound', 'the server could not find the requested resource', {});
}

async function answerNodes(source: ResourceMetricsSource, request: ResourceMetricsRequest, name: string | undefined) {
  const nodes = await source.listNodes({ labelSelector: labelSelectorOf(request) }, request.signal);
  if (name !== undefined) {
    const found = nodes.find((node) => node.name === name);
    if (found === undefined) throw noSample('nodemetrics', name);
    return single(request, 'NodeMetrics', nodeRow(found, request.nowMs));
  }
  const wanted = fieldSelectorOf(request);
  const chosen = nodes.filter((node) => wanted.name === undefined || node.name === wanted.name);
  const rows = chosen.toSorted((a, b) => compareText(a.name, b.name)).map((node) => nodeRow(node, request.nowMs));
  return list(request, 'NodeMetricsList', rows);
}

async function answerPods(
  source: ResourceMetricsSource,
  request: ResourceMetricsRequest,
  namespace: string | null,
  name: string | undefined,
) {
  const pods = await source.listPods({ namespace, labelSelector: labelSelectorOf(request) }, request.signal);
  if (name !== undefined) {
    const found = pods.find((pod) => pod.name === name);
    if (found === undefined) throw noSample('podmetrics', `${namespace}/${name}`);
    return single(request, 'PodMetrics', podRow(found, request.nowMs));
  }
  const wanted = fieldSelectorOf(request);
  const rows = pods
    .filter((pod) => wanted.name === undefined || pod.name === wanted.name)
    .filter((pod) => wanted.namespace === undefined || pod.namespace === wanted.namespace)
    .toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name))
    .map((pod) => podRow(pod, request.nowMs));
  return list(request, 'PodMetricsList', rows);
}

function nodeRow(node: NodeMetrics, nowMs: number): MetricsRow {
  const object = {
    metadata: metadataOf(node, nowMs),
    timestamp: formatRfc3339(node.atMs),
    window: formatDuration(node.windowMs),
    usage: node.usage,
  };
  return { object, usages: [node.usage] };
}

function podRow(pod: PodMetrics, nowMs: number): MetricsRow {
  const object = {
    metadata: { ...metadataOf(pod, nowMs), namespace: pod.namespace },
    timestamp: formatRfc3339(pod.atMs),
    window: formatDuration(pod.windowMs),
    containers: pod.containers,
  };
  return { object, usages: pod.containers.map((container) => container.usage) };
}

/** `creationTimestamp` is the time of the request: the object is made for it. */
function metadataOf(of: { readonly name: string; readonly labels: Readonly<Record<string, string>> }, nowMs: number) {
  const hasLabels = Object.keys(of.labels).length > 0;
  return { name: of.name, creationTimestamp: formatRfc3339(nowMs), ...(hasLabels ? { labels: of.labels } : {}) };
}

function list(request: ResourceMetricsRequest, kind: string, rows: readonly MetricsRow[]): unknown {
  if (request.representation !== 'json') return metricsTable(rows, tableOptions(request));
  const apiVersion = `${RESOURCE_METRICS_GROUP.name}/${request.version}`;
  return { kind, apiVersion, metadata: {}, items: rows.map((row) => row.object) };
}

function single(request: ResourceMetricsRequest, kind: string, row: MetricsRow): unknown {
  if (request.representation !== 'json') return metricsTable([row], tableOptions(request));
  return { kind, apiVersion: `${RESOURCE_METRICS_GROUP.name}/${request.version}`, ...row.object };
}

function tableOptions(request: ResourceMetricsRequest) {
  return {
    version: request.representation === 'tableBeta' ? ('v1beta1' as const) : ('v1' as const),
    includeObject: request.query.get('includeObject') ?? 'Metadata',
    groupVersion: `${RESOURCE_METRICS_GROUP.name}/${request.version}`,
  };
}

function labelSelectorOf(request: ResourceMetricsRequest): string {
  return request.query.get('labelSelector') ?? '';
}

/** Only an object's name and namespace can be asked for, with `=` or `==`. */
function fieldSelectorOf(request: ResourceMetricsRequest): { readonly name?: string; readonly namespace?: string } {
  const wanted: { name?: string; namespace?: string } = {};
  for (const term of (request.query.get('fieldSelector') ?? '').split(',')) {
    if (term.trim() === '') continue;
    const match = /^\s*([^=!\s]+)\s*==?\s*(\S*)\s*$/.exec(term);
    const field = match?.[1] ?? term;
    if (match === null || (field !== 'metadata.name' && field !== 'metadata.namespace')) {
      const rule = 'only "metadata.name", "metadata.namespace"';
      throw new RefusedRequest(400, 'BadRequest', `"${field}" is not a known field selector: ${rule}`);
    }
    wanted[field === 'metadata.name' ? 'name' : 'namespace'] = match[2] ?? '';
  }
  return wanted;
}

function noSample(kind: string, name: string): RefusedRequest {
  const { name: group } = RESOURCE_METRICS_GROUP;
  return new RefusedRequest(404, 'NotFound', `${kind}.${group} "${name}" not found`, { name, group, kind });
}

function noWatch(resource: string): RefusedRequest {
  const { name: group } = RESOURCE_METRICS_GROUP;
  const message = `watch is not supported on resources of kind "${resource}.${group}"`;
  return new RefusedRequest(405, 'MethodNotAllowed', message, { group, kind: resource });
}

/** Byte order, as Go sorts. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
