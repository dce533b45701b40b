import { createServer, type IncomingMessage } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '../e2e/support/loopback-server.ts';
import { faultIn, giveFault } from './faults.ts';
import type { PrometheusExchange } from './recording.ts';
import { exchangeKey, questionOf, withTimes } from './steady-exchange.ts';

/** A Prometheus server that knows nothing but what was recorded of a real one. */
export interface ReplayedPrometheus extends LoopbackServer {
  readonly url: string;
  /** What was asked and is in no recording, oldest first. */
  readonly unknownQuestions: readonly string[];
}

/** Serves the exchanges on loopback; whatever was never asked of the real one is answered with 404. */
export async function replayPrometheus(exchanges: readonly PrometheusExchange[]): Promise<ReplayedPrometheus> {
  const byKey = new Map(exchanges.map((exchange) => [exchangeKey(exchange), exchange]));
  const unknownQuestions: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const respond = async (): Promise<void> => {
      const { path, parameters } = await readRequest(incoming);
      const question = questionOf(parameters);
      const fault = faultIn(question);
      if (path === '/api/v1/query' && fault !== undefined) {
        await giveFault(fault, outgoing);
        return;
      }
      const exchange = byKey.get(exchangeKey({ path, question }));
      if (exchange === undefined) unknownQuestions.push(`${path} ${question}`);
      outgoing.writeHead(exchange?.status ?? 404, { 'content-type': 'application/json' });
      outgoing.end(exchange === undefined ? '' : withTimes(exchange.body, parameters.get('time') ?? '0'));
    };
    respond().catch(() => outgoing.destroy());
  });
  const listening = await listenOnLoopback(server);
  return { ...listening, url: `http://127.0.0.1:${listening.port}`, unknownQuestions };
}

/** The path and the parameters of a request, wherever it has them. */
export async function readRequest(
  incoming: IncomingMessage,
): Promise<{ readonly path: string; readonly parameters: URLSearchParams; readonly body: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const url = new URL(incoming.url ?? '/', 'http://prometheus');
  return {
    path: url.pathname,
    parameters: new URLSearchParams([...url.searchParams, ...new URLSearchParams(body)]),
    body,
  };
}
