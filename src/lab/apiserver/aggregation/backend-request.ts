import { isIdentityHeader } from '../../../platform/access/identity-headers.ts';
import { escapeBytes } from '../../../platform/http/percent-encoding.ts';

/** Headers that belong to one connection: RFC 9110, 7.6.1. */
const HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const LOOPBACK = '127.0.0.1';

/** A client's headers as they are passed on: without its credentials, and without any claim to be somebody. */
export function forwardedHeaders(sent: Headers): Record<string, string> {
  const forwarded: Record<string, string> = {};
  const ofConnection = new Set((sent.get('connection') ?? '').toLowerCase().split(/\s*,\s*/));
  for (const [name, value] of sent) {
    const isClaim = isIdentityHeader(name);
    const isOwn = name === 'authorization' || name === 'host' || name === 'content-length';
    const isOfHop = HOP_HEADERS.has(name) || ofConnection.has(name);
    if (!isClaim && !isOwn && !isOfHop) forwarded[name] = value;
  }
  const hops = sent.get('x-forwarded-for');
  return { ...forwarded, 'x-forwarded-for': hops === null ? LOOPBACK : `${hops}, ${LOOPBACK}` };
}

/** An answer's headers as they are passed on. A body without a length goes on for as long as it likes. */
export function returnedHeaders(received: Readonly<Record<string, string>>): Headers {
  const returned = new Headers();
  for (const [name, value] of Object.entries(received)) if (!HOP_HEADERS.has(name)) returned.set(name, value);
  if (received['content-length'] === undefined) returned.set('transfer-encoding', 'chunked');
  return returned;
}

/** Path and query as Go writes them again: escapes made canonical, keys sorted, pairs that make no sense dropped. */
export function reencodedTarget(url: URL): string {
  const query = encodeQuery(url.search.slice(1));
  return `${encodePath(url.pathname)}${query === '' ? '' : `?${query}`}`;
}

function encodePath(path: string): string {
  const decoded = decodeEscapes(path);
  if (decoded === undefined) return path;
  return escapeBytes(decoded, /[A-Za-z0-9\-_.~$&+,/:;=@]/);
}

function encodeQuery(query: string): string {
  const values = new Map<string, string[]>();
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const [rawKey = '', ...rest] = pair.replaceAll('+', '%20').split('=');
    const [key, value] = [decodeEscapes(rawKey), decodeEscapes(rest.join('='))];
    if (key === undefined || value === undefined) continue;
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  return [...values]
    .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    .flatMap(([key, each]) => each.map((value) => `${escapeQuery(key)}=${escapeQuery(value)}`))
    .join('&');
}

function escapeQuery(text: string): string {
  return escapeBytes(text, /[A-Za-z0-9\-_.~ ]/).replaceAll(' ', '+');
}

/** Undefined for escapes that are none. */
function decodeEscapes(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
