import type { Clock, DeliveryLedger, IoClock, Release } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { MetricCatalogue } from './metric-catalogue.ts';
import { createPrometheusApi } from './prometheus-api.ts';
import { MonitoredCluster } from './scraping/monitored-cluster.ts';
import { createPageClient, type PageClientOptions } from './scraping/page-client.ts';
import { Scraper } from './scraping/scraper.ts';
import { SeriesStore } from './series-store.ts';

export interface LabPrometheusOptions extends PageClientOptions {
  /** Its own among those of the process: `monitoring/prometheus-0`. */
  readonly name: string;
  /** Of the cluster whose monitors say what is scraped. */
  readonly kube: KubeClientOptions;
  readonly ledger: DeliveryLedger;
  /** When pages are asked for, and the instants of their samples. */
  readonly clock: Clock;
  readonly ioClock: IoClock;
  readonly log: Log;
  /** The program's own: `0.1.0`. */
  readonly programVersion: string;
}

/** A Prometheus of the lab at work. */
export interface LabPrometheus {
  /** Answers a request to its HTTP API. */
  handle(request: Request): Promise<Response>;
  stop(): Promise<void>;
}

/** How long a series is kept that gets no samples. */
const RETENTION_MS = 2 * 3_600_000;
const FORGET_PERIOD_MS = 600_000;

/** Starts one over the monitors of a cluster. Resolves when what there is to be scraped is known. */
export async function startLabPrometheus(options: LabPrometheusOptions): Promise<LabPrometheus> {
  const { clock, log, programVersion } = options;
  const store = new SeriesStore();
  const catalogue = new MetricCatalogue();
  const pages = createPageClient(options);
  const scraper = new Scraper({ ...options, store, catalogue, fetchPage: pages.fetchPage });
  const cluster = new MonitoredCluster({ ...options, log, onTargets: (targets) => scraper.follow(targets) });
  let cancelForget: Release = () => undefined;
  const forgetLater = (): void => {
    cancelForget = clock.after(FORGET_PERIOD_MS, () => {
      store.forgetBefore(clock.nowMs() - RETENTION_MS);
      forgetLater();
    });
  };
  const stop = async (): Promise<void> => {
    cancelForget();
    scraper.stop();
    await Promise.all([cluster.stop(), pages.close()]);
  };
  try {
    await cluster.start();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  forgetLater();
  const handle = createPrometheusApi({ store, catalogue, clock, programVersion, standings: () => scraper.standings() });
  return { handle, stop };
}
