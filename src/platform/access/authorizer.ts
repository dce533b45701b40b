import { Failure } from '../../base/failure.ts';
import { quoteText } from '../../base/go-text.ts';
import type { AccessReviewer, AccessVerdict } from './access-review.ts';
import type { RequestAttributes } from './request-attributes.ts';
import { type AccessUser, MASTERS_GROUP } from './user.ts';

/** Decides whether a user may do something. Rejects with a Failure when nobody could be asked. */
export type Authorizer = AccessReviewer;

/** Upstream's `--authorization-always-allow-paths`. */
export const DEFAULT_OPEN_PATHS: readonly string[] = ['/healthz', '/readyz', '/livez'];

const ALLOWED: AccessVerdict = { isAllowed: true, reason: '' };

/** Whether a request is for a path that is open to everybody. */
export type OpenPathMatcher = (attributes: RequestAttributes) => boolean;

/**
 * Decides in upstream's order: masters may do anything, anybody may read the open paths, the API server is asked for the
 * rest.
 */
export function createAuthorizer(reviewAccess: AccessReviewer, isOpen: OpenPathMatcher): Authorizer {
  return async (user, attributes, signal) => {
    if (user.groups.includes(MASTERS_GROUP) || isOpen(attributes)) return ALLOWED;
    return reviewAccess(user, attributes, signal);
  };
}

/**
 * Reads `--authorization-always-allow-paths`: exact paths, or every path that begins so where the last character is `*`.
 * Throws Failure('invalid') for a `*` elsewhere.
 */
export function openPathMatcher(openPaths: readonly string[]): OpenPathMatcher {
  const exact = new Set<string>();
  const prefixes: string[] = [];
  for (const openPath of openPaths) {
    const path = openPath.replace(/^\//, '');
    if (path.slice(0, -1).includes('*')) {
      const text = `--authorization-always-allow-paths: ${JSON.stringify(openPath)}: * may only be the last character`;
      throw new Failure('invalid', text);
    }
    if (path.endsWith('*')) prefixes.push(path.slice(0, -1));
    else exact.add(path);
  }
  return (attributes) => {
    if (attributes.kind !== 'path') return false;
    const path = attributes.path.replace(/^\//, '');
    return exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
  };
}

/** Why the user may not, word for word as upstream's servers say it. */
export function forbiddenText(user: AccessUser, attributes: RequestAttributes, reason: string): string {
  const because = reason === '' ? '' : `: ${reason}`;
  return `${subjectOf(attributes)}: ${sanitize(deniedText(user, attributes))}${because}`;
}

function subjectOf(attributes: RequestAttributes): string {
  if (attributes.kind === 'path') return 'forbidden';
  const { group, resource, name } = attributes;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  return name === '' ? `${qualified} is forbidden` : `${qualified} ${quoteText(name)} is forbidden`;
}

function deniedText(user: AccessUser, attributes: RequestAttributes): string {
  const begin = `User ${quoteText(user.name)} cannot ${attributes.verb}`;
  if (attributes.kind === 'path') return `${begin} path ${quoteText(attributes.path)}`;
  const { group, namespace, resource, subresource } = attributes;
  const what = quoteText(subresource === '' ? resource : `${resource}/${subresource}`);
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${quoteText(namespace)}`;
  return `${begin} resource ${what} in API group ${quoteText(group)} ${where}`;
}

/** What looks like HTML in a name must not become some in a browser. */
export function sanitize(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
