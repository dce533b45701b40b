import { type Clock, type IoClock, sleep } from '../../base/clock.ts';
import { PROBE_SCRAPES_COUNT_MAX } from '../../base/limits.ts';
import type { ScrapeProblem } from '../../core/explain/scrape-problem.ts';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import type { NodeEntry } from './node-projection.ts';
import { incompleteContainer, type NodeUsage, podRows } from './node-usage.ts';
import type { PodEntry } from './pod-projection.ts';
import type { KubeletClient } from './port.ts';
import { attemptScrape } from './scrape-attempt.ts';
import { ScrapeFailure } from './scrape-failure.ts';
import { ScrapePlaces } from './scrape-places.ts';
import { containerTraces, nodeMetrics, podMetrics } from './served-metrics.ts';
import { hasBefore, isCounting } from './usage-points.ts';
import { rateOf } from './usage-rate.ts';
import { UsageStore } from './usage-store.ts';
import type { PodTrace } from './usage-trace.ts';

/** Whose usage is wanted, and how it is got. */
export interface UsageProbeOptions {
  readonly kubelets: KubeletClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ioClock: IoClock;
  /** The nodes that are scraped. */
  readonly nodes: readonly NodeEntry[];
  /** Pods whose usage is wanted; those of other nodes have none. */
  readonly pods: readonly PodEntry[];
  /** Whether the nodes' own usage is wanted. */
  readonly isOfNodes: boolean;
  /** For one scrape, connecting included. */
  readonly requestTimeoutMs: number;
  /** Told once, when there is something to wait for. */
  readonly onWait?: (wait: ProbeWait) => void;
}

/** What is waited for. */
export interface ProbeWait {
  /** Nodes that have been scraped, and of whose usage there is one sample only. */
  readonly nodeCount: number;
  /** How long it takes at most. */
  readonly waitMsMax: number;
}

/** Between two scrapes of a kubelet: new samples are found soon after they are made. */
export const PROBE_SPACING_MS = 5_000;

/** Samples of a container come at most 30 s apart (specification 4.5); what has no second one by then does not count. */
export const PROBE_WAIT_MS_MAX = 35_000;

/** Younger containers count from their start, as they do in a metrics-server with the usual resolution. */
const FRESH_BELOW_MS = 15_000;

/**
 * Scrapes kubelets until what is wanted has a rate: a first time, and again every few seconds until each container and node
 * has a second sample, a little longer than samples are apart. A node that fails is not tried again. Rejects when `signal`
 * aborts.
 */
export async function probeUsage(options: UsageProbeOptions, signal: AbortSignal): Promise<ProbedUsage> {
  const { ioClock, nodes, pods, onWait } = options;
  const store = new UsageStore({ resolutionMs: FRESH_BELOW_MS, staleAfterMs: 0, isStopped: stoppedIn(pods) });
  const problems = new Map<string, ScrapeProblem>();
  const countMax = PROBE_SCRAPES_COUNT_MAX;
  const places = new ScrapePlaces({ ioClock, countMax, slowCountMax: countMax });
  const wanted = new WantedUsage(options, store);
  const beganMs = ioClock.monotonicMs();
  let waiting = nodes;
  for (;;) {
    await Promise.all(waiting.map((node) => scrape(node, { ...options, store }, places, problems, signal)));
    const isFirst = waiting === nodes;
    waiting = waiting.filter(({ name }) => !problems.has(name) && wanted.isWaitedFor(name));
    if (waiting.length === 0 || ioClock.monotonicMs() - beganMs >= PROBE_WAIT_MS_MAX) break;
    if (isFirst) onWait?.({ nodeCount: waiting.length, waitMsMax: PROBE_WAIT_MS_MAX });
    await sleep(ioClock, PROBE_SPACING_MS, signal);
  }
  return new ProbedUsage(store, problems);
}

/** What kubelets said of their nodes and pods. */
export class ProbedUsage {
  readonly #store: UsageStore;
  /** Why a node's kubelet could not be scraped, by the node's name. */
  readonly problems: ReadonlyMap<string, ScrapeProblem>;

  constructor(store: UsageStore, problems: ReadonlyMap<string, ScrapeProblem>) {
    this.#store = store;
    this.problems = problems;
  }

  /** Undefined without a rate of each of its containers. */
  podMetrics(pod: PodEntry): PodMetrics | undefined {
    const usage = this.#store.peek(pod.nodeName);
    return usage === undefined ? undefined : podMetrics(pod, usage, 'leftOut');
  }

  nodeMetrics(node: NodeEntry): NodeMetrics | undefined {
    const usage = this.#store.peek(node.name);
    return usage === undefined ? undefined : nodeMetrics(node, usage);
  }

  /** The samples behind a pod's usage; undefined when its node was not scraped. */
  trace(pod: PodEntry): PodTrace | undefined {
    const usage = this.#store.peek(pod.nodeName);
    if (usage === undefined) return undefined;
    const { namespace, name, nodeName } = pod;
    return { namespace, name, nodeName, containers: containerTraces(pod, usage) };
  }

  /** What stands between a pod of a scraped node and its usage; undefined when nothing does. */
  gap(pod: PodEntry): SampleGap | undefined {
    const usage = this.#store.peek(pod.nodeName);
    return usage === undefined ? undefined : gapOf(pod, usage);
  }
}

/** Why a pod whose node was scraped has no usage. */
export type SampleGap =
  | { readonly kind: 'notReported' }
  | { readonly kind: 'zero'; readonly container: string; readonly lacks: 'CPU' | 'memory' }
  | { readonly kind: 'oneSample'; readonly container: string; readonly atMs: number }
  | { readonly kind: 'wentBack'; readonly container: string };

function gapOf(pod: PodEntry, usage: NodeUsage): SampleGap | undefined {
  const rows = podRows(usage, pod.namespace, pod.name);
  if (rows === undefined) {
    const incomplete = incompleteContainer(usage, pod.namespace, pod.name);
    return incomplete === undefined ? { kind: 'notReported' } : { kind: 'zero', ...incomplete };
  }
  for (const of of rows) {
    const container = usage.layout.container(of.row);
    if (!hasBefore(of)) {
      const { last } = containerTraces(pod, usage).find(({ name }) => name === container) ?? { last: { atMs: 0 } };
      return { kind: 'oneSample', container, atMs: last.atMs };
    }
    if (rateOf(of) === undefined) return { kind: 'wentBack', container };
  }
  return undefined;
}

/** Knows which nodes are worth another scrape. */
class WantedUsage {
  readonly #store: UsageStore;
  readonly #isOfNodes: boolean;
  readonly #podsOf = new Map<string, PodEntry[]>();

  constructor({ pods, isOfNodes }: UsageProbeOptions, store: UsageStore) {
    this.#store = store;
    this.#isOfNodes = isOfNodes;
    for (const pod of pods) {
      const placed = this.#podsOf.get(pod.nodeName);
      if (placed === undefined) this.#podsOf.set(pod.nodeName, [pod]);
      else placed.push(pod);
    }
  }

  /** Whether something that is wanted of the node has one sample, and lacks the second. */
  isWaitedFor(nodeName: string): boolean {
    const usage = this.#store.peek(nodeName);
    if (usage === undefined) return false;
    const node = { points: usage.node, row: 0 };
    if (this.#isOfNodes && isCounting(node) && !hasBefore(node)) return true;
    return (this.#podsOf.get(nodeName) ?? []).some(
      ({ namespace, name }) => podRows(usage, namespace, name)?.some((of) => !hasBefore(of)) === true,
    );
  }
}

async function scrape(
  node: NodeEntry,
  options: UsageProbeOptions & { readonly store: UsageStore },
  places: ScrapePlaces,
  problems: Map<string, ScrapeProblem>,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new AbortController();
  const follow = (): void => underWay.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  try {
    const target = { node, url: options.kubelets.urlOf(node) };
    await places.run(underWay.signal, () => attemptScrape(target, options, underWay, options.clock.nowMs()));
  } catch (thrown) {
    if (!(thrown instanceof ScrapeFailure)) throw thrown;
    problems.set(node.name, thrown.problem);
  } finally {
    signal.removeEventListener('abort', follow);
  }
}

function stoppedIn(pods: readonly PodEntry[]): (namespace: string, pod: string, container: string) => boolean {
  const stopped = new Map(pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod.stopped]));
  return (namespace, pod, container) => stopped.get(`${namespace}/${pod}`)?.includes(container) ?? false;
}
