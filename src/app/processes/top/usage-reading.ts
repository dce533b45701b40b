import { Failure } from '../../../base/failure.ts';
import { explainScrapeProblem } from '../../../core/explain/scrape-problem.ts';
import { type NodeEntry, projectNode } from '../../../metrics/kubelet/node-projection.ts';
import { PodProjection } from '../../../metrics/kubelet/pod-projection.ts';
import { type ProbedUsage, probeUsage } from '../../../metrics/kubelet/usage-probe.ts';
import type { NodeMetrics, PodMetrics, ResourceMetricsSource, SoughtMetrics } from '../../../metrics/source/port.ts';
import { findResourceApiVersions } from '../../../metrics/source/resource-api.ts';
import { createResourceMetricsClient } from '../../../metrics/source/resource-client.ts';
import type { TopSubject } from '../../config/top-config.ts';
import {
  isFailureOf,
  isRunning,
  NODES,
  namespaceOf,
  PODS,
  TOP_CALL_MS_MAX,
  TOP_SCRAPE_MS_MAX,
  type TopCluster,
  type TopNode,
  type TopPod,
} from './top-cluster.ts';

/** Where numbers were read. */
export type UsageOrigin = { readonly kind: 'api'; readonly version: string } | { readonly kind: 'kubelets' };

/** A node and what it uses; `metrics` null when that is unknown. */
export interface NodeUsageRow {
  readonly node: TopNode;
  readonly metrics: NodeMetrics | null;
}

/** Nodes with their usage, by name. */
export interface NodeUsageReading {
  readonly origin: UsageOrigin;
  readonly atMs: number;
  readonly rows: readonly NodeUsageRow[];
}

/** Pods with their usage, by namespace and name. */
export interface PodUsageReading {
  readonly origin: UsageOrigin;
  readonly atMs: number;
  /** Null for all namespaces. */
  readonly namespace: string | null;
  readonly pods: readonly PodMetrics[];
}

type NodesSubject = Extract<TopSubject, { readonly kind: 'nodes' }>;
type PodsSubject = Extract<TopSubject, { readonly kind: 'pods' }>;

/**
 * What nodes use. From the metrics API, or from the kubelets where there is none, or none that answers.
 *
 * @throws Failure `notFound` for a node that does not exist, `denied` without the right to ask, `unavailable` when no node
 * has numbers.
 */
export async function readNodeUsage(
  { which }: Pick<NodesSubject, 'which'>,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<NodeUsageReading> {
  const nodes =
    which.kind === 'name'
      ? [await cluster.client.get<TopNode>(NODES, { name: which.name }, { signal })]
      : (await cluster.client.list<TopNode>(NODES, { labelSelector: which.selector }, { signal })).items;
  const asked = await askApi(cluster, signal, async (api) =>
    which.kind === 'name'
      ? soughtItems(await api.findNode(which.name, signal), `node ${which.name}`)
      : await api.listNodes({ labelSelector: which.selector }, signal),
  );
  if (asked.kind === 'answered') {
    const byName = new Map(asked.value.map((metrics) => [metrics.name, metrics]));
    return reading(asked.origin, nodes, (node) => byName.get(node.metadata.name), cluster);
  }
  announce(asked, nodes.length, cluster);
  const entries = new Map(nodes.map((node) => [node.metadata.name, projectNode(node)]));
  const probed = await probe({ nodes: [...entries.values()], pods: [], isOfNodes: true }, cluster, signal);
  return reading(
    { kind: 'kubelets' },
    nodes,
    (node) => {
      const entry = entries.get(node.metadata.name);
      return entry === undefined ? undefined : probed.nodeMetrics(entry);
    },
    cluster,
  );
}

/**
 * What pods use, from where nodes' usage is from.
 *
 * @throws Failure as `readNodeUsage`, of pods.
 */
export async function readPodUsage(
  subject: Pick<PodsSubject, 'which' | 'scope' | 'fieldSelector'>,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<PodUsageReading> {
  const { which } = subject;
  const namespace = namespaceOf(subject.scope, cluster);
  const labelSelector = which.kind === 'labels' ? which.selector : '';
  const asked = await askApi(cluster, signal, async (api) =>
    which.kind === 'name'
      ? soughtItems(
          await api.findPod({ namespace: namespace ?? '', name: which.name }, signal),
          `pod ${namespace}/${which.name}`,
        )
      : await api.listPods({ namespace, labelSelector }, signal),
  );
  const atMs = cluster.clock.nowMs();
  if (asked.kind !== 'answered') return await readFromKubelets(subject, namespace, asked, cluster, signal);
  const chosen = subject.fieldSelector === '' ? undefined : await listPods(subject, namespace, cluster, signal);
  const names = chosen === undefined ? undefined : new Set(chosen.map(keyOf));
  const pods = asked.value.filter((pod) => names === undefined || names.has(`${pod.namespace}/${pod.name}`));
  if (pods.length === 0)
    explainNone(chosen ?? (await listPods(subject, namespace, cluster, signal)), namespace, cluster);
  return { origin: asked.origin, atMs, namespace, pods };
}

async function readFromKubelets(
  subject: Pick<PodsSubject, 'which' | 'fieldSelector'>,
  namespace: string | null,
  asked: Unanswered,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<PodUsageReading> {
  const projection = new PodProjection();
  const origin = { kind: 'kubelets' } as const;
  const objects = (await listPods(subject, namespace, cluster, signal)).filter(isRunning);
  const entries = objects.map((pod) => projection.project(pod));
  const names = [...new Set(entries.map(({ nodeName }) => nodeName))];
  announce(asked, names.length, cluster);
  if (entries.length === 0) explainNone([], namespace, cluster);
  const nodes = await readNodes(names, cluster, signal);
  const probed = await probe({ nodes, pods: entries, isOfNodes: false }, cluster, signal);
  const atMs = cluster.clock.nowMs();
  const unsampled = entries.filter((pod) => probed.podMetrics(pod) === undefined);
  const [first] = unsampled;
  if (first !== undefined) {
    cluster.notify({
      code: 'PodsUnsampled',
      podCount: unsampled.length,
      first: `${first.namespace}/${first.name}`,
    });
  }
  return { origin, atMs, namespace, pods: entries.flatMap((pod) => probed.podMetrics(pod) ?? []) };
}

function reading(
  origin: UsageOrigin,
  nodes: readonly TopNode[],
  metricsOf: (node: TopNode) => NodeMetrics | undefined,
  { clock }: TopCluster,
): NodeUsageReading {
  const rows = nodes.map((node) => ({ node, metrics: metricsOf(node) ?? null }));
  if (rows.length > 0 && rows.every(({ metrics }) => metrics === null)) {
    throw new Failure('unavailable', 'no node has usage yet', { hint: NOT_YET_HINT });
  }
  return { origin, atMs: clock.nowMs(), rows };
}

const NOT_YET_HINT =
  'a metrics server needs two samples of each kubelet, half a minute in all; podtide top pod NAME --trace shows where a number is lost';

/** The API gave no numbers; why, unless there is no API. */
type Unanswered = { readonly kind: 'absent' } | { readonly kind: 'unavailable'; readonly message: string };

type Asked<T> = { readonly kind: 'answered'; readonly origin: UsageOrigin; readonly value: T } | Unanswered;

/** Asks the versions of the API one after the other. Throws what no other version would answer better. */
async function askApi<T>(
  { client }: TopCluster,
  signal: AbortSignal,
  ask: (api: Required<ResourceMetricsSource>) => Promise<T>,
): Promise<Asked<T>> {
  let message: string | undefined;
  for (const version of await findResourceApiVersions(client, { signal, deadlineMs: TOP_CALL_MS_MAX })) {
    try {
      const api = createResourceMetricsClient({ client, deadlineMs: TOP_CALL_MS_MAX, version });
      return { kind: 'answered', origin: { kind: 'api', version }, value: await ask(api) };
    } catch (thrown) {
      if (!isFailureOf(thrown, 'unavailable') || thrown instanceof UnsampledFailure) throw thrown;
      message ??= thrown.message;
    }
  }
  return message === undefined ? { kind: 'absent' } : { kind: 'unavailable', message };
}

/** The API answers, and has no numbers of the one object: no reason to ask anybody else. */
class UnsampledFailure extends Failure {}

function soughtItems<T>(sought: SoughtMetrics<T>, what: string): readonly T[] {
  if (sought.kind === 'found') return [sought.metrics];
  if (sought.kind === 'absent') {
    throw new Failure('notFound', `${what}: the metrics server knows no such object, or none that runs`);
  }
  const causes = sought.causes.map(({ message }) => message).join('; ');
  throw new UnsampledFailure('unavailable', `${what} has no usage yet${causes === '' ? '' : `: ${causes}`}`, {
    hint: NOT_YET_HINT,
  });
}

function announce(asked: Unanswered, nodeCount: number, { notify }: TopCluster): void {
  if (asked.kind === 'absent') notify({ code: 'NoApi', nodeCount });
  else notify({ code: 'ApiUnavailable', message: asked.message, nodeCount });
}

/** Scrapes through the node proxy; throws when not a single kubelet answers. */
async function probe(
  wanted: Pick<Parameters<typeof probeUsage>[0], 'nodes' | 'pods' | 'isOfNodes'>,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<ProbedUsage> {
  const { kubelets, clock, ioClock, notify } = cluster;
  const probed = await probeUsage(
    {
      ...wanted,
      kubelets,
      clock,
      ioClock,
      requestTimeoutMs: TOP_SCRAPE_MS_MAX,
      onWait: (wait) => notify({ code: 'Waiting', ...wait }),
    },
    signal,
  );
  const [failed] = probed.problems;
  if (failed !== undefined && probed.problems.size === wanted.nodes.length) {
    const [node, problem] = failed;
    const { text, remedy } = explainScrapeProblem(problem, 'en');
    throw new Failure(problem.code === 'ProxyDenied' ? 'denied' : 'unavailable', `node ${node}: ${text}`, {
      hint: remedy,
    });
  }
  for (const [node, problem] of probed.problems) notify({ code: 'NodeFailed', node, problem });
  return probed;
}

/** The nodes of these names as scraping sees them; where they may not be read, their names are enough. */
async function readNodes(
  names: readonly string[],
  { client }: TopCluster,
  signal: AbortSignal,
): Promise<readonly NodeEntry[]> {
  const [only] = names;
  let nodes: readonly TopNode[] = [];
  try {
    if (names.length === 1 && only !== undefined)
      nodes = [await client.get<TopNode>(NODES, { name: only }, { signal })];
    else if (names.length > 1) nodes = (await client.list<TopNode>(NODES, {}, { signal })).items;
  } catch (thrown) {
    if (!isFailureOf(thrown, 'denied') && !isFailureOf(thrown, 'notFound')) throw thrown;
  }
  const byName = new Map(nodes.map((node) => [node.metadata.name, node]));
  return names.map((name) => projectNode(byName.get(name) ?? { metadata: { name } }));
}

async function listPods(
  { which, fieldSelector }: Pick<PodsSubject, 'which' | 'fieldSelector'>,
  namespace: string | null,
  { client }: TopCluster,
  signal: AbortSignal,
): Promise<readonly TopPod[]> {
  if (which.kind === 'name') {
    return [await client.get<TopPod>(PODS, { namespace: namespace ?? '', name: which.name }, { signal })];
  }
  return (await client.list<TopPod>(PODS, { namespace, labelSelector: which.selector, fieldSelector }, { signal }))
    .items;
}

/** Nothing was served: because there are no such pods, which is an answer, or because none of them has numbers yet. */
function explainNone(pods: readonly TopPod[], namespace: string | null, { notify }: TopCluster): void {
  const running = pods.filter(isRunning);
  const [first] = running;
  if (first === undefined) {
    notify({ code: 'NoPods', namespace });
    return;
  }
  throw new Failure('unavailable', `no usage yet of ${running.length} running pods, first ${keyOf(first)}`, {
    hint: NOT_YET_HINT,
  });
}

function keyOf({ metadata }: TopPod): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
