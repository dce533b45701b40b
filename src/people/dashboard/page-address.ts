/**
 * Where the page at `pageUrl` shows an HPA, or one decision on it: `http://127.0.0.1:8080/#/default/web/ID`. The page reads
 * it in `web/src/route.ts`.
 */
export function pageAddress(
  pageUrl: string,
  ...parts: readonly [namespace: string, name: string, id?: string]
): string {
  return `${pageUrl}#/${parts.flatMap((part) => (part === undefined ? [] : [encodeURIComponent(part)])).join('/')}`;
}
