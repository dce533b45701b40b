import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { IoClock } from '../../../../base/clock.ts';
import { Failure } from '../../../../base/failure.ts';
import { issueServingCertificate, type KeyPair } from '../../../../platform/http/certificates.ts';
import { type Listener, openListener } from '../../../../platform/http/listener.ts';
import { AUTHENTICATED_GROUP, type User } from '../../../apiserver/authentication.ts';

export interface KubeletListenerOptions {
  readonly nodeName: string;
  /** The loopback address that the node would like to have, for example `127.0.10.1`. */
  readonly address: string;
  /** The lab's authority: it signs the serving certificate, and client certificates of its are users. */
  readonly authority: KeyPair;
  readonly ioClock: IoClock;
  handle(request: Request, client: User | undefined): Promise<Response>;
}

/** Where a kubelet listens: what its node's status says. */
export interface KubeletListener {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A kubelet's port in every cluster. */
export const KUBELET_PORT = 10_250;
const ANY_ADDRESS = '127.0.0.1';
const VALIDITY_MS = 365 * 24 * 3600 * 1000;
/** Scrapes are short; who reads one when the lab ends may lose it. */
const DRAIN_MS = 200;

/**
 * Listens for a kubelet over TLS: on the node's own loopback address and the usual port, or, where the machine has no such
 * address or somebody has the port, on a port of its own. Throws Failure when neither can be had.
 */
export async function openKubeletListener(options: KubeletListenerOptions): Promise<KubeletListener> {
  const { nodeName, address, authority, ioClock } = options;
  const tls = {
    ...(await issueServingCertificate(
      authority,
      {
        commonName: `system:node:${nodeName}`,
        organizations: ['system:nodes'],
        nowMs: ioClock.wallMs(),
        validityMs: VALIDITY_MS,
      },
      { dnsNames: [nodeName], addresses: [...new Set([address, ANY_ADDRESS])] },
    )),
    clientAuthorities: authority.certificate,
  };
  const listen = (at: string, port: number): Promise<Listener> =>
    openListener({
      handle: (request, incoming) => options.handle(request, clientOf(incoming)),
      address: at,
      port,
      ioClock,
      tls,
    });
  const [found, listener] = await listen(address, KUBELET_PORT).then(
    (own) => [address, own] as const,
    async (thrown: unknown) => {
      if (!(thrown instanceof Failure)) throw thrown;
      return [ANY_ADDRESS, await listen(ANY_ADDRESS, 0)] as const;
    },
  );
  return { address: found, port: listener.port, close: () => listener.close(DRAIN_MS) };
}

/** The user of a client certificate of the lab's authority: its common name, with its organizations for groups. */
function clientOf(incoming: IncomingMessage): User | undefined {
  const socket = incoming.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  const name = [subject?.CN ?? ''].flat()[0] ?? '';
  if (name === '') return undefined;
  return { name, groups: [...[subject.O ?? []].flat(), AUTHENTICATED_GROUP] };
}
