import { orAborted } from '../../base/cancellation.ts';
import type { IoClock } from '../../base/clock.ts';
import { connectionFailure } from '../http/connection-failure.ts';
import { createOutbound, type Outbound } from '../http/outbound.ts';
import { type ProxySettings, proxyChoice } from '../http/proxy-settings.ts';
import { readRefusalText } from './answer-body.ts';
import type { ClusterAccess } from './cluster-access.ts';
import type { Credential } from './credential.ts';
import type { KubeTransport, WireRequest, WireResponse } from './transport.ts';

/** How the sockets to an API server are made. */
export interface SocketTransportOptions {
  readonly access: ClusterAccess;
  readonly ioClock: IoClock;
  /** Of the environment; the kubeconfig's own `proxy-url` goes before it. */
  readonly proxies?: ProxySettings;
  /** For TCP and TLS together; 10 s when absent. */
  readonly connectDeadlineMs?: number;
}

/**
 * A transport over keep-alive connections. A 401 makes it renew its credential and, when there is another one, send the
 * request once more; nothing else is sent twice.
 */
export function createSocketTransport(options: SocketTransportOptions): KubeTransport {
  const { access } = options;
  let held: { readonly outbound: Outbound; readonly certificate: string | undefined } | undefined;

  let shown = { token: '', authorization: '' };
  /** Made once for a token: a text that is put together anew is copied, all of it, with each request. */
  const authorizationOf = (token: string): string => {
    if (shown.token !== token) shown = { token, authorization: `Bearer ${token}` };
    return shown.authorization;
  };

  /** TLS shows the certificate at the handshake, so another certificate needs other connections. */
  const outboundFor = (credential: Credential): Outbound => {
    if (held !== undefined && held.certificate === credential.certificate) return held.outbound;
    const before = held?.outbound;
    const outbound = openOutbound(options, credential);
    held = { outbound, certificate: credential.certificate };
    // Requests under way on the old certificate are broken off; watches and reads come back by themselves.
    before?.close().catch(() => undefined);
    return outbound;
  };

  /** A credential program may take a minute; whoever gave up waits no longer, and the next request finds what it brings. */
  const withinSignal = async <T>({ method, path, signal }: WireRequest, credential: Promise<T>): Promise<T> => {
    try {
      return await orAborted(credential, signal);
    } catch (thrown) {
      throw connectionFailure(method, `${access.server}${path}`, thrown);
    }
  };

  const attempt = (request: WireRequest, credential: Credential): Promise<WireResponse> =>
    outboundFor(credential).request({
      method: request.method,
      url: `${access.server}${request.path}`,
      headers: {
        ...request.headers,
        ...access.headers,
        ...(credential.token === undefined ? {} : { authorization: authorizationOf(credential.token) }),
      },
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: request.signal,
      headDeadlineMs: request.headDeadlineMs,
      idleDeadlineMs: request.idleDeadlineMs,
    });

  return {
    send: async (request) => {
      const credential = await withinSignal(request, access.credentials.current());
      const answer = await attempt(request, credential);
      if (answer.status !== 401) return answer;
      // Read before anything else can fail: a body that nobody reads keeps its connection.
      const refusal = new TextEncoder().encode(await readRefusalText(answer.body));
      if (!(await withinSignal(request, access.credentials.renew(credential))))
        return { ...answer, body: inOnePiece(refusal) };
      return attempt(request, await withinSignal(request, access.credentials.current()));
    },
    close: async () => {
      await held?.outbound.close();
    },
  };
}

async function* inOnePiece(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function openOutbound(options: SocketTransportOptions, credential: Credential): Outbound {
  const { access, ioClock } = options;
  const { proxyUrl } = access;
  const proxy = proxyUrl === undefined ? proxyChoice(options.proxies ?? {}) : () => proxyUrl;
  const { certificate, privateKey } = credential;
  return createOutbound({
    ioClock,
    tls: {
      ...access.tls,
      ...(certificate === undefined || privateKey === undefined ? {} : { certificate, privateKey }),
    },
    proxy,
    ...(options.connectDeadlineMs === undefined ? {} : { connectDeadlineMs: options.connectDeadlineMs }),
  });
}
