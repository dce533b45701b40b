import { afterEach, describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { LAB_SCRAPE_PAGE_BYTES_MAX } from '../../../base/limits.ts';
import { openListener } from '../../../platform/http/listener.ts';
import { createSystemClock } from '../../../platform/time/system-clock.ts';
import { createPageClient } from './page-client.ts';
import type { ScrapeTarget } from './scrape-target.ts';

const SIGNAL = new AbortController().signal;
const TARGET: ScrapeTarget = {
  pool: 'serviceMonitor/default/web/0',
  address: '10.244.1.5',
  port: 8080,
  path: '/stats',
  intervalMs: 10_000,
  timeoutMs: 10_000,
  labels: {},
  honorsLabels: false,
};

const opened: { close(drainMs?: number): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close(0);
});

/** A client whose targets are all one server, or nowhere. */
async function clientOf(handle: (request: Request) => Response | Promise<Response>, isThere = true) {
  const ioClock = createSystemClock();
  const listener = await openListener({ port: 0, ioClock, handle });
  const client = createPageClient({
    ioClock,
    urlOf: (podIp, port) => (isThere && podIp === TARGET.address && port === TARGET.port ? listener.url : undefined),
  });
  opened.push(listener, client);
  return client;
}

describe('a client of pages', () => {
  test('asks the pod for its page, in the format that is read', async () => {
    const asked: unknown[] = [];
    const client = await clientOf(({ url, headers }) => {
      asked.push([new URL(url).pathname, headers.get('accept'), headers.get('x-prometheus-scrape-timeout-seconds')]);
      return new Response('up 1');
    });
    expect(await client.fetchPage(TARGET, SIGNAL)).toBe('up 1');
    expect(asked).toEqual([['/stats', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', '10']]);
  });

  test('a page of the largest size is read, and none beyond', async () => {
    let lengthBytes = LAB_SCRAPE_PAGE_BYTES_MAX;
    const client = await clientOf(() => new Response('#'.repeat(lengthBytes)));
    expect((await client.fetchPage(TARGET, SIGNAL)).length).toBe(lengthBytes);
    lengthBytes += 1;
    await expect(client.fetchPage(TARGET, SIGNAL)).rejects.toThrow(`larger than ${LAB_SCRAPE_PAGE_BYTES_MAX} bytes`);
  });

  test.each([
    {
      why: 'nobody listens',
      handle: () => new Response(),
      isThere: false,
      message: 'dial tcp 10.244.1.5:8080: connect: connection refused',
    },
    {
      why: 'an error',
      handle: () => new Response('oops', { status: 500 }),
      message: 'server returned HTTP status 500',
    },
    {
      why: 'silence',
      handle: () => new Promise<Response>(() => {}),
      timeoutMs: 50,
      message: 'context deadline exceeded',
    },
  ])('no page: $why', async ({ handle, isThere = true, timeoutMs = 10_000, message }) => {
    const client = await clientOf(handle, isThere);
    const failure = await client.fetchPage({ ...TARGET, timeoutMs }, SIGNAL).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).kind).toBe('unavailable');
    expect((failure as Failure).message).toContain(message);
  });
});
