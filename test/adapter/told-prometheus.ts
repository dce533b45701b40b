import { createServer } from 'node:http';
import type { PrometheusAnswer, SeriesLabels, VectorSample } from '../../src/metrics/prometheus/answers.ts';
import type { PrometheusClient } from '../../src/metrics/prometheus/client.ts';
import { parsePromql } from '../../src/metrics/prometheus/promql-expression.ts';
import { type SelectorMatcher, selectorsOf } from '../../src/metrics/prometheus/promql-selectors.ts';
import { SeriesFolder } from '../../src/metrics/prometheus/series-folder.ts';
import { listenOnLoopback } from '../e2e/support/loopback-server.ts';
import { readRequest } from './replayed-prometheus.ts';

/** What a Prometheus of a test knows. */
export interface PrometheusTale {
  readonly series: readonly SeriesLabels[];
  /** Types of metric families, as targets say them. */
  readonly types?: Readonly<Record<string, string>>;
  /** Rows of queries, by the text of the query; every other query has none. */
  readonly rows?: Readonly<Record<string, readonly ToldRow[]>>;
}

/** A row of an instant vector; its value may depend on the instant that is asked for. */
interface ToldRow {
  readonly labels: SeriesLabels;
  readonly value: string | ((atMs: number) => string);
}

/** A client in this process that knows no more than the tale. What the tale cannot tell is refused. */
export function tellingClient(tale: PrometheusTale): PrometheusClient {
  const untold = (): Promise<never> => Promise.reject(new Error('the tale has nothing of that'));
  return {
    name: 'told',
    series: async ({ selectors, hasExamples = false }) => {
      const folder = new SeriesFolder({ hasExamples });
      folder.add(meant(tale, selectors));
      return answerOf(folder.folds());
    },
    metadata: async () => answerOf(new Map(metadataOf(tale))),
    labelValues: async (label, { selectors }) => answerOf(valuesOf(tale, label, selectors)),
    query: async ({ query, atMs }) => answerOf({ kind: 'vector', samples: samplesOf(tale, query, atMs) }),
    queryRange: untold,
    buildInfo: untold,
    close: async () => {},
  };
}

/** A server on loopback that speaks Prometheus' API and knows no more than the tale. */
export async function servePrometheus(tale: PrometheusTale) {
  const questions: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const respond = async (): Promise<void> => {
      const { path, parameters } = await readRequest(incoming);
      questions.push(`${path} ${parameters.get('query') ?? parameters.getAll('match[]').join(' or ')}`.trim());
      const data = dataOf(tale, path, parameters);
      outgoing.writeHead(data === undefined ? 404 : 200, { 'content-type': 'application/json' });
      outgoing.end(data === undefined ? '' : JSON.stringify({ status: 'success', data }));
    };
    respond().catch(() => outgoing.destroy());
  });
  const { port, stop } = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, questions, stop };
}

function dataOf(tale: PrometheusTale, path: string, parameters: URLSearchParams): unknown {
  const selectors = parameters.getAll('match[]');
  const label = /^\/api\/v1\/label\/(.*)\/values$/.exec(path)?.[1];
  if (label !== undefined) return valuesOf(tale, label, selectors);
  switch (path) {
    case '/api/v1/series':
      return meant(tale, selectors);
    case '/api/v1/metadata':
      return Object.fromEntries(metadataOf(tale));
    case '/api/v1/query': {
      const seconds = Number(parameters.get('time'));
      const result = samplesOf(tale, parameters.get('query') ?? '', seconds * 1000).map(({ labels, valueText }) => {
        return { metric: labels, value: [seconds, valueText] };
      });
      return { resultType: 'vector', result };
    }
    default:
      return undefined;
  }
}

function meant({ series }: PrometheusTale, selectors: readonly string[]): readonly SeriesLabels[] {
  const all = selectors.map((selector) => selectorsOf(parsePromql(selector))[0]?.matchers ?? []);
  return series.filter((labels) => all.some((matchers) => matchers.every((matcher) => isMet(matcher, labels))));
}

function isMet({ label, operator, value }: SelectorMatcher, labels: SeriesLabels): boolean {
  const actual = labels[label] ?? '';
  if (operator === '=' || operator === '!=') return (actual === value) === (operator === '=');
  return new RegExp(`^(?:${value})$`).test(actual) === (operator === '=~');
}

function valuesOf(tale: PrometheusTale, label: string, selectors: readonly string[]): readonly string[] {
  return [...new Set(meant(tale, selectors).flatMap((labels) => labels[label] ?? []))].sort();
}

function metadataOf({ types = {} }: PrometheusTale) {
  return Object.entries(types).map(([family, type]) => [family, [{ type, help: '', unit: '' }]] as const);
}

function samplesOf({ rows = {} }: PrometheusTale, query: string, atMs: number): readonly VectorSample[] {
  return (rows[query] ?? []).map(({ labels, value }) => {
    const valueText = typeof value === 'string' ? value : value(atMs);
    return { labels, atMs, value: Number(valueText.replace('Inf', 'Infinity')), valueText };
  });
}

function answerOf<Value>(value: Value): PrometheusAnswer<Value> {
  return { value, warnings: [], infos: [] };
}
