import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'undici';
import { faultIn, giveFault } from '../../adapter/faults.ts';
import type { PrometheusExchange, RecordedPrometheusRequest } from '../../adapter/recording.ts';
import { readRequest } from '../../adapter/replayed-prometheus.ts';
import {
  exchangeKey,
  orderedRows,
  parseJson,
  questionOf,
  steadyQuery,
  withoutTimes,
} from '../../adapter/steady-exchange.ts';
import { listenOnLoopback } from '../support/loopback-server.ts';

const TIMEOUT_MS = 30_000;

/** The part of a recorded request that is the request itself. */
export type SeenRequest = Omit<RecordedPrometheusRequest, 'why' | 'flags' | 'purpose'> & {
  readonly question: string;
};

/** A way to a real Prometheus that remembers what passes. */
export interface RecordingPrometheus {
  readonly url: string;
  /** Every exchange, each question once. */
  exchanges(): readonly PrometheusExchange[];
  /** What was asked since the last call, oldest first. */
  takeRequests(): readonly SeenRequest[];
  stop(): Promise<void>;
}

/**
 * Hands requests on to the Prometheus at that URL below whatever path; queries of series that are named for a fault are
 * answered with that fault. Rows come in the order of their labels, so that two runs see the same.
 */
export async function recordPrometheus(prometheusUrl: string): Promise<RecordingPrometheus> {
  const exchanges = new Map<string, PrometheusExchange>();
  let requests: SeenRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const respond = async (): Promise<void> => {
      const { path, parameters, body } = await readRequest(incoming);
      const question = questionOf(parameters);
      requests.push({ ...seenRequest(incoming, body), question });
      const apiPath = path.slice(Math.max(0, path.indexOf('/api/v1/')));
      const fault = faultIn(question);
      if (apiPath === '/api/v1/query' && fault !== undefined) {
        await giveFault(fault, outgoing);
        return;
      }
      const answer = await request(`${prometheusUrl}${apiPath}?${parameters}`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await answer.body.text();
      const exchange = {
        path: apiPath,
        question: steadyQuery(question),
        status: answer.statusCode,
        body: withoutTimes(text),
      };
      exchanges.set(exchangeKey(exchange), exchange);
      const parsed = parseJson(text);
      outgoing.writeHead(answer.statusCode, { 'content-type': String(answer.headers['content-type'] ?? 'text/plain') });
      outgoing.end(typeof parsed === 'object' && parsed !== null ? JSON.stringify(orderedRows(parsed)) : text);
    };
    respond().catch(() => outgoing.destroy());
  });
  const { port, stop } = await listenOnLoopback(server);
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges: () => [...exchanges.values()],
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
    stop,
  };
}

const NOT_KEPT: readonly string[] = ['host', 'connection', 'content-length'];

function seenRequest(incoming: IncomingMessage, body: string): Omit<SeenRequest, 'question'> {
  const [path = '', urlParameters = ''] = (incoming.url ?? '').split('?');
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    NOT_KEPT.includes(name) ? [] : [[name, values.join(' | ')] as const],
  );
  return {
    method: incoming.method ?? '',
    path,
    urlParameters: withoutTime(urlParameters),
    body: withoutTime(body),
    headers: Object.fromEntries(headers),
  };
}

/** Seconds to which ages are told, since a busy machine sends a request a little later than it was made. */
const AGE_STEP_SECONDS = 10;

function withoutTime(parameters: string): string {
  return parameters.replaceAll(/\b(time|start|end)=([0-9.]+)/g, (_, name: string, seconds: string) => {
    const age = Math.round((Date.now() / 1000 - Number(seconds)) / AGE_STEP_SECONDS) * AGE_STEP_SECONDS;
    return age === 0 ? `${name}=NOW` : `${name}=NOW-${age}`;
  });
}
