import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';

/** A request as it comes through, its body whole. */
export interface PassingRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** A place in the stream of requests: before one is handed on, or after it was answered and before the answer is. */
export interface GatePoint {
  readonly when: 'before' | 'after';
  readonly isMet: (request: PassingRequest) => boolean;
}

/**
 * A way to the API server over plain HTTP, on which a test can have something done at an exact point: whoever asked gets
 * no answer then. Whoever uses it brings a token.
 */
export class Gate {
  readonly url: string;
  readonly #close: () => Promise<void>;
  readonly #armed: Armed;

  private constructor(url: string, armed: Armed, close: () => Promise<void>) {
    this.url = url;
    this.#armed = armed;
    this.#close = close;
  }

  static async open(cluster: Cluster): Promise<Gate> {
    const agent = new Agent({ ca: await readFile(cluster.caFile), keepAlive: true });
    const armed: Armed = { current: null };
    const server = createServer((request, response) => {
      pass(request, response, { cluster, agent, armed }).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new Gate(`http://127.0.0.1:${port}`, armed, async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    });
  }

  /** Does `act` when the point is met first; resolves when it has been done. */
  arm(point: GatePoint, act: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#armed.current = { point, act: () => act().then(resolve) };
    });
  }

  disarm(): void {
    this.#armed.current = null;
  }

  close(): Promise<void> {
    return this.#close();
  }
}

interface Armed {
  current: { readonly point: GatePoint; readonly act: () => Promise<void> } | null;
}

interface Passage {
  readonly cluster: Cluster;
  readonly agent: Agent;
  readonly armed: Armed;
}

async function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { cluster, agent, armed }: Passage,
): Promise<void> {
  const body = await buffer(incoming);
  const request = { method: incoming.method ?? '', path: incoming.url ?? '', body: body.toString() };
  const take = (when: GatePoint['when']): (() => Promise<void>) | undefined => {
    const { current } = armed;
    if (current === null || current.point.when !== when || !current.point.isMet(request)) return undefined;
    armed.current = null;
    return current.act;
  };
  const before = take('before');
  if (before !== undefined) {
    await before();
    outgoing.destroy();
    return;
  }
  const answer = await handOn(incoming, body, cluster, agent);
  const after = answer.statusCode === 200 ? take('after') : undefined;
  if (after !== undefined) {
    await buffer(answer);
    await after();
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  outgoing.flushHeaders();
  await pipeline(answer, outgoing).finally(() => answer.destroy());
}

function handOn(incoming: IncomingMessage, body: Buffer, cluster: Cluster, agent: Agent): Promise<IncomingMessage> {
  const url = new URL(incoming.url ?? '/', cluster.serverUrl);
  const { host: _host, connection: _connection, 'transfer-encoding': _encoding, ...headers } = incoming.headers;
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, { method: incoming.method, headers, agent }, resolve);
    sent.on('error', reject);
    sent.end(body);
  });
}
