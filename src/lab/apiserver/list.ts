import { errorText } from '../../base/failure.ts';
import { findDuplicateFields } from './json-scan.ts';
import type { ServedKind } from './kind-registry.ts';
import { storeResource } from './kind-registry.ts';
import type { ListOptions } from './list-options.ts';
import { parseRevision } from './list-options.ts';
import type { ApiObject } from './object.ts';
import { badRequest, expired, versionTooLarge } from './status.ts';
import type { Store } from './store.ts';

/** A page of a list, objects in the stored version. */
export interface ListPage {
  readonly items: readonly ApiObject[];
  readonly resourceVersion: string;
  /** Empty on the last page. */
  readonly continueToken: string;
  /** Known only without selectors, as upstream's. */
  readonly remainingItemCount: number | null;
}

const TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
  'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
  'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
  'deleted between the time the first chunk was returned and now may show up in the list.';

/**
 * Lists objects of a kind: all pages of one list show the state of its first page. Throws 400, 410 and 504 Statuses.
 */
export function listPage(store: Store, { kind }: ServedKind, namespace: string | null, options: ListOptions): ListPage {
  const resource = storeResource(kind);
  const start = options.continueToken === '' ? firstPage(store, options) : continuedPage(store, options);
  const objects =
    start.revision === null
      ? store.list(resource, namespace)
      : (store.listAt(resource, namespace, start.revision) ?? throwExpired(start.after));
  const rest = objects.filter((object) => start.after === '' || keyText(object) > start.after);
  const matching = rest.filter(options.matches);
  const items = options.limit === 0 ? matching : matching.slice(0, options.limit);
  const revision = start.revision ?? store.revision;
  const last = items.at(-1);
  const isLast = items.length === matching.length || last === undefined;
  return {
    items,
    resourceVersion: String(revision),
    continueToken: isLast ? '' : encodeToken(revision, keyText(last)),
    remainingItemCount: isLast || options.hasSelector ? null : matching.length - items.length,
  };
}

interface PageStart {
  /** Null for the newest state. */
  readonly revision: number | null;
  /** Key after which the page starts; empty for the first page. */
  readonly after: string;
}

function firstPage(store: Store, options: ListOptions): PageStart {
  const wanted = listRevision(options.resourceVersion);
  if (wanted > store.revision) throw versionTooLarge(wanted, store.revision);
  const isExact =
    options.resourceVersionMatch === 'Exact' ||
    (options.resourceVersionMatch === '' && options.limit > 0 && wanted > 0);
  return { revision: isExact ? wanted : null, after: '' };
}

/** A watch answers an unreadable version with a 500, a list with a 400. */
function listRevision(text: string): number {
  try {
    return parseRevision(text);
  } catch (thrown) {
    throw badRequest(`invalid resource version: ${errorText(thrown)}`);
  }
}

function continuedPage(store: Store, options: ListOptions): PageStart {
  if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const token = decodeToken(options.continueToken);
  // A fresh token of a 410 asks for the rest of whatever is there now.
  if (token.revision === -1) return { revision: null, after: token.after };
  if (token.revision > store.revision) throw expired(TOO_OLD, encodeToken(-1, token.after));
  return { revision: token.revision, after: token.after };
}

function throwExpired(after: string): never {
  if (after === '') throw expired('The resourceVersion for the provided list is too old.');
  throw expired(TOO_OLD, encodeToken(-1, after));
}

function keyText(object: ApiObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** Upstream's form: the next key is the last one and a zero byte. */
function encodeToken(revision: number, after: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${after}\u0000` })).toString(
    'base64url',
  );
}

function decodeToken(token: string): { readonly revision: number; readonly after: string } {
  const text = Buffer.from(token, 'base64url').toString('latin1');
  try {
    findDuplicateFields(text);
  } catch (thrown) {
    throw badRequest(`invalid continue token: continue key is not valid: ${errorText(thrown)}`);
  }
  const { v, rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Record<string, unknown>;
  if (v !== 'meta.k8s.io/v1' || typeof rv !== 'number' || typeof start !== 'string' || start === '') {
    throw badRequest(
      'invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
    );
  }
  const key = start.endsWith('\u0000') ? start.slice(0, -1) : start;
  return { revision: rv, after: key.includes('/') ? key : `/${key}` };
}
