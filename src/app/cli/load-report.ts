import type { Language } from '../../core/explain/language.ts';
import type { LoadReport } from '../../lab/runtime/load-test.ts';
import type { ServiceLoad } from '../../lab/world/runtime/container-runtime.ts';
import type { LoadConfig } from '../config/load-config.ts';

/** `-o json` of `podtide load`. Fields are added, never changed, within the version. */
export interface LoadResult extends LoadReport {
  readonly apiVersion: 'podtide.dev/v1';
  readonly kind: 'LoadResult';
  readonly url: string;
  readonly connectionCount: number;
}

export function loadResult(report: LoadReport, { url, connectionCount }: LoadConfig): LoadResult {
  return { apiVersion: 'podtide.dev/v1', kind: 'LoadResult', url: url.href, connectionCount, ...report };
}

/** A line while the test goes on: all requests so far, rate and response time of the last seconds. */
export function progressText(soFar: LoadReport, lately: ServiceLoad, language: Language): string {
  const { durationMs, answeredCount, failedCount } = soFar;
  const counts = WORDS[language].counts(answeredCount, failedCount);
  const rate = `${lately.requestsPerSecond.toFixed(1)} req/s`;
  return `${Math.round(durationMs / 1000)} s  ${counts}  ${rate}  p95 ${milliseconds(lately.latencyP95Ms)}\n`;
}

/** What came out, for a person. */
export function resultText(report: LoadReport, { url, connectionCount, language }: LoadConfig): string {
  const words = WORDS[language];
  const { durationMs, answeredCount, failedCount, requestsPerSecond, latencyMs } = report;
  const { p50, p95, p99 } = latencyMs;
  const lines = [
    words.head(url.href, connectionCount, (durationMs / 1000).toFixed(1)),
    `${words.requests}  ${words.counts(answeredCount, failedCount)}`,
    `${words.rate}  ${requestsPerSecond.toFixed(1)} req/s`,
    `${words.latency}  p50 ${milliseconds(p50)}  p95 ${milliseconds(p95)}  p99 ${milliseconds(p99)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function milliseconds(value: number | null): string {
  if (value === null) return '–';
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

const WORDS = {
  en: {
    head: (url: string, count: number, seconds: string) => `${url}: ${count} connections for ${seconds} s`,
    requests: 'Requests     ',
    rate: 'Rate         ',
    latency: 'Response time',
    counts: (answered: number, failed: number) => `${answered} answered, ${failed} failed`,
  },
  'zh-CN': {
    head: (url: string, count: number, seconds: string) => `${url}：${count} 个连接，用时 ${seconds} s`,
    requests: '请求    ',
    rate: '速率    ',
    latency: '响应时间',
    counts: (answered: number, failed: number) => `${answered} 个成功，${failed} 个失败`,
  },
} as const;
