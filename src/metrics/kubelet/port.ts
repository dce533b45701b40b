import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Telemetry } from '../../platform/telemetry/registry.ts';
import type { ResourceMetricsSource } from '../source/port.ts';
import type { NodeEntry } from './node-projection.ts';
import type { KubeletStanding, ServedCounts } from './standing.ts';
import type { PodTrace } from './usage-trace.ts';

/** How the resource metrics of one kubelet are got: straight from it, or through the API server. */
export interface KubeletClient {
  /** Where a scrape of this node goes, for people. Throws ScrapeFailure when its status or annotation names no place. */
  urlOf(node: NodeEntry): string;
  /**
   * The text of the kubelet's `/metrics/resource`, decompressed.
   *
   * @throws ScrapeFailure when there is none; the signal's own reason when that aborts first.
   */
  fetch(node: NodeEntry, signal: AbortSignal): Promise<Uint8Array>;
  /** Ends the connections of a node that is gone. */
  forget(nodeName: string): void;
  close(): Promise<void>;
}

/** What kubelets as a source are made of. */
export interface KubeletSourceOptions {
  /** For the watch caches of nodes and pods; needs get, list and watch on both. */
  readonly client: KubeClientOptions;
  readonly kubelets: KubeletClient;
  /** Sample ages and the rhythm of scrapes. */
  readonly clock: Clock;
  /** Deadlines of scrapes. */
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly telemetry: Telemetry;
  /** `--metric-resolution`: between two scrapes of one node. */
  readonly resolutionMs: number;
  /**
   * When within each resolution of the domain clock all nodes are scraped, together: for a cluster whose kubelets measure
   * at one moment, such as the lab's. Asked before each scrape; a moment of its own for each node when absent or undefined.
   */
  readonly scrapePhaseMs?: () => number | undefined;
  /** `--kubelet-request-timeout`: for one scrape, connecting included. */
  readonly requestTimeoutMs: number;
  /** `--node-selector`: which nodes are scraped and served; all when absent or empty. */
  readonly nodeSelector?: string;
  /**
   * For how long what a scrape brought is served, from the scrape's beginning. Two resolutions and one request timeout
   * when absent, so that one scrape may fail or hang without anything vanishing, and two in a row may not; samples keep
   * their true timestamps. 0: one failed scrape makes a node and its pods unknown, as upstream's does.
   */
  readonly staleAfterMs?: number;
  /**
   * What becomes of a pod of which some container's counter went back. `served`, the default and upstream's way: without
   * that container, maybe without any, and then with `atMs` of Go's zero time. `leftOut`: not at all until every container
   * has a rate, which is kinder to an HPA on ContainerResource metrics.
   */
  readonly partialPods?: 'served' | 'leftOut';
  /** Tells a clock at full speed which watch events have arrived. */
  readonly deliveries?: DeliveryLedger;
}

/** Kubelets as a source of resource metrics. Items are sorted by namespace and name. */
export interface KubeletSource extends Required<ResourceMetricsSource> {
  /** Resolves when nodes and pods have been listed once and scraping has begun; rejects only when stopped before. */
  start(): Promise<void>;
  stop(): Promise<void>;
  standing(): KubeletStanding;
  /** Counts every cached object, so it is for `doctor` and telemetry, not for each request. */
  servedCounts(): ServedCounts;
  /** The numbers behind a pod's usage; undefined when the pod is not cached or nothing of it is stored. */
  trace(ref: { readonly namespace: string; readonly name: string }): PodTrace | undefined;
}
