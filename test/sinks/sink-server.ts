import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What a sink says to a request, by its vendor's rules. */
export interface SinkAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether people see the message: what `taken()` lists. */
  readonly isTaken: boolean;
}

/** One request as it came, byte for byte. */
export interface SinkArrival {
  readonly atMs: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly remoteAddress: string;
  readonly isTaken: boolean;
}

/** A request whose body is read, before it is judged. */
export type SinkRequest = Omit<SinkArrival, 'isTaken'>;

/**
 * How the world between the sink and us goes wrong. With `isTaken` the sink has taken the message all the same: only its
 * answer is lost.
 */
export type SinkFault =
  | { readonly kind: 'hang' | 'reset' | 'slowBody' | 'truncated' | 'html' | 'gzipBomb'; readonly isTaken?: boolean }
  | { readonly kind: 'redirect'; readonly location: string }
  /** Any answer, the vendor's own errors among them. */
  | { readonly kind: 'answer'; readonly answer: SinkAnswer };

export interface SinkServerOptions {
  /** Epoch milliseconds; the machine's wall clock when absent. Windows, bans and the Date header follow it. */
  readonly nowMs?: () => number;
  /** How far the sink's clock is ahead of `nowMs`. */
  readonly skewMs?: number;
  /** Serves HTTPS. */
  readonly tls?: ServerOptions;
  /** Where another one was before; any port when absent. */
  readonly port?: number;
}

/** A server that stands for a vendor's, over real sockets. */
export interface SinkServer {
  readonly url: string;
  readonly port: number;
  /** All requests, those that failed among them. */
  received(): readonly SinkArrival[];
  /** Those that people see, in their order. */
  taken(): readonly SinkArrival[];
  /** Resolves when this many requests have come in all. */
  arrived(count: number): Promise<void>;
  /** The next `count` requests meet this fault (all further ones by default); undefined ends it. */
  fail(fault: SinkFault | undefined, count?: number): void;
  /** Stops listening, so that connections are refused, until `open`. */
  refuse(): Promise<void>;
  /** Listens at the same port again. */
  open(): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Serves by the rules of `judge`, which is asked once for each request that its vendor would have seen. */
export async function startSinkServer(
  judge: (request: SinkRequest) => SinkAnswer,
  options: SinkServerOptions = {},
): Promise<SinkServer> {
  const nowMs = (): number => (options.nowMs ?? Date.now)() + (options.skewMs ?? 0);
  const arrivals: SinkArrival[] = [];
  const sockets = new Set<Socket>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const script: { fault: SinkFault | undefined; leftCount: number } = { fault: undefined, leftCount: 0 };

  const nextFault = (): SinkFault | undefined => {
    if (script.leftCount === 0) return undefined;
    script.leftCount -= 1;
    return script.fault;
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await bodyOf(incoming);
    if (body === undefined) return;
    const request: SinkRequest = {
      atMs: nowMs(),
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: incoming.headers,
      body,
      remoteAddress: incoming.socket.remoteAddress ?? '',
    };
    const fault = nextFault();
    const answer = fault === undefined || isSeen(fault) ? judge(request) : answerOf(fault);
    arrivals.push({ ...request, isTaken: answer?.isTaken ?? false });
    outgoing.sendDate = false;
    outgoing.setHeader('date', new Date(request.atMs).toUTCString());
    if (fault === undefined || fault.kind === 'answer') speak(outgoing, fault?.answer ?? answer);
    else breakOff(fault, incoming, outgoing, answer);
    for (const one of waiting) if (arrivals.length >= one.count) one.resolve();
  };

  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    serve(incoming, outgoing).catch((thrown: unknown) => {
      // A fault of the fake itself must be seen as one, not as a sink that is away.
      outgoing.writeHead(599).end(String(thrown));
    });
  };
  const server = options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, HOST);
    await once(server, 'listening');
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  await listen(options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${HOST}:${port}`,
    port,
    received: () => [...arrivals],
    taken: () => arrivals.filter(({ isTaken }) => isTaken),
    arrived: (count) =>
      arrivals.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    fail: (fault, count = Number.POSITIVE_INFINITY) => {
      script.fault = fault;
      script.leftCount = fault === undefined ? 0 : count;
    },
    refuse: stop,
    open: () => listen(port),
    close: stop,
  };
}

/** A JSON answer as vendors send it. */
export function jsonAnswer(value: unknown, isTaken: boolean, status = 200): SinkAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
    isTaken,
  };
}

/** The request's body as JSON; undefined when it is none. */
export function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Whether the sink itself has seen the request, so that its rules apply. */
function isSeen(fault: SinkFault): boolean {
  return fault.kind !== 'answer' && fault.kind !== 'redirect' && fault.isTaken === true;
}

function answerOf(fault: SinkFault): SinkAnswer | undefined {
  return fault.kind === 'answer' ? fault.answer : undefined;
}

function speak(outgoing: ServerResponse, answer: SinkAnswer | undefined): void {
  outgoing.writeHead(answer?.status ?? 500, { ...answer?.headers });
  outgoing.end(answer?.body ?? '');
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** More than any reader should ever unpack: 64 MiB of nothing in some 64 KiB. */
const BOMB_BYTES = 64 * 1024 * 1024;

function breakOff(
  fault: Exclude<SinkFault, { readonly kind: 'answer' }>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: SinkAnswer | undefined,
): void {
  const text = answer?.body ?? '{"errcode":0,"errmsg":"ok"}';
  switch (fault.kind) {
    case 'hang':
      return;
    case 'reset':
      (incoming.socket as Socket).resetAndDestroy();
      return;
    case 'slowBody':
      outgoing.writeHead(200, JSON_HEADERS);
      outgoing.write(text.slice(0, 4));
      return;
    case 'truncated':
      outgoing.writeHead(200, { ...JSON_HEADERS, 'content-length': String(Buffer.byteLength(text)) });
      outgoing.write(text.slice(0, -2), () => incoming.socket.destroy());
      return;
    case 'html':
      outgoing.writeHead(200, { 'content-type': 'text/html' });
      outgoing.end('<!doctype html><title>Sign in</title><p>Please sign in to the company network.');
      return;
    case 'gzipBomb':
      outgoing.writeHead(200, { ...JSON_HEADERS, 'content-encoding': 'gzip' });
      outgoing.end(gzipSync(Buffer.alloc(BOMB_BYTES, 32)));
      return;
    case 'redirect':
      outgoing.writeHead(302, { location: fault.location });
      outgoing.end();
  }
}

/** Undefined when the client left before it had sent all of it. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
