import { type CallContext, callApi } from './api-call.ts';
import { isExpired } from './api-failure.ts';
import type { CallOptions, KubeObject, ListQuery, ListResult, ResourceType } from './client.ts';
import { collectionPath, selectionParameters, withQuery } from './resource-path.ts';

/** Objects of one page, client-go's own choice. */
const PAGE_ITEM_COUNT = 500;

/** A page as the server sends it. */
interface Page<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** Told about each page in turn; `restart` means that what came before no longer counts. */
export interface PageReceiver<T> {
  restart(): void;
  page(items: readonly T[]): void;
}

/**
 * Reads a list page by page and hands each page on, so that nobody needs the whole list in memory. All pages belong to one
 * resourceVersion, which is the result. When the continue token has expired in between, the list starts again without
 * pages: the server's replacement token would stitch two points in time together.
 */
export async function readPages<T>(
  context: CallContext,
  type: ResourceType,
  query: ListQuery,
  call: CallOptions,
  receiver: PageReceiver<T>,
): Promise<string> {
  const path = collectionPath(type, query.namespace);
  let continueToken = '';
  let limit: number | undefined = PAGE_ITEM_COUNT;
  let resourceVersion: string | undefined;
  for (;;) {
    const parameters: Record<string, string | number | undefined> = {
      ...selectionParameters(query),
      limit,
      continue: continueToken,
    };
    // The token carries the version; the server refuses both together.
    if (continueToken === '') parameters['resourceVersion'] = query.resourceVersion;
    let page: Page<T>;
    try {
      page = (await callApi(context, { method: 'GET', path: withQuery(path, parameters) }, call)) as Page<T>;
    } catch (thrown) {
      if (continueToken === '' || !isExpired(thrown)) throw thrown;
      receiver.restart();
      continueToken = '';
      limit = undefined;
      resourceVersion = undefined;
      continue;
    }
    receiver.page(page.items ?? []);
    resourceVersion ??= page.metadata?.resourceVersion ?? '';
    continueToken = page.metadata?.continue ?? '';
    if (continueToken === '') return resourceVersion;
  }
}

/** The whole list, page by page. The deadline holds for each page. */
export async function listAll<T extends KubeObject>(
  context: CallContext,
  type: ResourceType,
  query: ListQuery,
  call: CallOptions,
): Promise<ListResult<T>> {
  let items: T[] = [];
  const resourceVersion = await readPages<T>(context, type, query, call, {
    restart: () => {
      items = [];
    },
    page: (found) => {
      for (const item of found) items.push(item);
    },
  });
  return { items, resourceVersion };
}
