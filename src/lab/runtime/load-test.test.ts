import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type LoadTestOptions, runLoadTest } from './load-test.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
  server = undefined;
});

async function serve(answer: RequestListener): Promise<URL> {
  server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

function load(url: URL, options: Partial<LoadTestOptions> = {}) {
  return runLoadTest({
    url,
    connectionCount: 4,
    requestCount: 200,
    durationMs: null,
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });
}

test('so many requests are sent, each is counted, connections are kept', async () => {
  let connectionCount = 0;
  let requestCount = 0;
  const url = await serve((_request, response) => {
    requestCount++;
    response.end('OK!');
  });
  server?.on('connection', () => connectionCount++);
  const report = await load(url);
  expect(report).toMatchObject({ answeredCount: 200, failedCount: 0 });
  // One more asks whether anybody answers.
  expect([requestCount, connectionCount]).toEqual([201, 5]);
  expect(report.requestsPerSecond).toBeCloseTo(200_000 / report.durationMs);
  const { p50, p95, p99 } = report.latencyMs;
  expect((p50 ?? 0) <= (p95 ?? 0) && (p95 ?? 0) <= (p99 ?? 0)).toBe(true);
});

test('a server’s errors are failures', async () => {
  let number = 0;
  const url = await serve((_request, response) => {
    number++;
    response.writeHead(number % 4 === 0 ? 503 : 200).end();
  });
  expect(await load(url)).toMatchObject({ answeredCount: 150, failedCount: 50 });
});

test('a broken connection is a failure', async () => {
  let number = 0;
  const url = await serve((request, response) => {
    number++;
    if (number === 50) request.socket.resetAndDestroy();
    else response.end('OK!');
  });
  const report = await load(url);
  expect(report.failedCount).toBe(1);
});

test('an abort ends it, and what was measured counts', async () => {
  const stop = new AbortController();
  let number = 0;
  const url = await serve((_request, response) => {
    number++;
    if (number === 100) stop.abort();
    response.end('OK!');
  });
  const report = await load(url, { requestCount: 1_000_000_000, signal: stop.signal });
  expect(report.answeredCount).toBeGreaterThan(50);
});

test('nobody there is said at once', async () => {
  const url = await serve(() => undefined);
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  await expect(load(url)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining(url.href) });
});
