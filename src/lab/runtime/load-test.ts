import { get } from 'node:http';
import autocannon from 'autocannon';
import { errorText, Failure } from '../../base/failure.ts';
import type { ServiceLoad } from '../world/runtime/container-runtime.ts';
import { LatencyHistogram } from './latency-histogram.ts';
import { RequestWindow } from './request-window.ts';

export interface LoadTestOptions {
  readonly url: URL;
  /** Clients, each with one connection and one request under way. */
  readonly connectionCount: number;
  /** Requests in all; null for as long as `durationMs`. */
  readonly requestCount: number | null;
  /** Null for as many requests as `requestCount`. */
  readonly durationMs: number | null;
  /** A request without an answer for this long has failed. */
  readonly timeoutMs: number;
  /** Ends the test early; what was measured so far counts. */
  readonly signal: AbortSignal;
  /** Told about once a second: how it went so far, and in the last seconds. */
  onProgress(soFar: LoadReport, lately: ServiceLoad): void;
}

/** What a load test has measured. */
export interface LoadReport {
  readonly durationMs: number;
  /** Answered below 400. */
  readonly answeredCount: number;
  /** Everything else that was asked: errors of the connection, no answer in time, other answers. */
  readonly failedCount: number;
  readonly requestsPerSecond: number;
  readonly latencyMs: {
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}

const PROBE_MS_MAX = 60_000;

/**
 * Loads an address through autocannon: so many clients, each of which asks again as soon as it has its answer, as `ab -k`
 * does. Throws Failure `unavailable` when nobody answers there in the first place.
 */
export async function runLoadTest(options: LoadTestOptions): Promise<LoadReport> {
  await probe(options.url, options.signal);
  const { url, connectionCount, requestCount, durationMs, timeoutMs, signal, onProgress } = options;
  const answered = new LatencyHistogram();
  const window = new RequestWindow();
  let failedCount = 0;
  const fail = (): void => {
    failedCount++;
    window.note(performance.now(), 0, true);
  };
  const startedAtMs = performance.now();
  const report = (): LoadReport => reportOf(performance.now() - startedAtMs, answered, failedCount);
  const run = autocannon(
    {
      url: url.href,
      connections: connectionCount,
      timeout: timeoutMs / 1000,
      ...(requestCount === null ? { duration: (durationMs ?? 0) / 1000 } : { amount: requestCount }),
    },
    () => undefined,
  );
  run.on('response', (_client, statusCode, _bytes, latencyMs) => {
    if (statusCode >= 400) return fail();
    answered.note(latencyMs);
    window.note(performance.now(), latencyMs, false);
  });
  run.on('reqError', fail);
  run.on('tick', () => onProgress(report(), window.loadAt(performance.now())));
  const ended = new Promise<void>((resolve) => run.on('done', () => resolve()));
  const stop = (): void => run.stop();
  signal.addEventListener('abort', stop);
  await ended;
  signal.removeEventListener('abort', stop);
  return report();
}

function reportOf(durationMs: number, answered: LatencyHistogram, failedCount: number): LoadReport {
  return {
    durationMs,
    answeredCount: answered.count,
    failedCount,
    requestsPerSecond: (answered.count * 1000) / durationMs,
    latencyMs: {
      p50: answered.percentileMs(0.5),
      p95: answered.percentileMs(0.95),
      p99: answered.percentileMs(0.99),
    },
  };
}

/** Clients that are refused would try again and again; one request tells it once. */
function probe(url: URL, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const either = AbortSignal.any([signal, AbortSignal.timeout(PROBE_MS_MAX)]);
    const sent = get(url, { agent: false, signal: either }, (response) => {
      response.resume();
      resolve();
    });
    sent.on('error', (cause) => {
      const hint = 'kubectl get service shows the addresses of a lab that runs with --real';
      reject(new Failure('unavailable', `${url.href}: nobody answers: ${errorText(cause)}`, { hint, cause }));
    });
  });
}
