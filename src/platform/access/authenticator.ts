import type { IncomingMessage } from 'node:http';
import type { IoClock } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import type { AccessTrust, FrontProxyTrust } from './access-trust.ts';
import type { AuthorityBundle } from './authority-bundle.ts';
import { createPeerCertificateReader, type PeerCertificate, userOfCertificate } from './peer-certificate.ts';
import { userOfHeaders } from './request-headers.ts';
import type { TokenReviewer } from './token-review.ts';
import { type AccessUser, ANONYMOUS_USER, asAuthenticated } from './user.ts';

/** Who sent a request, or why nobody knows. */
export type Authentication =
  | { readonly kind: 'authenticated'; readonly user: AccessUser }
  /** Credentials came, and none was good. `reasons` are for our log, never for whoever asks. */
  | { readonly kind: 'rejected'; readonly reasons: readonly string[] };

/** Finds out who sent a request. Never rejects but with the signal's reason. */
export type Authenticator = (
  incoming: Pick<IncomingMessage, 'rawHeaders' | 'socket'>,
  signal: AbortSignal,
) => Promise<Authentication>;

/** What authentication is made of. */
export interface AuthenticatorPorts {
  /** As it is now. */
  readonly trust: () => AccessTrust;
  readonly reviewToken: TokenReviewer;
  readonly ioClock: IoClock;
}

/** What one way of authentication found: a user, something wrong, or nothing that concerns it. */
type Finding = AccessUser | { readonly problem: string } | undefined;

/**
 * Authenticates in upstream's order: a front proxy's word, a client certificate, a bearer token; nobody in particular
 * where no credentials came at all. One good credential outweighs bad ones before it; bad ones alone are never anonymous.
 */
export function createAuthenticator({ trust, reviewToken, ioClock }: AuthenticatorPorts): Authenticator {
  const peerOf = createPeerCertificateReader();
  return async (incoming, signal) => {
    const { clients, frontProxy } = trust();
    const peer = peerOf(incoming);
    const nowMs = ioClock.wallMs();
    const reasons: string[] = [];
    const ways: readonly (() => Finding | Promise<Finding>)[] = [
      () => findProxied(frontProxy, peer, incoming.rawHeaders, nowMs),
      () => findCertified(clients, peer, nowMs),
      () => findBearer(reviewToken, incoming.rawHeaders, signal),
    ];
    for (const find of ways) {
      const found = await find();
      if (found === undefined) continue;
      if ('name' in found) return { kind: 'authenticated', user: asAuthenticated(found) };
      reasons.push(found.problem);
    }
    return reasons.length === 0 ? { kind: 'authenticated', user: ANONYMOUS_USER } : { kind: 'rejected', reasons };
  };
}

function findProxied(
  trust: FrontProxyTrust | null,
  peer: PeerCertificate | undefined,
  rawHeaders: readonly string[],
  nowMs: number,
): Finding {
  if (trust === null || peer === undefined) return undefined;
  const problem = certificateProblem(trust.authorities, peer, nowMs);
  if (problem !== undefined) return { problem: `as a front proxy, ${problem}` };
  if (trust.allowedNames.length > 0 && !trust.allowedNames.includes(peer.commonName)) {
    const names = trust.allowedNames.map((name) => JSON.stringify(name)).join(', ');
    return { problem: `as a front proxy, certificate ${nameOf(peer)} is not one of the allowed names ${names}` };
  }
  return userOfHeaders(rawHeaders, trust);
}

function findCertified(clients: AuthorityBundle | null, peer: PeerCertificate | undefined, nowMs: number): Finding {
  if (clients === null || peer === undefined) return undefined;
  const problem = certificateProblem(clients, peer, nowMs);
  if (problem !== undefined) return { problem: `as a user, ${problem}` };
  return peer.commonName === '' ? undefined : userOfCertificate(peer);
}

/** TLS knows what the chain alone does not show, constraints of authorities for example; both must agree. */
function certificateProblem(authorities: AuthorityBundle, peer: PeerCertificate, nowMs: number): string | undefined {
  const problem = authorities.problemOf(peer.certificate, nowMs) ?? peer.tlsProblem;
  return problem === undefined ? undefined : `certificate ${nameOf(peer)} ${problem}`;
}

function nameOf({ commonName }: PeerCertificate): string {
  return JSON.stringify(commonName);
}

async function findBearer(
  reviewToken: TokenReviewer,
  rawHeaders: readonly string[],
  signal: AbortSignal,
): Promise<Finding> {
  const token = bearerTokenOf(rawHeaders);
  if (token === undefined) return undefined;
  try {
    const verdict = await reviewToken(token, signal);
    if (verdict.kind === 'known') return verdict.user;
    return { problem: `the bearer token is nobody's${verdict.error === undefined ? '' : `: ${verdict.error}`}` };
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return { problem: `the bearer token could not be reviewed: ${thrown.message}` };
  }
}

/** Of the first `Authorization` header, as Go reads it; other schemes are no credentials here. */
function bearerTokenOf(rawHeaders: readonly string[]): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === 'authorization');
  if (at === -1) return undefined;
  const [scheme = '', token = ''] = (rawHeaders[at + 1] ?? '').trim().split(' ', 2);
  return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
}
