import { expect, test } from 'vitest';
import type { LoadConfig } from '../config/load-config.ts';
import { loadResult, progressText, resultText } from './load-report.ts';

const REPORT = {
  durationMs: 35_040,
  answeredCount: 10_000,
  failedCount: 2,
  requestsPerSecond: 285.39,
  latencyMs: { p50: 3.21, p95: 412.4, p99: null },
};

const CONFIG: LoadConfig = {
  url: new URL('http://127.96.0.1/'),
  connectionCount: 100,
  requestCount: 10_000,
  durationMs: null,
  timeoutMs: 60_000,
  output: 'text',
  language: 'en',
};

test.each([
  [
    'en',
    'http://127.96.0.1/: 100 connections for 35.0 s\nRequests       10000 answered, 2 failed\nRate           285.4 req/s\nResponse time  p50 3.2 ms  p95 412 ms  p99 –\n',
  ],
  [
    'zh-CN',
    'http://127.96.0.1/：100 个连接，用时 35.0 s\n请求      10000 个成功，2 个失败\n速率      285.4 req/s\n响应时间  p50 3.2 ms  p95 412 ms  p99 –\n',
  ],
] as const)('the result in %s', (language, expected) => {
  expect(resultText(REPORT, { ...CONFIG, language })).toBe(expected);
});

test('a line on the way tells of all requests, and of the last seconds', () => {
  const lately = { requestsPerSecond: 301.21, failedPerSecond: 0, latencyP95Ms: 350.2 };
  expect(progressText(REPORT, lately, 'en')).toBe('35 s  10000 answered, 2 failed  301.2 req/s  p95 350 ms\n');
});

test('for programs', () => {
  expect(loadResult(REPORT, CONFIG)).toEqual({
    apiVersion: 'podtide.dev/v1',
    kind: 'LoadResult',
    url: 'http://127.96.0.1/',
    connectionCount: 100,
    ...REPORT,
  });
});
