import type { ScrapeProblem } from '../../core/explain/scrape-problem.ts';

/** What is known of one node's scrapes. Instants are epoch ms of the domain clock; null: never. */
export interface NodeStanding {
  readonly name: string;
  /** Where the last scrape went, as a URL; null before the first, and without an address. */
  readonly url: string | null;
  /** Whether the node's own status says Ready. */
  readonly isNodeReady: boolean;
  /** When the last finished scrape began. */
  readonly scrapedAtMs: number | null;
  /** How long it took. */
  readonly tookMs: number | null;
  /** Why it failed; null when it did not, and before the first. */
  readonly problem: ScrapeProblem | null;
  /** When the newest usable scrape began: what is served of the node is from then. */
  readonly goodAtMs: number | null;
  /** When the usable scrape before that began. */
  readonly goodBeforeAtMs: number | null;
  /** When the next scrape is due; null while one is under way. */
  readonly nextAtMs: number | null;
}

/** How it stands with all of it, for readiness, `doctor` and `top --trace`. */
export interface KubeletStanding {
  /** Whether nodes and pods have been listed once. */
  readonly isSynced: boolean;
  /** Whether every node has been tried at least once since then. */
  readonly isTried: boolean;
  /** Upstream's `metric-storage-ready`: a rate of some node and of some pod can be served. */
  readonly hasNodeRate: boolean;
  readonly hasPodRate: boolean;
  /** Upstream's `metric-collection-timely`: the last round began at most one and a half resolutions ago. */
  readonly isTimely: boolean;
  readonly nodes: readonly NodeStanding[];
}

/** How many of the cached objects can be served. */
export interface ServedCounts {
  readonly nodeCount: number;
  readonly servedNodeCount: number;
  readonly podCount: number;
  readonly servedPodCount: number;
}
