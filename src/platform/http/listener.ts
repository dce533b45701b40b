import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { IoClock, Release } from '../../base/clock.ts';
import { errorText, Failure, type FailureKind } from '../../base/failure.ts';
import { LISTENER_HEAD_BYTES_MAX } from '../../base/limits.ts';
import type { KeyPair } from './certificates.ts';
import { type ListenerTls, TlsContext } from './tls-context.ts';

/** A server of ours. */
export interface ListenerOptions {
  /**
   * Answers a request; `incoming` has the socket and what TLS knows about the peer, `outgoing` is closed when the answer
   * has gone out. A body that goes on for long says so with `transfer-encoding: chunked`: then its head is sent at once, and
   * a body that breaks ends the connection without a word.
   */
  readonly handle: (
    request: Request,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
  ) => Response | Promise<Response>;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The flag that names the port, for the hint of a refusal: `--port`. */
  readonly portFlag?: string;
  /** The loopback interface when absent; null is every interface of both families. */
  readonly address?: string | null;
  readonly ioClock: IoClock;
  /** HTTPS when present. */
  readonly tls?: ListenerTls;
  /**
   * Host names, without ports, that a request may be meant for, beside loopback's own. A web page that resolves its own
   * name to this server is turned away with 421. Any name when absent.
   */
  readonly hosts?: readonly string[];
  /** Takes over a connection that asks for another protocol; refused when absent. */
  readonly onUpgrade?: (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

export interface Listener {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  readonly port: number;
  /** Uses another certificate for new connections. Throws when it is no pair. */
  renewTls(pair: KeyPair): void;
  /** The same for the pair of that index among the named ones. */
  renewNamedTls(index: number, pair: KeyPair): void;
  /**
   * Asks for client certificates of other authorities from now on. What TLS found out about a client stands for as long as
   * its connection or its session does, so sessions end, idle connections are closed, and others after their answer.
   * Throws when the text is no PEM.
   */
  renewClientAuthorities(clientAuthorities: string): void;
  /** Takes no new connections, lets requests under way end for as long as allowed, then breaks them. */
  close(drainMs?: number): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];
/** How often a drain looks for connections that have become idle. */
const DRAIN_LOOK_MS = 50;
/**
 * Longer than clients keep unused connections, so that it is they who close them: Go's, and so the aggregation layer's,
 * do after 90 s. Whoever sends a request while the server closes is reset, and the user of an aggregated API sees 503.
 */
const KEEP_ALIVE_MS = 120_000;
/** For the head of a request, as upstream's servers; a pause between two requests is none of it. */
const HEAD_MS = 32_000;
/** Handshakes take milliseconds; a connection that begins one and says no more has not sent a credential yet. */
const HANDSHAKE_MS = 10_000;
const DRAIN_MS = 10_000;

/** Listens. Throws Failure('conflict') when the port is taken, Failure('denied') when the system forbids it. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const context = new TlsContext(options.tls);
  const server = createServer(options, context);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.headersTimeout = HEAD_MS;
  // Beyond its default of 2,000 Node drops headers without a word, and a dropped one may be a user's group.
  server.maxHeadersCount = 0;
  const address = options.address === null ? undefined : (options.address ?? LOOPBACK);
  await listen(server, address, options);
  const { port, address: bound } = server.address() as AddressInfo;
  const host = bound.includes(':') ? `[${bound}]` : bound;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    port,
    renewTls: (pair) => context.renew(server, pair),
    renewNamedTls: (index, pair) => context.renewNamed(server, index, pair),
    renewClientAuthorities: (clientAuthorities) => context.renewAuthorities(server, clientAuthorities),
    close: (drainMs) => drain(server, options.ioClock, drainMs ?? DRAIN_MS),
  };
}

/**
 * The library puts light classes in the places of the global `Request` and `Response` of the process: an answer whose body
 * is a text or bytes is written as it was given, without being read back from a stream.
 */
function createServer(options: ListenerOptions, context: TlsContext): Server | HttpsServer {
  const answer = getRequestListener(async (request, bindings) => {
    const incoming = bindings.incoming as IncomingMessage;
    const outgoing = bindings.outgoing as ServerResponse;
    endOldConnection(context, incoming, outgoing);
    if (!isHostAllowed(incoming, options.hosts)) return misdirected(incoming);
    return withQuietBody(await options.handle(request, incoming, outgoing), incoming);
  });
  const server =
    options.tls === undefined
      ? createHttpServer({ maxHeaderSize: LISTENER_HEAD_BYTES_MAX }, answer)
      : createHttpsServer({ ...context.options, ...HTTPS_OPTIONS, requestCert: context.isClientAsked }, answer);
  server.on('secureConnection', (socket: Duplex) => context.welcome(socket));
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    // From here on the server looks after it no more, and a peer that resets it must not end the process.
    socket.on('error', () => socket.destroy());
    if (options.onUpgrade !== undefined && isHostAllowed(incoming, options.hosts))
      options.onUpgrade(incoming, socket, head);
    else socket.end('HTTP/1.1 421 Misdirected Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
  });
  return server;
}

const HTTPS_OPTIONS = {
  maxHeaderSize: LISTENER_HEAD_BYTES_MAX,
  handshakeTimeout: HANDSHAKE_MS,
  rejectUnauthorized: false,
} as const;

/** A connection of earlier authorities ends with this answer, or one under which they change. */
function endOldConnection(context: TlsContext, { socket }: IncomingMessage, outgoing: ServerResponse): void {
  if (context.isOld(socket)) outgoing.shouldKeepAlive = false;
  outgoing.once('finish', () => {
    if (context.isOld(socket)) socket.end();
  });
}

function isHostAllowed(incoming: IncomingMessage, hosts: readonly string[] | undefined): boolean {
  if (hosts === undefined) return true;
  const host = (incoming.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
  return LOOPBACK_HOSTS.includes(host) || hosts.includes(host);
}

function misdirected(incoming: IncomingMessage): Response {
  return new Response(`this server does not answer for the host ${JSON.stringify(incoming.headers.host ?? '')}\n`, {
    status: 421,
  });
}

/** The same answer; where its stream breaks, the connection does. The library would print the error and its stack. */
function withQuietBody(response: Response, incoming: IncomingMessage): Response {
  if (response.headers.get('transfer-encoding') !== 'chunked') return response;
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  const reader = body.getReader();
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    } catch {
      // Whoever broke the stream knows why; the peer sees a body without its end.
      incoming.socket.destroy();
      controller.close();
    }
  };
  const quiet = new ReadableStream({ pull, cancel: (reason) => reader.cancel(reason) }, { highWaterMark: 0 });
  return new Response(quiet, { status, statusText, headers });
}

function listen(server: Server, address: string | undefined, { port, portFlag }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      const hint =
        portFlag === undefined ? {} : { hint: `choose another port with ${portFlag}; 0 lets the system choose` };
      const [kind, reason] = LISTEN_FAILURES.get(error.code ?? '') ?? ['unavailable', errorText(error)];
      reject(new Failure(kind, `listening on ${address ?? '*'}:${port}: ${reason}`, { ...hint, cause: error }));
    };
    server.once('error', fail);
    server.listen(port, address, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

const LISTEN_FAILURES: ReadonlyMap<string, readonly [FailureKind, string]> = new Map([
  ['EADDRINUSE', ['conflict', 'another program has this port']],
  ['EACCES', ['denied', 'the system does not give this port to this user']],
]);

/** Looks again and again: a connection in use when the close begins is idle only after its last answer. */
function drain(server: Server, ioClock: IoClock, drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    let cancelLook: Release = () => {};
    const look = (): void => {
      server.closeIdleConnections();
      cancelLook = ioClock.after(DRAIN_LOOK_MS, look);
    };
    const cancelBreak = ioClock.after(drainMs, () => server.closeAllConnections());
    server.close(() => {
      cancelBreak();
      cancelLook();
      resolve();
    });
    look();
  });
}
