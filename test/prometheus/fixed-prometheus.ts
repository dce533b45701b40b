import { createServer, type IncomingMessage } from 'node:http';
import { listenOnLoopback } from '../e2e/support/loopback-server.ts';

/** A Prometheus over a socket that answers from a function. */
export interface FixedPrometheus {
  readonly url: string;
  /** Each query that has come in, in their order. */
  readonly queries: string[];
  close(): Promise<void>;
}

/**
 * Serves instant vectors: `valuesOf` gives the value of each series that a query selects. One series `orders` of the namespace
 * `shop` is listed. The instant of a value is the one that was asked for.
 */
export async function servePrometheus(valuesOf: (query: string) => readonly number[]): Promise<FixedPrometheus> {
  const queries: string[] = [];
  const server = createServer((incoming, outgoing) => {
    readParameters(incoming).then(
      (parameters) => {
        outgoing.setHeader('content-type', 'application/json');
        outgoing.end(JSON.stringify({ status: 'success', data: dataOf(parameters) }));
      },
      () => outgoing.destroy(),
    );
  });
  const dataOf = (parameters: URLSearchParams): unknown => {
    const query = parameters.get('query');
    if (query === null) return [{ __name__: 'orders', namespace: 'shop', q: 'q1' }];
    queries.push(query);
    const result = valuesOf(query).map((value, index) => {
      return { metric: { q: `q${index + 1}` }, value: [Number(parameters.get('time')), String(value)] };
    });
    return { resultType: 'vector', result };
  };
  const { port, stop } = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, queries, close: stop };
}

async function readParameters(incoming: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of incoming) body += String(chunk);
  return new URLSearchParams(body === '' ? (incoming.url ?? '').split('?')[1] : body);
}
