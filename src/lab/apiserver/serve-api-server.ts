import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IoClock } from '../../base/clock.ts';
import type { KeyPair } from '../../platform/http/certificates.ts';
import { createCertificateAuthority, issueServingCertificate } from '../../platform/http/certificates.ts';
import type { Listener } from '../../platform/http/listener.ts';
import { openListener } from '../../platform/http/listener.ts';
import type { ApiServer } from './api-server.ts';
import { AttachGateway } from './attach-gateway.ts';
import { ConnectionReset } from './fault.ts';

/** How the embedded API server is put behind sockets. */
export interface ServeOptions {
  readonly apiServer: ApiServer;
  readonly ioClock: IoClock;
  /** 0 lets the system choose. */
  readonly port: number;
  /** The authority whose certificate clients trust; see `createServingAuthority`. */
  readonly authority: KeyPair;
}

/** The embedded API server on the loopback interface, over HTTPS. */
export interface ServedApiServer {
  /** `https://127.0.0.1:6443` */
  readonly url: string;
  readonly port: number;
  /** Ends watches and connections. */
  close(): Promise<void>;
}

const VALIDITY_MS = 365 * 24 * 3600 * 1000;
/** Watches never end by themselves: a drain would only wait for its deadline. */
const DRAIN_MS = 200;

/** Makes an authority of this server's own. Its PEM also belongs into the server's `authorityCertificate`. */
export function createServingAuthority(ioClock: IoClock): Promise<KeyPair> {
  return createCertificateAuthority({
    commonName: 'podtide-lab-ca',
    nowMs: ioClock.wallMs(),
    validityMs: VALIDITY_MS,
  });
}

/**
 * Listens on the loopback interface with HTTPS. Requests meant for another host name are turned away, so that no web page
 * can reach the server by a name of its own. Throws Failure when the port cannot be had.
 */
export async function serveApiServer(options: ServeOptions): Promise<ServedApiServer> {
  const { apiServer, ioClock, authority } = options;
  const serving = await issueServingCertificate(
    authority,
    { commonName: 'podtide-lab', nowMs: ioClock.wallMs(), validityMs: VALIDITY_MS },
    {
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      addresses: ['127.0.0.1', '::1'],
    },
  );
  const gateway = new AttachGateway(apiServer);
  const listener: Listener = await openListener({
    handle: (request, incoming) => answer(apiServer, request, incoming),
    port: options.port,
    portFlag: '--port',
    ioClock,
    tls: serving,
    hosts: ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    onUpgrade: (incoming: IncomingMessage, socket: Duplex, head: Buffer) =>
      void gateway.upgrade(incoming, socket, head),
  });
  return {
    url: listener.url,
    port: listener.port,
    close: async () => {
      gateway.close();
      await listener.close(DRAIN_MS);
    },
  };
}

async function answer(apiServer: ApiServer, request: Request, incoming: IncomingMessage): Promise<Response> {
  try {
    return await apiServer.handle(request);
  } catch (thrown) {
    // A fault broke the connection, or the client has gone: nobody reads an answer.
    incoming.socket.destroy(thrown instanceof ConnectionReset ? thrown : undefined);
    return new Response(null, { status: 500 });
  }
}
