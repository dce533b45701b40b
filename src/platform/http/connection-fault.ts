import { errorText, Failure } from '../../base/failure.ts';

/** What kept a connection from bringing an answer, or broke it off: a code and what a sentence about it needs. */
export type ConnectionFault =
  /** A verified certificate that is not for the address; `names` are those that it is for. */
  | { readonly code: 'CertificateNames'; readonly address: string; readonly names: string }
  | { readonly code: 'UnknownAuthority'; readonly address: string }
  | { readonly code: 'CertificateExpired'; readonly address: string }
  | { readonly code: 'NameUnknown'; readonly host: string }
  | { readonly code: 'Refused'; readonly address: string }
  | { readonly code: 'Unreachable'; readonly address: string }
  | { readonly code: 'Broken'; readonly address: string; readonly detail: string };

/** Which fault a request met that threw. `url` is where it went; addresses are `host:port`, the port only if it is unusual. */
export function connectionFault(thrown: unknown, url: URL): ConnectionFault {
  const cause = thrown instanceof Failure && thrown.cause !== undefined ? thrown.cause : thrown;
  const { code } = cause as { readonly code?: unknown };
  const address = url.host;
  if (typeof code === 'string') {
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { code: 'CertificateNames', address, names: namesOf(cause) };
    if (UNKNOWN_AUTHORITY.has(code)) return { code: 'UnknownAuthority', address };
    if (EXPIRED.has(code)) return { code: 'CertificateExpired', address };
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { code: 'NameUnknown', host: url.hostname };
    if (code === 'ECONNREFUSED') return { code: 'Refused', address };
    if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return { code: 'Unreachable', address };
  }
  return { code: 'Broken', address, detail: errorText(thrown) };
}

/** Whether a connection broke under a request: what an idle connection does that the server has just closed. */
export function isConnectionLost(thrown: unknown): thrown is Failure {
  if (!(thrown instanceof Failure)) return false;
  const { code } = (thrown.cause ?? {}) as { readonly code?: unknown };
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

const UNKNOWN_AUTHORITY: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

const EXPIRED: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** The names that the certificate is for: `DNS:node-1, IP Address:10.0.0.1` without the words. */
function namesOf(cause: unknown): string {
  const { cert } = cause as { readonly cert?: { readonly subjectaltname?: string } };
  return (cert?.subjectaltname ?? '').replaceAll(/(?:DNS|IP Address):/g, '');
}
