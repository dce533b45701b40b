/**
 * Headers of every answer: nothing is loaded from anywhere else, nobody embeds the page, and no other site's script can
 * read it.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
};

/**
 * Why a request is refused, or null. The Host header must name this listener: a page elsewhere that makes its own name
 * resolve to this machine (DNS rebinding) would otherwise read everything.
 */
export function refusalOf(request: Request, hostNames: readonly string[]): string | null {
  const host = request.headers.get('host') ?? '';
  const hostName = host.replace(/:\d+$/, '').toLowerCase();
  if (!hostNames.includes(hostName)) return `the host “${host}” is not one that this listener answers to`;
  const site = request.headers.get('sec-fetch-site');
  const isForeignRead = site === 'cross-site' && request.headers.get('sec-fetch-mode') !== 'navigate';
  return isForeignRead ? 'requests from other sites are refused' : null;
}
