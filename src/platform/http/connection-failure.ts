import { errorText, Failure } from '../../base/failure.ts';

/**
 * What went wrong before or instead of an answer, worded as Go's net/http words it (`Get "https://…": dial tcp
 * 10.0.0.1:443: connect: connection refused`), because upstream's conditions and events quote such texts.
 */
export function connectionFailure(method: string, url: string, thrown: unknown): Failure {
  const cause = innermost(thrown);
  if (cause instanceof Failure) return cause;
  const verb = `${method.slice(0, 1)}${method.slice(1).toLowerCase()}`;
  return new Failure('unavailable', `${verb} "${url}": ${goText(cause, new URL(url))}`, { cause });
}

/** What went wrong inside a body, in Go's words. */
export function bodyFailure(thrown: unknown): Failure {
  const cause = innermost(thrown);
  if (cause instanceof Failure) return cause;
  const isCut =
    codeOf(cause) === 'UND_ERR_SOCKET' || codeOf(cause) === 'Z_BUF_ERROR' || errorText(cause) === 'terminated';
  return new Failure('unavailable', isCut ? 'unexpected EOF' : goText(cause, undefined), { cause });
}

/** The error that says most: of several tried addresses the last, and below a wrapper what it wraps. */
function innermost(thrown: unknown): unknown {
  if (thrown instanceof AggregateError) return innermost(thrown.errors.at(-1));
  if (thrown instanceof Error && !(thrown instanceof Failure) && thrown.cause instanceof Error)
    return innermost(thrown.cause);
  return thrown;
}

function goText(cause: unknown, url: URL | undefined): string {
  const code = codeOf(cause);
  const tls = TLS_TEXTS.get(code);
  if (tls !== undefined) return `tls: failed to verify certificate: x509: ${tls}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `tls: failed to verify certificate: x509: ${altNameText(cause, url)}`;
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${url?.hostname ?? ''}: no such host`;
  if (code === 'EAI_AGAIN') return `dial tcp: lookup ${url?.hostname ?? ''}: server misbehaving`;
  if (code === 'ECONNRESET') return 'read: connection reset by peer';
  if (code === 'EPIPE') return 'write: broken pipe';
  if (code === 'UND_ERR_SOCKET') return 'EOF';
  const dial = DIAL_TEXTS.get(code);
  return dial === undefined ? errorText(cause) : `dial tcp ${addressOf(cause, url)}: ${dial}`;
}

const DIAL_TEXTS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connect: connection refused'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['ENETUNREACH', 'connect: network is unreachable'],
  ['ETIMEDOUT', 'i/o timeout'],
  ['UND_ERR_CONNECT_TIMEOUT', 'i/o timeout'],
]);

const UNKNOWN_AUTHORITY = 'certificate signed by unknown authority';
const EXPIRED = 'certificate has expired or is not yet valid';
const TLS_TEXTS: ReadonlyMap<string, string> = new Map([
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['CERT_SIGNATURE_FAILURE', UNKNOWN_AUTHORITY],
  ['CERT_HAS_EXPIRED', EXPIRED],
  ['CERT_NOT_YET_VALID', EXPIRED],
]);

/** Node says `…altnames: Host: x. is not in the cert's altnames: DNS:a, DNS:b`; Go says which names would do. */
function altNameText(cause: unknown, url: URL | undefined): string {
  const names =
    /altnames: (?!Host)(.*)$/.exec(errorText(cause))?.[1]?.replaceAll(/(?:DNS|IP Address):/g, '') ?? 'other names';
  const host = (cause as { readonly host?: string }).host ?? url?.hostname ?? '';
  return `certificate is valid for ${names}, not ${host}`;
}

function addressOf(cause: unknown, url: URL | undefined): string {
  const { address, port } = cause as { readonly address?: string; readonly port?: number };
  if (address !== undefined && port !== undefined)
    return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return url === undefined
    ? ''
    : `${url.hostname}:${url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port}`;
}

function codeOf(cause: unknown): string {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : '';
}
