import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What a server over real sockets does with one request. */
export type SocketAnswer = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** A server that answers as told and counts what reaches it. */
export interface FaultServer {
  readonly url: string;
  readonly port: number;
  /** Method and path of every request. */
  readonly requests: string[];
  readonly headers: IncomingMessage['headers'][];
  readonly connectionCount: number;
  /** Resolves when this many requests have come in all. */
  received(count: number): Promise<void>;
  /** Shows another certificate from now on; resolves when all that were connected have left. */
  renewTls(pair: { readonly cert: string; readonly key: string }): Promise<void>;
  close(): Promise<void>;
}

/** The last answer of the script repeats for ever. `atPort`: where another one was before; any when absent. */
export async function faultServer(
  script: readonly SocketAnswer[],
  tls?: ServerOptions,
  atPort = 0,
): Promise<FaultServer> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    requests.push(`${incoming.method} ${incoming.url}`);
    headers.push(incoming.headers);
    script[Math.min(requests.length, script.length) - 1]?.(incoming, outgoing);
    for (const one of waiting) if (requests.length >= one.count) one.resolve();
  };
  const server = tls === undefined ? createHttpServer(answer) : createHttpsServer(tls, answer);
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(atPort, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    requests,
    headers,
    get connectionCount() {
      return connectionCount;
    },
    received: (count) =>
      requests.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    renewTls: async (pair) => {
      (server as HttpsServer).setSecureContext(pair);
      await Promise.all([...sockets].map((socket) => once(socket.end(), 'close')));
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with JSON, whole. */
export function whole(value: unknown, status = 200, headers: Record<string, string> = {}): SocketAnswer {
  return (_incoming, outgoing) => {
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
    outgoing.end(JSON.stringify(value));
  };
}

/** A Status as the API server sends it. */
export function refusal(
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): SocketAnswer {
  return whole({ kind: 'Status', status: 'Failure', message, reason, code }, code, headers);
}

/** Breaks the connection instead of answering. */
export const resets: SocketAnswer = (incoming) => {
  (incoming.socket as Socket).resetAndDestroy?.();
  incoming.socket.destroy();
};

/** Never answers. */
export const hangs: SocketAnswer = () => {};

/** Sends the head and this much of a body, then nothing more. */
export function stalls(part: string): SocketAnswer {
  return (_incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.write(part);
  };
}

/** Sends the head and this much of a body, then breaks the connection. */
export function cuts(part: string): SocketAnswer {
  return (incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    outgoing.write(part, () => incoming.socket.destroy());
  };
}
