import { pipeline } from 'node:stream';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import { createGunzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { IoClock } from '../../base/clock.ts';
import { errorText, Failure } from '../../base/failure.ts';
import { bodyFailure, connectionFailure } from './connection-failure.ts';
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
  const straight = new ReusedConnections(direct.compose(announceSending));
  const proxied = new Map<string, Dispatcher>();

  const dispatcherFor = (url: URL): Pick<Dispatcher, 'request'> => {
    const proxy = options.proxy?.(url);
    if (proxy === undefined) return straight;
    const known = proxied.get(proxy.href);
    if (known !== undefined) return known.compose(announceSending);
    const made = proxyAgent(proxy, options);
    proxied.set(proxy.href, made);
    return made.compose(announceSending);
  };

  return {
    request: (request) => {
      const url = new URL(request.url);
      options.guard?.refuseUrl(url);
      return send(dispatcherFor(url), options.ioClock, url, request);
    },
    close: async () => {
      await Promise.all([direct, ...proxied.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

async function send(
  dispatcher: Pick<Dispatcher, 'request'>,
  ioClock: IoClock,
  url: URL,
  request: OutboundRequest,
): Promise<OutboundAnswer> {
  const controller = new AbortController();
  const follow = (): void => controller.abort(request.signal.reason);
  if (request.signal.aborted) follow();
  request.signal.addEventListener('abort', follow, { once: true });
  const cancelDeadline = ioClock.after(request.headDeadlineMs, () =>
    controller.abort(new Error('context deadline exceeded')),
  );
  try {
    const answer = await dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method as Dispatcher.HttpMethod,
      headers: { ...request.headers } as Record<string, string | string[]>,
      body: request.body ?? null,
      signal: controller.signal,
      ...(request.onSending === undefined ? {} : { onSending: request.onSending }),
    });
    const headers = flatHeaders(answer.headers);
    const isGzip = headers['content-encoding'] === 'gzip' && request.isBodyRaw !== true;
    // Either end that breaks or leaves ends the other; the reader sees the error, so nobody else need hear of it.
    const source = isGzip ? pipeline(answer.body, createGunzip(), () => {}) : answer.body;
    const leave = (): void => request.signal.removeEventListener('abort', follow);
    return {
      status: answer.statusCode,
      headers,
      body: readSource(source, ioClock, request.idleDeadlineMs, controller, leave),
    };
  } catch (thrown) {
    request.signal.removeEventListener('abort', follow);
    throw connectionFailure(request.method, request.url, thrown);
  } finally {
    cancelDeadline();
  }
}

/** Tells a request that asked for it when it begins to be written; undici hands that moment to its own handlers alone. */
const announceSending: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { onSending } = options as { readonly onSending?: () => void };
  if (onSending === undefined) return dispatch(options, handler);
  return dispatch(options, {
    onRequestStart: (controller, context) => {
      handler.onRequestStart?.(controller, context);
      // The handler drops a request here that was given up while it waited for a connection.
      if (!controller.aborted) onSending();
    },
    onRequestUpgrade: (...args) => handler.onRequestUpgrade?.(...args),
    onResponseStart: (...args) => handler.onResponseStart?.(...args),
    onResponseData: (...args) => handler.onResponseData?.(...args),
    onResponseEnd: (...args) => handler.onResponseEnd?.(...args),
    onResponseError: (...args) => handler.onResponseError?.(...args),
  });
};

async function* readSource(
  source: AsyncIterable<Uint8Array>,
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
    for await (const chunk of source) {
      watchdog?.touched();
      yield chunk;
    }
  } catch (thrown) {
    throw bodyFailure(controller.signal.aborted ? controller.signal.reason : thrown);
  } finally {
    watchdog?.stop();
    leave();
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
