import { Failure } from '../../base/failure.ts';

/**
 * Whether a URL is at one of these origins: `https://hooks.slack.com`, `https://*.logic.azure.com` (one label or more),
 * `http://alerts.example:8080`.
 */
export function isAtOrigin(url: URL, origins: readonly string[]): boolean {
  return origins.some((origin) => {
    const [scheme = '', rest = ''] = origin.split('://*.');
    if (rest === '') return url.origin === URL.parse(origin)?.origin;
    const allowed = URL.parse(`${scheme}://${rest}`);
    return (
      url.protocol === allowed?.protocol && url.port === allowed.port && url.hostname.endsWith(`.${allowed.hostname}`)
    );
  });
}

/** Throws Failure('denied') for a URL at another origin; the message shows that origin and nothing else of the URL. */
export function refuseOtherOrigins(url: URL, origins: readonly string[], place: string): void {
  if (url.username !== '' || url.password !== '')
    throw new Failure('denied', `${place}: a URL must not carry a user or a password`);
  if (isAtOrigin(url, origins)) return;
  throw new Failure('denied', `${place}: ${url.origin} is none of ${origins.join(', ')}`, {
    hint: 'name it under `allowedOrigins` if it is to be trusted with messages and their credential',
  });
}
