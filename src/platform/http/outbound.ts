import { pipeline, Readable } from 'node:stream';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { bodyFailure, connectionFailure } from './connection-failure.ts';
import { OutboundExchange } from './outbound-exchange.ts';
import type { OutboundGuard } from './outbound-guard.ts';
import type { ProxyChoice } from './proxy-settings.ts';
import { ReusedConnections } from './reused-connections.ts';
import { SilenceWatchdog } from './silence-watchdog.ts';
import { Agent, ProxyAgent } from './undici-parts.ts';

/** How the other side is recognised and how we present ourselves. PEM texts. */
export interface TlsIdentity {
  /** The only authorities that are trusted; the system's when absent. */
  readonly certificateAuthority?: string;
  readonly certificate?: string;
  readonly privateKey?: string;
  /** The name that the certificate must carry, instead of the URL's. */
  readonly serverName?: string;
  /** False: any certificate will do. True when absent. */
  readonly isVerified?: boolean;
  /** Refuses a certificate that names its server by the common name alone, as Go's clients do. */
  readonly needsAlternativeName?: boolean;
}

/** What a set of outbound connections has in common. */
export interface OutboundOptions {
  readonly ioClock: IoClock;
  readonly tls?: TlsIdentity;
  /** Made of `tls` by `createTlsContext`, where many sets of connections share it. */
  readonly tlsContext?: SecureContext;
  /** Direct connections when absent. */
  readonly proxy?: ProxyChoice;
  /** What may be reached, for URLs that users wrote; anything when absent. Behind a proxy only the URL is judged. */
  readonly guard?: OutboundGuard;
  /** For TCP and TLS together; 10 s when absent. */
  readonly connectDeadlineMs?: number;
  /** Open connections to one origin; further requests wait. 64 when absent. */
  readonly connectionsPerOriginCountMax?: number;
  /** How long an unused connection stays open; 60 s when absent. */
  readonly keepAliveMs?: number;
}

export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
  /** From now to the answer's head, connecting included. */
  readonly headDeadlineMs: number;
  /** Longest pause inside the body; 0 for as long as it takes. */
  readonly idleDeadlineMs: number;
  /** Hands the body on as it came, compressed or not: for proxies. */
  readonly isBodyRaw?: boolean;
  /** Called when there is a connection and the request is about to be written: without it, nothing has arrived. */
  readonly onSending?: () => void;
}

/** An answer whose body is read once, to its end or until the reader leaves; a body that is never read keeps its connection. */
export interface OutboundAnswer {
  readonly status: number;
  /** Names in lower case; several values joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed when the server compressed, unless asked for raw. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Keep-alive connections for requests of ours. Redirects are answers, never followed. */
export interface Outbound {
  /**
   * A GET that meets a connection which the server has just closed, unused, is asked again.
   * Throws Failure('unavailable') when no answer came, worded as Go words it; the signal's own reason is its cause.
   */
  request(request: OutboundRequest): Promise<OutboundAnswer>;
  /** Ends unused connections at once and those in use by breaking them. */
  close(): Promise<void>;
}

const CONNECT_DEADLINE_MS = 10_000;
const CONNECTIONS_PER_ORIGIN_COUNT_MAX = 64;
const KEEP_ALIVE_MS = 60_000;

/**
 * What certificates and keys come to once they are read, which takes milliseconds and memory for each connection that does
 * not share it. Throws Failure('invalid') for texts that are no certificates or keys.
 */
export function createTlsContext({ certificateAuthority, certificate, privateKey }: TlsIdentity): SecureContext {
  try {
    return createSecureContext({
      ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(privateKey === undefined ? {} : { key: privateKey }),
    });
  } catch (thrown) {
    throw new Failure('invalid', `no usable certificates or keys: ${errorText(thrown)}`, { cause: thrown });
  }
}

/** Makes a set of outbound connections; none is opened before the first request. */
export function createOutbound(options: OutboundOptions): Outbound {
  const direct = new Agent(agentOptions(options));
  const reused = new ReusedConnections(direct);
  const proxied = new Map<string, Dispatcher>();

  const proxyFor = (url: URL): Dispatcher | undefined => {
    const proxy = options.proxy?.(url);
    if (proxy === undefined) return undefined;
    const known = proxied.get(proxy.href);
    if (known !== undefined) return known;
    const made = proxyAgent(proxy, options);
    proxied.set(proxy.href, made);
    return made;
  };

  return {
    request: (request) => {
      const url = new URL(request.url);
      options.guard?.refuseUrl(url);
      const proxy = proxyFor(url);
      const isRepeatable = proxy === undefined && isUnchanging(request);
      const begin = (signal: AbortSignal): Promise<OutboundExchange> => exchange(proxy ?? direct, url, request, signal);
      return send(options.ioClock, request, (signal) =>
        isRepeatable ? reused.attempt(() => begin(signal)) : begin(signal),
      );
    },
    close: async () => {
      await Promise.all([direct, ...proxied.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/** Only what changes nothing may be asked again. */
function isUnchanging({ method, body }: OutboundRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && body === undefined;
}

/** Puts a request; resolves with its exchange when the head of the answer is there. */
async function exchange(
  dispatcher: Dispatcher,
  url: URL,
  { method, headers, body, onSending }: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundExchange> {
  const begun = new OutboundExchange({ signal, onSending });
  const target = { origin: url.origin, path: `${url.pathname}${url.search}` };
  dispatcher.dispatch(
    { ...target, method, headers: { ...headers } as Record<string, string | string[]>, body: body ?? null },
    begun,
  );
  await begun.head;
  return begun;
}

async function send(
  ioClock: IoClock,
  request: OutboundRequest,
  begin: (signal: AbortSignal) => Promise<OutboundExchange>,
): Promise<OutboundAnswer> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(request.signal.reason);
  if (request.signal.aborted) follow();
  request.signal.addEventListener('abort', follow, { once: true });
  const leave = (): void => request.signal.removeEventListener('abort', follow);
  const cancelDeadline = ioClock.after(request.headDeadlineMs, () =>
    controller.abort(new Error('context deadline exceeded')),
  );
  try {
    const begun = await begin(controller.signal);
    const { status, headers: raw } = await begun.head;
    const headers = flatHeaders(raw);
    const body = readExchange(begun, ioClock, request.idleDeadlineMs, controller, leave);
    const isGzip = headers['content-encoding'] === 'gzip' && request.isBodyRaw !== true;
    return { status, headers, body: isGzip ? gunzipped(begun, body) : body };
  } catch (thrown) {
    leave();
    throw connectionFailure(request.method, request.url, thrown);
  } finally {
    cancelDeadline();
  }
}

async function* readExchange(
  begun: OutboundExchange,
  ioClock: IoClock,
  idleDeadlineMs: number,
  controller: AbortController,
  leave: () => void,
): AsyncGenerator<Uint8Array> {
  const watchdog =
    idleDeadlineMs === 0
      ? undefined
      : new SilenceWatchdog(
          ioClock,
          () => idleDeadlineMs,
          () => controller.abort(new Error('context deadline exceeded while reading the body')),
        );
  try {
    for (let chunk = await begun.take(); chunk !== undefined; chunk = await begun.take()) {
      watchdog?.touched();
      yield chunk;
    }
  } catch (thrown) {
    throw bodyFailure(thrown);
  } finally {
    watchdog?.stop();
    begun.leave();
    leave();
  }
}

async function* gunzipped(begun: OutboundExchange, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // The reader sees the error, so nobody else need hear of it.
  const source = pipeline(Readable.from(body, { objectMode: false }), createGunzip(), () => {});
  try {
    yield* source;
  } catch (thrown) {
    throw bodyFailure(thrown);
  } finally {
    // What waits for the next chunk would not hear otherwise that the reader has left.
    begun.leave();
  }
}

function agentOptions(options: OutboundOptions): Agent.Options {
  return {
    connections: options.connectionsPerOriginCountMax ?? CONNECTIONS_PER_ORIGIN_COUNT_MAX,
    keepAliveTimeout: options.keepAliveMs ?? KEEP_ALIVE_MS,
    // HTTP/1.1 only: a handful of watches needs no multiplexing, and one lost connection then loses one watch.
    allowH2: false,
    // The clock that was handed in keeps these deadlines.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: connectOptions(options),
  };
}

function connectOptions(options: OutboundOptions): NonNullable<ProxyAgent.Options['requestTls']> {
  return {
    ...tlsOptions(options.tls ?? {}),
    ...(options.tlsContext === undefined ? {} : { secureContext: options.tlsContext }),
    allowH2: false,
    timeout: options.connectDeadlineMs ?? CONNECT_DEADLINE_MS,
    ...(options.guard === undefined ? {} : { lookup: options.guard.lookup }),
  } as NonNullable<ProxyAgent.Options['requestTls']>;
}

function tlsOptions(tls: TlsIdentity): Record<string, unknown> {
  return {
    ...(tls.certificateAuthority === undefined ? {} : { ca: tls.certificateAuthority }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.privateKey === undefined ? {} : { key: tls.privateKey }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls.needsAlternativeName === true ? { checkServerIdentity: checkAlternativeName } : {}),
    rejectUnauthorized: tls.isVerified ?? true,
  };
}

function checkAlternativeName(host: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname !== undefined) return checkServerIdentity(host, certificate);
  return new Error(
    'tls: failed to verify certificate: x509: certificate relies on legacy Common Name field, use SANs instead',
  );
}

function proxyAgent(proxy: URL, options: OutboundOptions): Dispatcher {
  const { username, password } = proxy;
  const bare = new URL(proxy);
  bare.username = '';
  bare.password = '';
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return new ProxyAgent({
    ...agentOptions(options),
    uri: bare.href,
    ...(username === '' ? {} : { token: `Basic ${credentials}` }),
    requestTls: connectOptions(options),
    // The private authorities of the target say nothing about the proxy, but often belong to the same company.
    proxyTls: { timeout: options.connectDeadlineMs ?? CONNECT_DEADLINE_MS },
  });
}

function flatHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}
