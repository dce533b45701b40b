import { errorText, Failure } from '../../base/failure.ts';
import type { ScrapeProblem } from '../../core/explain/scrape-problem.ts';

/** Which problem a connection that brought no answer, or half of one, has met. `url` is where it went. */
export function connectionProblem(thrown: unknown, url: URL): ScrapeProblem {
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

/** Which problem an answer with another status than 200 tells of; `answer` is the beginning of its body. */
export function statusProblem(status: number, answer: string, url: URL): ScrapeProblem {
  const text = answer.trim().replaceAll(/\s+/g, ' ');
  if (status === 401) return { code: 'Unauthorized' };
  if (status === 403) return { code: 'Forbidden', answer: text };
  if (status === 404) return { code: 'PathNotFound', path: url.pathname };
  return { code: 'HttpStatus', status, answer: text };
}

/**
 * The same for an answer through the API server's node proxy: the API server speaks in Status objects, what is none of
 * them comes from the kubelet.
 */
export function proxiedProblem(status: number, answer: string, url: URL): ScrapeProblem {
  const detail = statusMessage(answer);
  if (detail === undefined) {
    const problem = statusProblem(status, answer, url);
    if (problem.code === 'Unauthorized') return { code: 'ProxyUnauthorized' };
    return problem.code === 'Forbidden' ? { code: 'ProxyForbidden', answer: problem.answer } : problem;
  }
  if (status === 401 || status === 403) return { code: 'ProxyDenied', answer: detail };
  const reason = detail.replace(/^error trying to reach service: /, '');
  return /x509: |tls: |certificate/.test(reason)
    ? { code: 'ProxyCertificate', detail: reason }
    : { code: 'ProxyUnreached', detail: reason };
}

/** The message of a Status object, also of one whose end was cut off; undefined of any other answer. */
function statusMessage(answer: string): string | undefined {
  if (!/^\s*\{\s*"kind":\s*"Status"/.test(answer)) return undefined;
  const message = /"message":\s*("(?:[^"\\]|\\.)*")/.exec(answer)?.[1];
  return message === undefined ? '' : String(JSON.parse(message));
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
