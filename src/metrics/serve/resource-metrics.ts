import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { NodeMetrics, PodMetrics, ResourceMetricsSource, SoughtMetrics } from '../source/port.ts';
import { RefusedRequest, unknownPath } from './answer.ts';
import type { ApiGroup, ApiResource } from './discovery.ts';
import type { Document } from './document.ts';
import { matchesFields } from './field-selector.ts';
import { badRequest, type ListOptions, noWatch, readListOptions } from './list-options.ts';
import { type MetricsKind, NODE_METRICS, POD_METRICS } from './metrics-object.ts';
import { type IncludedObject, metricsTable, partialMetadata } from './metrics-table.ts';
import type { Representation } from './negotiation.ts';
import { encoded, protobufBody, protobufListBody, writePartialMetadata } from './protobuf.ts';

/** Both versions have the same objects; upstream has the newer one from Kubernetes 1.37 on. */
export const RESOURCE_METRICS_GROUP: ApiGroup = { name: 'metrics.k8s.io', versions: ['v1', 'v1beta1'] };

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
  /** Told of each object that is served: when its sample was taken. */
  readonly onServed: (atMs: number) => void;
}

const NODE_FIELDS = ['metadata.name', 'metadata.namespace'];
const POD_FIELDS = [...NODE_FIELDS, 'spec.nodeName'];

/** The document that answers the request; throws RefusedRequest, and what the source throws. */
export async function answerResourceMetrics(
  source: ResourceMetricsSource,
  request: ResourceMetricsRequest,
): Promise<Document> {
  const [first, second, third, fourth] = request.segments;
  if (!hasResourceMetricsPath(request.segments)) throw unknownPath();
  if (first === 'nodes')
    return second === undefined ? answerNodes(source, request) : answerNode(source, request, second);
  if (third === undefined || second === undefined) return answerPods(source, request, null);
  if (fourth === undefined) return answerPods(source, request, second);
  return answerPod(source, request, { namespace: second, name: fourth });
}

/** Whether there can be objects at that path below a version: `nodes`, `nodes/NAME`, `pods`, `namespaces/NS/pods/NAME`, … */
export function hasResourceMetricsPath(segments: readonly string[]): boolean {
  const [first, , third] = segments;
  if (first === 'nodes') return segments.length <= 2;
  if (first === 'pods') return segments.length === 1;
  return first === 'namespaces' && third === 'pods' && segments.length <= 4;
}

async function answerNodes(source: ResourceMetricsSource, request: ResourceMetricsRequest): Promise<Document> {
  const { labelSelector, fields } = listOptions(request, 'nodes', NODE_FIELDS);
  const isWanted = ({ name }: Pick<NodeMetrics, 'name'>) => matchesFields(fields, { 'metadata.name': name });
  const nodes = await source.listNodes({ labelSelector, isWanted }, request.signal);
  const chosen = nodes.filter(isWanted);
  return list(
    request,
    NODE_METRICS,
    chosen.toSorted((a, b) => compareText(a.name, b.name)),
  );
}

async function answerPods(
  source: ResourceMetricsSource,
  request: ResourceMetricsRequest,
  namespace: string | null,
): Promise<Document> {
  const { labelSelector, fields } = listOptions(request, 'pods', POD_FIELDS);
  const isWanted = (pod: PodIdentity) => matchesFields(fields, podFields(pod));
  const narrowed = fields.length === 0 ? {} : { isWanted };
  const pods = await source.listPods({ namespace, labelSelector, ...narrowed }, request.signal);
  const chosen = fields.length === 0 ? pods : pods.filter(isWanted);
  const sorted = chosen.toSorted((a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name));
  return list(request, POD_METRICS, sorted.map(withSortedContainers));
}

/** As much of a pod as fields are of. */
type PodIdentity = Pick<PodMetrics, 'namespace' | 'name' | 'nodeName'>;

function podFields(pod: PodIdentity): Readonly<Record<string, string>> {
  return { 'metadata.name': pod.name, 'metadata.namespace': pod.namespace, 'spec.nodeName': pod.nodeName ?? '' };
}

/** Upstream's come in another order with every request. A source of ours has them in order already. */
function withSortedContainers(pod: PodMetrics): PodMetrics {
  const isSorted = pod.containers.every(
    ({ name }, index) => index === 0 || name >= (pod.containers[index - 1]?.name ?? ''),
  );
  if (isSorted) return pod;
  return { ...pod, containers: pod.containers.toSorted((a, b) => compareText(a.name, b.name)) };
}

async function answerNode(source: ResourceMetricsSource, request: ResourceMetricsRequest, name: string) {
  const sought: SoughtMetrics<NodeMetrics> =
    source.findNode === undefined
      ? soughtAmong(await source.listNodes({ labelSelector: '' }, request.signal), (node) => node.name === name)
      : await source.findNode(name, request.signal);
  // Upstream's cache of nodes says so in its own way, without a group.
  if (sought.kind === 'absent')
    throw new RefusedRequest(404, 'NotFound', `node "${name}" not found`, { name, kind: 'node' });
  if (sought.kind === 'unsampled') throw unsampled('nodemetrics', name, sought.causes);
  return single(request, NODE_METRICS, sought.metrics);
}

async function answerPod(
  source: ResourceMetricsSource,
  request: ResourceMetricsRequest,
  ref: { readonly namespace: string; readonly name: string },
) {
  const { namespace, name } = ref;
  const sought: SoughtMetrics<PodMetrics> =
    source.findPod === undefined
      ? soughtAmong(await source.listPods({ namespace, labelSelector: '' }, request.signal), (pod) => pod.name === name)
      : await source.findPod(ref, request.signal);
  if (sought.kind === 'absent')
    throw new RefusedRequest(404, 'NotFound', `pods "${name}" not found`, { name, kind: 'pods' });
  if (sought.kind === 'unsampled') throw unsampled('podmetrics', `${namespace}/${name}`, sought.causes);
  return single(request, POD_METRICS, withSortedContainers(sought.metrics));
}

/** A source that cannot tell why an object has no numbers may not know whether there is such an object. */
function soughtAmong<Item>(items: readonly Item[], isSought: (item: Item) => boolean): SoughtMetrics<Item> {
  const metrics = items.find(isSought);
  return metrics === undefined ? { kind: 'unsampled', causes: [] } : { kind: 'found', metrics };
}

function unsampled(kind: string, name: string, causes: Extract<SoughtMetrics<never>, { kind: 'unsampled' }>['causes']) {
  const { name: group } = RESOURCE_METRICS_GROUP;
  const details = { name, group, kind, ...(causes.length === 0 ? {} : { causes }) };
  return new RefusedRequest(404, 'NotFound', `${kind}.${group} "${name}" not found`, details);
}

function listOptions({ query }: ResourceMetricsRequest, resource: string, knownFields: readonly string[]): ListOptions {
  const options = readListOptions(query, knownFields);
  if (options.isWatch) throw noWatch(RESOURCE_METRICS_GROUP.name, resource);
  return options;
}

function list<Item extends PodMetrics | NodeMetrics>(
  request: ResourceMetricsRequest,
  metrics: MetricsKind<Item>,
  items: readonly Item[],
): Document {
  const { nowMs, representation } = request;
  const { transform } = representation;
  for (const { atMs } of items) request.onServed(atMs);
  if (transform?.kind === 'Table') return metricsTable(metrics, items, tableOptions(request, transform.version));
  if (transform?.kind === 'PartialObjectMetadata')
    throw wrongTransform(`a list (*metrics.${metrics.kind}List)`, transform.kind);
  const version = transform?.version;
  const kind = transform === null ? `${metrics.kind}List` : 'PartialObjectMetadataList';
  const apiVersion = version === undefined ? groupVersionOf(request) : `meta.k8s.io/${version}`;
  const nowText = formatRfc3339(nowMs);
  const toObject = (item: Item): object =>
    version === undefined ? metrics.toObject(item, nowText) : partialMetadata(item, version, nowText);
  const write = version === undefined ? metrics.write : writePartialMetadata;
  return {
    kind: 'list',
    head: { kind, apiVersion, metadata: {} },
    itemsField: 'items',
    items: mapped(items, toObject),
    ...(version === undefined ? { itemTexts: () => metrics.toTexts(items, nowText) } : {}),
    protobuf: () =>
      protobufListBody({ apiVersion, kind, items, write: (message, item) => write(message, item, nowMs) }),
  };
}

function single<Item extends PodMetrics | NodeMetrics>(
  request: ResourceMetricsRequest,
  metrics: MetricsKind<Item>,
  item: Item,
): Document {
  const { nowMs, representation } = request;
  const { transform } = representation;
  const nowText = formatRfc3339(nowMs);
  request.onServed(item.atMs);
  if (transform?.kind === 'Table') return metricsTable(metrics, [item], tableOptions(request, transform.version));
  if (transform?.kind === 'PartialObjectMetadataList')
    throw wrongTransform(`not a list (*metrics.${metrics.kind})`, transform.kind);
  if (transform !== null) {
    const message = encoded((of) => writePartialMetadata(of, item, nowMs));
    const protobuf = () => protobufBody(`meta.k8s.io/${transform.version}`, transform.kind, message);
    return { kind: 'object', object: partialMetadata(item, transform.version, nowText), protobuf };
  }
  const apiVersion = groupVersionOf(request);
  return {
    kind: 'object',
    object: { kind: metrics.kind, apiVersion, ...metrics.toObject(item, nowText) },
    protobuf: () =>
      protobufBody(
        apiVersion,
        metrics.kind,
        encoded((message) => metrics.write(message, item, nowMs)),
      ),
  };
}

function groupVersionOf(request: ResourceMetricsRequest): string {
  return `${RESOURCE_METRICS_GROUP.name}/${request.version}`;
}

function wrongTransform(what: string, kind: string): RefusedRequest {
  return new RefusedRequest(406, 'NotAcceptable', `you requested ${kind}, but the requested object is ${what}`);
}

function tableOptions(request: ResourceMetricsRequest, version: 'v1' | 'v1beta1') {
  const includeObject = includedObject(request.query.get('includeObject') ?? '');
  return { version, includeObject, groupVersion: groupVersionOf(request), nowText: formatRfc3339(request.nowMs) };
}

function includedObject(text: string): IncludedObject {
  if (text === '' || text === 'Metadata') return 'Metadata';
  if (text === 'None' || text === 'Object') return text;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: "${text}": must be 'Metadata', 'Object', 'None', or empty`,
  );
}

function* mapped<Item>(items: readonly Item[], toObject: (item: Item) => object): Generator<object> {
  for (const item of items) yield toObject(item);
}

/** Byte order, as Go sorts. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
