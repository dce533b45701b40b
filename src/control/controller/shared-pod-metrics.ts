import type { Clock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { LabelSet } from '../../base/interner.ts';
import { LabelIndex } from '../../base/label-index.ts';
import { parseSelector } from '../../base/label-selector.ts';
import { CONTROLLER_SLOT_MS_MAX } from '../../base/limits.ts';
import type { PodMetrics, ResourceMetricsSource } from '../../metrics/source/port.ts';
import type { PodMetricsReader } from '../facts/metric-reader.ts';
import type { ListPlan } from './list-planner.ts';

/** What the shared lists are made of. */
export interface SharedPodMetricsPorts {
  readonly source: ResourceMetricsSource;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** Plans the calls of a window that starts now and ends at `untilMs`. */
  readonly planWindow: (untilMs: number, canListCluster: boolean) => ListPlan;
  /** The shortest time from one sync of an HPA to its next: no list may serve for longer. */
  readonly shortestPeriodMs: () => number;
  /** Whether one call may ask for all namespaces at all; a refusal is remembered. */
  readonly canListCluster: boolean;
  readonly internLabels: (labels: LabelSet) => LabelSet;
  /** Labels of a cached pod, for servers that send none with their metrics. */
  readonly labelsOfPod: (namespace: string, name: string) => LabelSet | undefined;
}

/** One namespace's part of a list, found by labels. */
type NamespaceLists = ReadonlyMap<string, LabelIndex<PodMetrics>>;

/**
 * Resource metrics for many syncs by few calls. Time is cut into windows of at most two seconds, and of no more than the
 * shortest sync period, each begun by the first
 * sync that asks; a call made in a window serves all who ask for the same within it, its failure too.
 */
export class SharedPodMetrics implements PodMetricsReader {
  readonly #ports: SharedPodMetricsPorts;
  readonly #calls = new Map<string, Promise<NamespaceLists>>();
  #windowEndMs = Number.NEGATIVE_INFINITY;
  #plan: ListPlan = { kind: 'namespaces', wholeNamespaces: new Set() };
  #canListCluster: boolean;

  constructor(ports: SharedPodMetricsPorts) {
    this.#ports = ports;
    this.#canListCluster = ports.canListCluster;
  }

  async read(namespace: string, podSelector: string, signal: AbortSignal): Promise<readonly PodMetrics[]> {
    this.#turnWindow();
    const lists = await this.#lists(namespace, podSelector, signal);
    const parsed = parseSelector(podSelector);
    if (parsed.kind === 'invalid') throw new Failure('invalid', parsed.message);
    const groups = lists.get(namespace)?.matching(parsed.selector) ?? [];
    return groups.flatMap(([, byName]) => [...byName.values()]);
  }

  #turnWindow(): void {
    const nowMs = this.#ports.clock.nowMs();
    if (nowMs < this.#windowEndMs) return;
    this.#windowEndMs = nowMs + Math.min(CONTROLLER_SLOT_MS_MAX, this.#ports.shortestPeriodMs());
    this.#plan = this.#ports.planWindow(this.#windowEndMs, this.#canListCluster);
    this.#calls.clear();
  }

  async #lists(namespace: string, podSelector: string, signal: AbortSignal): Promise<NamespaceLists> {
    if (this.#plan.kind === 'cluster') {
      try {
        return await this.#call('', null, '', signal);
      } catch (thrown) {
        if (!(thrown instanceof Failure) || thrown.kind !== 'denied') throw thrown;
        // Whoever may not look everywhere looks namespace by namespace from now on.
        this.#canListCluster = false;
        this.#plan = this.#ports.planWindow(this.#windowEndMs, false);
      }
    }
    if (this.#plan.kind === 'namespaces' && this.#plan.wholeNamespaces.has(namespace)) {
      return this.#call(namespace, namespace, '', signal);
    }
    return this.#call(`${namespace}?${podSelector}`, namespace, podSelector, signal);
  }

  /**
   * The call of this window for `scope`, begun by whoever comes first. It is not ended by that one's signal, because
   * others wait for it too: the source has its own deadline.
   */
  #call(scope: string, namespace: string | null, labelSelector: string, signal: AbortSignal): Promise<NamespaceLists> {
    const begun = this.#calls.get(scope);
    if (begun !== undefined) return begun;
    signal.throwIfAborted();
    const call = this.#ports.source
      .listPods({ namespace, labelSelector }, NEVER_ABORTED)
      .then((items) => this.#index(items));
    this.#calls.set(scope, call);
    return call;
  }

  #index(items: readonly PodMetrics[]): NamespaceLists {
    const lists = new Map<string, LabelIndex<PodMetrics>>();
    for (const item of items) {
      let index = lists.get(item.namespace);
      if (index === undefined) {
        index = new LabelIndex();
        lists.set(item.namespace, index);
      }
      index.set(this.#labelsOf(item), item.name, item);
    }
    return lists;
  }

  #labelsOf(item: PodMetrics): LabelSet {
    for (const _ in item.labels) return this.#ports.internLabels(item.labels);
    return this.#ports.labelsOfPod(item.namespace, item.name) ?? this.#ports.internLabels(item.labels);
  }
}

const NEVER_ABORTED = new AbortController().signal;
