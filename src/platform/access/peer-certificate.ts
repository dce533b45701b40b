import { createHash, type X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { AccessUser } from './user.ts';

/** The certificate that a client showed, as far as TLS is concerned with it. */
export interface PeerCertificate {
  readonly certificate: X509Certificate;
  /** Empty when there is none. */
  readonly commonName: string;
  /** What TLS has against it; undefined when it is signed by any of the authorities and is for this use. */
  readonly tlsProblem: string | undefined;
}

/** Reads the client certificate of the connection that a request came by; undefined when there is none. */
export type PeerCertificateReader = (incoming: Pick<IncomingMessage, 'socket'>) => PeerCertificate | undefined;

/** Makes a reader that reads each connection's certificate once. */
export function createPeerCertificateReader(): PeerCertificateReader {
  const known = new WeakMap<TLSSocket, PeerCertificate>();
  return ({ socket }) => {
    if (!(socket instanceof TLSSocket)) return undefined;
    const peer = known.get(socket) ?? readPeer(socket);
    if (peer !== undefined) known.set(socket, peer);
    return peer;
  };
}

function readPeer(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    certificate,
    commonName: textsOf(certificate, 'CN').at(-1) ?? '',
    tlsProblem: socket.authorized ? undefined : String(socket.authorizationError),
  };
}

/** The user that a certificate names: the common name, with its organizations as groups. */
export function userOfCertificate({ certificate, commonName }: PeerCertificate): AccessUser {
  const digest = createHash('sha256').update(certificate.raw).digest('hex');
  return {
    name: commonName,
    groups: textsOf(certificate, 'O'),
    extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${digest}`] },
  };
}

/** Not from the subject's text, in which a value could look like further ones. */
function textsOf(certificate: X509Certificate, attribute: 'CN' | 'O'): readonly string[] {
  const value: unknown = certificate.toLegacyObject().subject?.[attribute];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? [value] : [];
}
