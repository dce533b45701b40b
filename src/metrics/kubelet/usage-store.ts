import { Interner } from '../../base/interner.ts';
import { type ContainerLayout, EMPTY_LAYOUT } from './container-layout.ts';
import { type NodeUsage, nextUsage, type StorageRules } from './node-usage.ts';
import type { NodeSample } from './sample-builder.ts';
import { hasBefore } from './usage-points.ts';

/** What the store needs to know beside the rules of storage. */
export interface UsageStoreOptions extends StorageRules {
  /**
   * For how long after the beginning of a scrape what it brought is served. A scrape that fails meanwhile changes nothing
   * (specification 6.4). 0: a failed scrape makes the node and its pods unknown at once, as upstream's does.
   */
  readonly staleAfterMs: number;
}

/** The usage of every node and its pods, as the last scrapes left it. Bounded by the nodes that are scraped. */
export class UsageStore {
  /** The names of namespaces and containers, shared by all nodes. */
  readonly names = new Interner<string>();
  readonly #options: UsageStoreOptions;
  readonly #usages = new Map<string, NodeUsage>();

  constructor(options: UsageStoreOptions) {
    this.#options = options;
  }

  /** Where the reading of the node's next answer starts from. */
  layoutOf(nodeName: string): ContainerLayout {
    return this.#usages.get(nodeName)?.layout ?? EMPTY_LAYOUT;
  }

  /** Takes in what a scrape brought that began then. */
  store(nodeName: string, sample: NodeSample, scrapedAtMs: number): void {
    this.#usages.set(nodeName, nextUsage(this.#usages.get(nodeName), sample, scrapedAtMs, this.#options));
  }

  /** A scrape failed. */
  failed(nodeName: string, nowMs: number): void {
    const usage = this.#usages.get(nodeName);
    if (usage !== undefined && this.#isStale(usage, nowMs)) this.#usages.delete(nodeName);
  }

  forget(nodeName: string): void {
    this.#usages.delete(nodeName);
  }

  /** What may be served of a node; undefined when there is nothing, or nothing that is fresh enough. */
  get(nodeName: string, nowMs: number): NodeUsage | undefined {
    const usage = this.#usages.get(nodeName);
    if (usage === undefined || this.#options.staleAfterMs === 0) return usage;
    return this.#isStale(usage, nowMs) ? undefined : usage;
  }

  /** What there is of a node, however old. */
  peek(nodeName: string): NodeUsage | undefined {
    return this.#usages.get(nodeName);
  }

  /** Upstream's `metrics_server_storage_points`: nodes and containers that have a point to count from. */
  pointCounts(): { readonly node: number; readonly container: number } {
    const counts = { node: 0, container: 0 };
    for (const usage of this.#usages.values()) {
      if (hasBefore({ points: usage.node, row: 0 })) counts.node += 1;
      counts.container += usage.countingContainerCount;
    }
    return counts;
  }

  #isStale(usage: NodeUsage, nowMs: number): boolean {
    return nowMs - usage.scrapedAtMs >= this.#options.staleAfterMs;
  }
}
