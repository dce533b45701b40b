import { setImmediate } from 'node:timers/promises';
import type { Release } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { matchesSelector, parseSelector, type Selector } from '../../base/label-selector.ts';
import { USAGE_LIST_SLICE_COUNT } from '../../base/limits.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';
import type { NodeMetrics, PodMetrics, SoughtMetrics } from '../source/port.ts';
import { createKubeletTelemetry, type KubeletTelemetry } from './kubelet-telemetry.ts';
import { nodeCauses, podCauses } from './missing-causes.ts';
import { type Node, type NodeEntry, projectNode } from './node-projection.ts';
import { isPodServed } from './node-usage.ts';
import { PodDirectory } from './pod-directory.ts';
import { type Pod, type PodEntry, PodProjection } from './pod-projection.ts';
import type { KubeletSource, KubeletSourceOptions } from './port.ts';
import { Scraper } from './scraper.ts';
import { containerTraces, nodeMetrics, podMetrics } from './served-metrics.ts';
import type { KubeletStanding, ServedCounts } from './standing.ts';
import { hasBefore } from './usage-points.ts';
import { UsageStore } from './usage-store.ts';
import type { PodTrace } from './usage-trace.ts';

/** Kubelets as a source of resource metrics; nothing happens before `start`. */
export function createKubeletSource(options: KubeletSourceOptions): KubeletSource {
  return new Kubelets(options);
}

type Ref = { readonly namespace: string; readonly name: string };

class Kubelets implements KubeletSource {
  readonly #options: KubeletSourceOptions;
  readonly #nodes: Reflector<Node, NodeEntry>;
  readonly #pods: Reflector<Pod, PodEntry>;
  readonly #directory = new PodDirectory();
  readonly #store: UsageStore;
  readonly #scraper: Scraper;
  readonly #telemetry: KubeletTelemetry;
  #cancelRound: Release = () => {};
  #roundAtMs: number | undefined;
  #longestMs = 0;

  constructor(options: KubeletSourceOptions) {
    const { client, clock, resolutionMs, requestTimeoutMs } = options;
    this.#options = options;
    const delivery = (name: string) =>
      options.deliveries === undefined ? {} : { delivery: { ledger: options.deliveries, name } };
    this.#nodes = createReflector<Node, NodeEntry>(client, {
      type: { group: '', version: 'v1', resource: 'nodes', isNamespaced: false },
      ...(options.nodeSelector ? { labelSelector: options.nodeSelector } : {}),
      project: projectNode,
      ...delivery('kubelet nodes'),
    });
    const projection = new PodProjection();
    this.#pods = createReflector<Pod, PodEntry>(client, {
      type: { group: '', version: 'v1', resource: 'pods', isNamespaced: true },
      fieldSelector: 'status.phase=Running',
      project: (pod) => projection.project(pod),
      ...delivery('kubelet pods'),
    });
    this.#pods.subscribe(this.#directory);
    this.#store = new UsageStore({
      resolutionMs,
      staleAfterMs: options.staleAfterMs ?? 2 * resolutionMs + requestTimeoutMs,
      isStopped: (namespace, pod, container) =>
        this.#pods.get(`${namespace}/${pod}`)?.stopped.includes(container) ?? false,
    });
    this.#telemetry = createKubeletTelemetry(options.telemetry, resolutionMs, {
      pointCounts: () => this.#store.pointCounts(),
      standings: () => this.#scraper.standings(),
      servedCounts: () => this.servedCounts(),
      nowMs: () => clock.nowMs(),
    });
    this.#scraper = new Scraper({
      ...options,
      store: this.#store,
      onScraped: (scrape) => {
        this.#longestMs = Math.max(this.#longestMs, scrape.tookMs);
        this.#telemetry.scraped(scrape);
      },
      onForgotten: (nodeName) => this.#telemetry.forget(nodeName),
    });
  }

  async start(): Promise<void> {
    await Promise.all([this.#pods.start(), this.#startScraping()]);
  }

  /** Does not wait for the pods: a list of many takes longer than the two scrapes that a rate needs. */
  async #startScraping(): Promise<void> {
    await this.#nodes.start();
    for (const node of this.#nodes.values()) this.#scraper.add(node);
    this.#nodes.subscribe({
      added: (_key, node) => this.#scraper.add(node),
      updated: (_key, _before, node) => this.#scraper.update(node),
      deleted: (name) => this.#scraper.remove(name),
    });
    this.#beginRound();
  }

  async stop(): Promise<void> {
    this.#cancelRound();
    await Promise.all([this.#nodes.stop(), this.#pods.stop(), this.#scraper.stop()]);
    await this.#options.kubelets.close();
  }

  async listPods(
    query: { readonly namespace: string | null; readonly labelSelector: string },
    signal: AbortSignal,
  ): Promise<readonly PodMetrics[]> {
    const pods = this.#directory.matching(query.namespace, readSelector(query.labelSelector));
    const served: PodMetrics[] = [];
    let nowMs = this.#options.clock.nowMs();
    for (const [index, pod] of pods.entries()) {
      if (index > 0 && index % USAGE_LIST_SLICE_COUNT === 0) {
        await setImmediate();
        signal.throwIfAborted();
        nowMs = this.#options.clock.nowMs();
      }
      const metrics = this.#podMetrics(pod, nowMs);
      if (metrics !== undefined) served.push(metrics);
    }
    return served;
  }

  async listNodes(
    { labelSelector }: { readonly labelSelector: string },
    _signal: AbortSignal,
  ): Promise<readonly NodeMetrics[]> {
    const selector = readSelector(labelSelector);
    return [...this.#nodes.values()]
      .filter(({ labels }) => matchesSelector(selector, labels))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((node) => this.#nodeMetrics(node) ?? []);
  }

  async findPod(ref: Ref, _signal: AbortSignal): Promise<SoughtMetrics<PodMetrics>> {
    const pod = this.#pods.get(`${ref.namespace}/${ref.name}`);
    if (pod === undefined) return { kind: 'absent' };
    const nowMs = this.#options.clock.nowMs();
    const metrics = this.#podMetrics(pod, nowMs);
    if (metrics !== undefined) return { kind: 'found', metrics };
    const standing = this.#scraper.standing(pod.nodeName);
    return { kind: 'unsampled', causes: podCauses(pod, standing, this.#store.get(pod.nodeName, nowMs), nowMs) };
  }

  async findNode(name: string, _signal: AbortSignal): Promise<SoughtMetrics<NodeMetrics>> {
    const node = this.#nodes.get(name);
    if (node === undefined) return { kind: 'absent' };
    const metrics = this.#nodeMetrics(node);
    if (metrics !== undefined) return { kind: 'found', metrics };
    const nowMs = this.#options.clock.nowMs();
    return {
      kind: 'unsampled',
      causes: nodeCauses(this.#scraper.standing(name), this.#store.get(name, nowMs), nowMs),
    };
  }

  standing(): KubeletStanding {
    const nodes = [...this.#scraper.standings()];
    const { node, container } = this.#store.pointCounts();
    const { clock, resolutionMs } = this.#options;
    return {
      isSynced: this.#nodes.isSynced && this.#pods.isSynced,
      isTried: this.#roundAtMs !== undefined && nodes.every(({ scrapedAtMs }) => scrapedAtMs !== null),
      hasNodeRate: node > 0,
      hasPodRate: container > 0,
      isTimely: this.#roundAtMs === undefined || clock.nowMs() - this.#roundAtMs <= 1.5 * resolutionMs,
      nodes: nodes.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  servedCounts(): ServedCounts {
    const nowMs = this.#options.clock.nowMs();
    let servedNodeCount = 0;
    for (const { name } of this.#nodes.values()) {
      const usage = this.#store.get(name, nowMs);
      if (usage !== undefined && hasBefore({ points: usage.node, row: 0 })) servedNodeCount += 1;
    }
    let servedPodCount = 0;
    for (const { namespace, name, nodeName } of this.#pods.values()) {
      const usage = this.#store.get(nodeName, nowMs);
      if (usage !== undefined && isPodServed(usage, namespace, name)) servedPodCount += 1;
    }
    return { nodeCount: this.#nodes.size, servedNodeCount, podCount: this.#pods.size, servedPodCount };
  }

  trace(ref: Ref): PodTrace | undefined {
    const pod = this.#pods.get(`${ref.namespace}/${ref.name}`);
    const usage = pod === undefined ? undefined : this.#store.peek(pod.nodeName);
    if (pod === undefined || usage === undefined) return undefined;
    return {
      namespace: pod.namespace,
      name: pod.name,
      nodeName: pod.nodeName,
      containers: containerTraces(pod, usage),
    };
  }

  #podMetrics(pod: PodEntry, nowMs: number): PodMetrics | undefined {
    const usage = this.#store.get(pod.nodeName, nowMs);
    return usage === undefined ? undefined : podMetrics(pod, usage, this.#options.partialPods ?? 'served');
  }

  #nodeMetrics(node: NodeEntry): NodeMetrics | undefined {
    const usage = this.#store.get(node.name, this.#options.clock.nowMs());
    return usage === undefined ? undefined : nodeMetrics(node, usage);
  }

  #beginRound(): void {
    const { clock, resolutionMs } = this.#options;
    if (this.#roundAtMs !== undefined) this.#telemetry.roundEnded(this.#longestMs);
    this.#roundAtMs = clock.nowMs();
    this.#longestMs = 0;
    this.#cancelRound = clock.after(resolutionMs, () => this.#beginRound());
  }
}

function readSelector(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'invalid') throw new Failure('invalid', parsed.message);
  return parsed.selector;
}
