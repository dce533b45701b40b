import type { IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { KeyPair } from '../http/certificates.ts';
import { type Listener, openListener } from '../http/listener.ts';
import { followTlsFiles, readTlsFiles, type TlsFiles } from '../http/tls-files.ts';
import { clientAuthoritiesOf } from './access-trust.ts';
import { type DelegatedAccessOptions, type GrantedHandler, guardWithDelegatedAccess } from './delegated-access.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import type { TrustSource } from './trust-source.ts';

/** Where a server behind the aggregation layer listens, and whom it believes. */
export interface AggregatedListenerOptions extends Omit<DelegatedAccessOptions, 'trust'> {
  /** Known already, because TLS says at the first handshake whose certificates are of use. It stays the caller's to stop. */
  readonly trust: TrustSource;
  /** One that renews itself, which stays the caller's to stop, or files that somebody else renews. */
  readonly serving: ServingCertificate | TlsFiles;
  /** Every interface when `0.0.0.0`. */
  readonly address: string;
  readonly port: number;
  /** `--secure-port` */
  readonly portFlag?: string;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly handle: GrantedHandler;
}

/**
 * Listens with TLS, lets in whom the API server lets in, and takes renewed certificates and authorities into use without
 * a pause. Throws what opening a listener, reading its files and wrong options throw.
 */
export async function openAggregatedListener(
  options: AggregatedListenerOptions,
): Promise<Pick<Listener, 'url' | 'port' | 'close'>> {
  const { trust, serving, log } = options;
  const guard = guardWithDelegatedAccess({ ...options, trust: () => trust.current }, options.handle);
  const pair = 'certificateFile' in serving ? await readTlsFiles(serving) : serving.pair;
  const listener = await openListener({
    address: options.address,
    port: options.port,
    ...(options.portFlag === undefined ? {} : { portFlag: options.portFlag }),
    ioClock: options.ioClock,
    tls: { ...pair, clientAuthorities: clientAuthoritiesOf(trust.current) ?? '' },
    handle: async (request, incoming, outgoing) => {
      try {
        return await guard(request, incoming, outgoing);
      } catch (thrown) {
        log.error('a request met a bug', { path: incoming.url, error: errorText(thrown) });
        return new Response('a bug was met; the log says more\n', { status: 500 });
      }
    },
  });
  const stopTrust = trust.subscribe((changed) => {
    listener.renewClientAuthorities(clientAuthoritiesOf(changed) ?? '');
    log.info('other authorities of clients are in use', {
      hasFrontProxy: changed.frontProxy !== null,
      hasClients: changed.clients !== null,
    });
  });
  const stopServing = followServing(options, listener, pair);
  return {
    url: listener.url,
    port: listener.port,
    close: (drainMs) => {
      stopTrust();
      stopServing();
      return listener.close(drainMs);
    },
  };
}

function followServing(
  { serving, ioClock, log }: AggregatedListenerOptions,
  listener: Listener,
  pair: KeyPair,
): Release {
  if (!('certificateFile' in serving)) return serving.subscribe(() => listener.renewTls(serving.pair));
  return followTlsFiles(serving, pair, {
    ioClock,
    onChange: (renewed) => listener.renewTls(renewed),
    onFailure: (failure) => log.warn('the serving certificate was not renewed', { error: failure.message }),
  });
}
