import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import type { NodeEntry } from './node-projection.ts';
import type { KubeletClient } from './port.ts';
import { readResourceText } from './resource-text.ts';
import { ScrapeFailure } from './scrape-failure.ts';
import type { UsageStore } from './usage-store.ts';

/** What one scrape needs. */
export interface ScrapeAttemptOptions {
  readonly kubelets: Pick<KubeletClient, 'fetch'>;
  readonly store: UsageStore;
  readonly ioClock: Pick<IoClock, 'after'>;
  readonly requestTimeoutMs: number;
}

/** Which node, and where its scrape goes; null when its status names no place. */
export interface ScrapeTarget {
  readonly node: NodeEntry;
  readonly url: string | null;
}

/**
 * One scrape within its deadline: what it brings goes to the store as of `startedAtMs`. Rejects with what it met; aborting
 * `underWay` ends it with that reason.
 */
export async function attemptScrape(
  { node, url }: ScrapeTarget,
  options: ScrapeAttemptOptions,
  underWay: AbortController,
  startedAtMs: number,
): Promise<void> {
  const { kubelets, store, ioClock, requestTimeoutMs } = options;
  const cancelDeadline = ioClock.after(requestTimeoutMs, () => {
    const address = url === null ? '' : new URL(url).host;
    underWay.abort(new ScrapeFailure(node.name, { code: 'TimedOut', address, afterMs: requestTimeoutMs }));
  });
  try {
    const bytes = await orAborted(kubelets.fetch(node, underWay.signal), underWay.signal);
    underWay.signal.throwIfAborted();
    const layout = store.layoutOf(node.name);
    const reading = { nodeName: node.name, requestedAtMs: startedAtMs, layout, names: store.names };
    store.store(node.name, readResourceText(bytes, reading), startedAtMs);
  } finally {
    cancelDeadline();
  }
}
