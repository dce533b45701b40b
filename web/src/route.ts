import { type Signal, signal } from '@preact/signals';
import type { HpaName } from './api.ts';

/** What the address names: `#/namespace/name` and, when a past decision is looked at, `/id`. */
export interface Route {
  readonly hpa: HpaName | null;
  readonly decisionId: string | null;
}

export function parseRoute(hash: string): Route {
  const [namespace, name, id] = hash.replace(/^#\/?/, '').split('/').map(decodeText);
  const hpa =
    namespace !== undefined && namespace !== '' && name !== undefined && name !== '' ? { namespace, name } : null;
  return { hpa, decisionId: hpa === null || id === undefined || id === '' ? null : id };
}

export function routeHash({ hpa, decisionId }: Route): string {
  if (hpa === null) return '#/';
  return `#/${[hpa.namespace, hpa.name, ...(decisionId === null ? [] : [decisionId])].map(encodeURIComponent).join('/')}`;
}

/** Whether an address is one of a page that is shown at `href`, whatever is looked at there. */
export function isOfPage(url: string, href: string): boolean {
  return url.startsWith(`${href.replace(/#.*/, '')}#/`);
}

/** The part of a window that holds the address. */
export interface AddressBar {
  readonly location: { readonly hash: string };
  addEventListener(type: 'hashchange', listener: () => void): void;
}

/** The route as the address bar has it, followed. */
export function followRoute(page: AddressBar): Signal<Route> {
  const route = signal(parseRoute(page.location.hash));
  page.addEventListener('hashchange', () => {
    route.value = parseRoute(page.location.hash);
  });
  return route;
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
