import { Failure } from '../../../base/failure.ts';
import type { ObjectKey } from '../../../base/object-key.ts';
import type { UsageChain, UsageLink } from '../../../core/explain/usage-chain.ts';
import { type NodeEntry, projectNode } from '../../../metrics/kubelet/node-projection.ts';
import { PodProjection } from '../../../metrics/kubelet/pod-projection.ts';
import { type ProbedUsage, probeUsage, type SampleGap } from '../../../metrics/kubelet/usage-probe.ts';
import type { ContainerTrace } from '../../../metrics/kubelet/usage-trace.ts';
import { apiLinks } from './api-links.ts';
import { hpaLinks } from './hpa-links.ts';
import {
  foundOrUndefined,
  isRunning,
  NODES,
  PODS,
  TOP_SCRAPE_MS_MAX,
  type TopCluster,
  type TopNode,
  type TopPod,
} from './top-cluster.ts';

/**
 * Follows the usage of one pod from its cgroups to its HPAs. What cannot be read or is not there is a link like any other;
 * only that the pod itself may not be read is a Failure.
 */
export async function tracePod(ref: ObjectKey, cluster: TopCluster, signal: AbortSignal): Promise<UsageChain> {
  const pod = await foundOrUndefined(cluster.client.get<TopPod>(PODS, ref, { signal }));
  const links = pod === undefined ? [{ code: 'PodMissing' } as const] : await linksOf(pod, ref, cluster, signal);
  return { ...ref, atMs: cluster.clock.nowMs(), links };
}

async function linksOf(
  pod: TopPod,
  ref: ObjectKey,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<readonly UsageLink[]> {
  const measured = isRunning(pod) ? await nodeLinks(pod, cluster, signal) : [];
  return [
    podLink(pod),
    ...measured,
    ...(await apiLinks(ref, cluster, signal)),
    ...(await hpaLinks(pod, cluster, signal)),
  ];
}

function podLink(pod: TopPod): UsageLink {
  const { spec, status } = pod;
  const node = spec?.nodeName ?? '';
  const phase = status?.phase ?? '';
  if (phase === 'Running' && node !== '') {
    return { code: 'PodRunning', node, containers: (spec?.containers ?? []).map(({ name }) => name) };
  }
  if (node !== '') return { code: 'PodNotRunning', phase, reason: status?.reason ?? waitingReason(pod) };
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  return { code: 'PodUnscheduled', reason: scheduled?.reason ?? '', message: scheduled?.message ?? '' };
}

/** Why the first container that waits does so: `ImagePullBackOff`. */
function waitingReason({ status }: TopPod): string {
  const reasons = (status?.containerStatuses ?? []).flatMap(({ state }) => state?.waiting?.reason ?? []);
  return reasons[0] ?? '';
}

/** From the node to the rate of each container. */
async function nodeLinks(pod: TopPod, cluster: TopCluster, signal: AbortSignal): Promise<readonly UsageLink[]> {
  const name = pod.spec?.nodeName ?? '';
  const { link, node } = await readNode(name, cluster, signal);
  if (link.code === 'NodeMissing') return [link];
  const entry = projectNode(node ?? { metadata: { name } });
  const probed = await probePod(pod, entry, cluster, signal);
  return [
    link,
    ...(await cgroupLinks(pod, entry, probed, cluster, signal)),
    ...sampleLinks(pod, name, probed, cluster.clock.nowMs()),
  ];
}

async function readNode(
  name: string,
  { client }: TopCluster,
  signal: AbortSignal,
): Promise<{ readonly link: UsageLink; readonly node?: TopNode }> {
  try {
    const node = await foundOrUndefined(client.get<TopNode>(NODES, { name }, { signal }));
    if (node === undefined) return { link: { code: 'NodeMissing', node: name } };
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status === 'True') return { link: { code: 'NodeReady', node: name }, node };
    const { reason = '', message = '' } = ready ?? {};
    return { link: { code: 'NodeNotReady', node: name, reason, message }, node };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { link: { code: 'NodeUnseen', node: name, message: thrown.message } };
  }
}

function probePod(pod: TopPod, node: NodeEntry, cluster: TopCluster, signal: AbortSignal): Promise<ProbedUsage> {
  const { kubelets, clock, ioClock, notify } = cluster;
  return probeUsage(
    {
      kubelets,
      clock,
      ioClock,
      nodes: [node],
      pods: [new PodProjection().project(pod)],
      isOfNodes: false,
      requestTimeoutMs: TOP_SCRAPE_MS_MAX,
      onWait: (wait) => notify({ code: 'Waiting', ...wait }),
    },
    signal,
  );
}

/** The files that the kubelet's numbers are read from; which ones depends on the node, whose kubelet tells it or not. */
async function cgroupLinks(
  pod: TopPod,
  node: NodeEntry,
  probed: ProbedUsage,
  cluster: TopCluster,
  signal: AbortSignal,
): Promise<readonly UsageLink[]> {
  const version = probed.problems.has(node.name) ? null : await cgroupVersion(node, cluster, signal);
  const statuses = new Map(pod.status?.containerStatuses?.map((status) => [status.name, status.containerID ?? '']));
  return (pod.spec?.containers ?? []).map(({ name }) => ({
    code: 'CgroupCounters',
    container: name,
    id: shortId(statuses.get(name) ?? ''),
    version,
  }));
}

/** Kubelets since 1.31 say it on their own metrics page. */
async function cgroupVersion(
  node: NodeEntry,
  { kubelets, ioClock }: TopCluster,
  signal: AbortSignal,
): Promise<1 | 2 | null> {
  const reading = new AbortController();
  const follow = (): void => reading.abort(signal.reason);
  signal.addEventListener('abort', follow, { once: true });
  const cancelDeadline = ioClock.after(TOP_SCRAPE_MS_MAX, () => reading.abort(TOO_SLOW));
  try {
    const page = await kubelets.fetch({ ...node, metricsPath: '/metrics' }, reading.signal);
    const version = /^kubelet_cgroup_version(?:\{[^}]*\})? ([12])\b/m.exec(Buffer.from(page).toString('utf8'))?.[1];
    return version === undefined ? null : version === '1' ? 1 : 2;
  } catch (thrown) {
    // That the node does not say it is an answer; which files those are, both names tell.
    if (thrown instanceof Failure && !signal.aborted) return null;
    throw thrown;
  } finally {
    cancelDeadline();
    signal.removeEventListener('abort', follow);
  }
}

const TOO_SLOW = new Failure('unavailable', 'the page of the kubelet’s own metrics took too long');

/** `containerd://0123456789ab`: as much as crictl shows. */
function shortId(id: string): string {
  const [runtime = '', hash = ''] = id.split('://');
  return hash === '' ? '' : `${runtime}://${hash.slice(0, 12)}`;
}

function sampleLinks(pod: TopPod, node: string, probed: ProbedUsage, nowMs: number): readonly UsageLink[] {
  const problem = probed.problems.get(node);
  if (problem !== undefined) {
    return [{ code: problem.code === 'ProxyDenied' ? 'KubeletUnseen' : 'KubeletFailed', node, problem }];
  }
  const entry = new PodProjection().project(pod);
  const gap = probed.gap(entry);
  const traces = probed.trace(entry)?.containers ?? [];
  return [
    ...traces.flatMap((trace) => pairLink(trace, nowMs) ?? []),
    ...(gap === undefined ? [] : [gapLink(gap, node)]),
    ...traces.flatMap((trace) => rateLink(trace) ?? []),
  ];
}

function gapLink(gap: SampleGap, node: string): UsageLink {
  switch (gap.kind) {
    case 'notReported':
      return { code: 'PodNotReported', node };
    case 'zero':
      return { code: 'ZeroSample', container: gap.container, lacks: gap.lacks };
    case 'oneSample':
      return { code: 'OneSample', container: gap.container, sampleAtMs: gap.atMs };
    case 'wentBack':
      return { code: 'CounterWentBack', container: gap.container };
  }
}

function pairLink({ name, previous, last, isFromStart }: ContainerTrace, nowMs: number): UsageLink | undefined {
  if (previous === null) return undefined;
  return {
    code: isFromStart ? 'SampleSinceStart' : 'TwoSamples',
    container: name,
    earlierAtMs: previous.atMs,
    earlierCpuNanoseconds: previous.cpuNanoseconds,
    laterAtMs: last.atMs,
    laterCpuNanoseconds: last.cpuNanoseconds,
    memoryBytes: last.memoryBytes,
    ageMs: Math.max(0, nowMs - last.atMs),
  };
}

function rateLink({ name, rate }: ContainerTrace): UsageLink | undefined {
  if (rate === null) return undefined;
  const { cpuNanoseconds, windowMs, cpu, memory } = rate;
  return { code: 'Rate', container: name, cpuNanoseconds, windowMs, cpu, memory };
}
