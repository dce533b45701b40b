import { jsonText, quoteText } from '../../base/go-text.ts';
import { forbiddenText, sanitize } from './authorizer.ts';
import type { RequestAttributes } from './request-attributes.ts';
import type { AccessUser } from './user.ts';

/** Credentials came, and none was good. Whoever asks does not learn why. */
export function unauthorized(): Response {
  return statusAnswer({ message: 'Unauthorized', reason: 'Unauthorized', code: 401 });
}

/** The user may not do this. */
export function forbidden(user: AccessUser, attributes: RequestAttributes, reason: string): Response {
  const { name = '', group = '', resource = '' } = attributes.kind === 'resource' ? attributes : {};
  const details = {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    ...(resource === '' ? {} : { kind: resource }),
  };
  const message = forbiddenText(user, attributes, reason);
  return statusAnswer({ message, reason: 'Forbidden', details, code: 403 });
}

/** The request target could be read in several ways. */
export function badTarget(why: string): Response {
  return statusAnswer({ message: why, reason: 'BadRequest', code: 400 });
}

/** The handler took longer than a request may. */
export function timedOut(): Response {
  const message = 'Timeout: request did not complete within the allotted timeout';
  return statusAnswer({ message, reason: 'Timeout', details: {}, code: 504 });
}

/** Too many requests are under way. */
export function overloaded(): Response {
  return plainAnswer(429, 'Too many requests, please try again later.', { 'retry-after': '1' });
}

/** Nobody could say whether the user may. */
export function authorizationFailed(target: string, text: string): Response {
  return plainAnswer(500, sanitize(`Internal Server Error: ${quoteText(target)}: ${text}`));
}

interface StatusFields {
  readonly message: string;
  readonly reason: string;
  readonly details?: unknown;
  readonly code: number;
}

function statusAnswer({ message, reason, details, code }: StatusFields): Response {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
  const headers = { ...UNCACHED, 'content-type': 'application/json', 'x-content-type-options': 'nosniff' };
  // As Go writes it: HTML's characters escaped, and a line end behind it.
  return new Response(`${jsonText(status)}\n`, { status: code, headers });
}

function plainAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  return new Response(`${text}\n`, { status, headers: { ...UNCACHED, ...plain, ...headers } });
}

/** As upstream's servers say with every answer. */
const UNCACHED = { 'cache-control': 'no-cache, private' } as const;
