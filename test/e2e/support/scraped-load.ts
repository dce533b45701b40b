import type { PodMetrics, ResourceMetricsSource } from '../../../src/metrics/source/port.ts';

const SCRAPE_MS_MAX = 5_000;

/**
 * The load of one namespace as metrics-server has it: measured once a period, and the same for everybody who asks in
 * between.
 */
export class ScrapedLoad implements ResourceMetricsSource {
  readonly #load: ResourceMetricsSource;
  readonly #namespace: string;
  readonly #timer: NodeJS.Timeout;
  #measured: readonly PodMetrics[] = [];

  constructor(load: ResourceMetricsSource, options: { readonly namespace: string; readonly periodMs: number }) {
    this.#load = load;
    this.#namespace = options.namespace;
    this.#timer = setInterval(() => void this.#scrape(), options.periodMs);
    void this.#scrape();
  }

  async listPods(query: { readonly namespace: string | null }): Promise<readonly PodMetrics[]> {
    return this.#measured.filter(({ namespace }) => query.namespace === null || namespace === query.namespace);
  }

  async listNodes(): Promise<readonly never[]> {
    return [];
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #scrape(): Promise<void> {
    try {
      this.#measured = await this.#load.listPods(
        { namespace: this.#namespace, labelSelector: '' },
        AbortSignal.timeout(SCRAPE_MS_MAX),
      );
    } catch {
      // The API server is busy: the numbers of before stand for another period, as with metrics-server.
    }
  }
}
