import type { IoClock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { LAB_SCRAPE_PAGE_BYTES_MAX } from '../../../base/limits.ts';
import { readBody } from '../../../platform/http/body.ts';
import { createOutbound } from '../../../platform/http/outbound.ts';
import type { ScrapeTarget } from './scrape-target.ts';

export interface PageClientOptions {
  readonly ioClock: IoClock;
  /** Where a port of a pod's address is reached on this machine; undefined where nothing listens. */
  urlOf(podIp: string, port: number): string | undefined;
}

/** Asks targets for their pages. */
export interface PageClient {
  /** The text of a page. Rejects with Failure('unavailable') when there is none in the target's time. */
  fetchPage(target: ScrapeTarget, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

const ACCEPT = 'text/plain;version=0.0.4;q=1,*/*;q=0.1';

/** A client for pages of pods that listen on this machine. */
export function createPageClient({ ioClock, urlOf }: PageClientOptions): PageClient {
  const outbound = createOutbound({ ioClock });
  return {
    fetchPage: async ({ address, port, path, timeoutMs }, signal) => {
      const base = urlOf(address, port);
      if (base === undefined)
        throw new Failure('unavailable', `dial tcp ${address}:${port}: connect: connection refused`);
      const { status, body } = await outbound.request({
        method: 'GET',
        url: `http://${new URL(base).host}${path}`,
        headers: {
          accept: ACCEPT,
          'user-agent': 'Prometheus/2.42.0',
          'x-prometheus-scrape-timeout-seconds': String(timeoutMs / 1000),
        },
        signal,
        headDeadlineMs: timeoutMs,
        idleDeadlineMs: timeoutMs,
      });
      const text = new TextDecoder().decode(await readBody(body, LAB_SCRAPE_PAGE_BYTES_MAX));
      if (status !== 200) throw new Failure('unavailable', `server returned HTTP status ${status}`);
      return text;
    },
    close: () => outbound.close(),
  };
}
