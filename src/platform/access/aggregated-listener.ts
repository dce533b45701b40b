import type { IoClock, Release } from '../../base/clock.ts';
import { errorText } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import type { KeyPair } from '../http/certificates.ts';
import { type Listener, openListener } from '../http/listener.ts';
import type { TlsTerms } from '../http/tls-context.ts';
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
  /** Shown instead to clients that ask for certain names, from files that somebody else renews. */
  readonly named?: readonly NamedTlsFiles[];
  readonly terms?: TlsTerms;
  /** Null is every interface. */
  readonly address: string | null;
  readonly port: number;
  /** `--secure-port` */
  readonly portFlag?: string;
  readonly ioClock: IoClock;
  readonly log: Log;
  readonly handle: GrantedHandler;
}

/** Files of a certificate for clients that ask for certain names; those in the certificate when none is named. */
export interface NamedTlsFiles extends TlsFiles {
  readonly names: readonly string[];
}

/**
 * Listens with TLS, lets in whom the API server lets in, and takes renewed certificates and authorities into use without
 * a pause. Throws what opening a listener, reading its files and wrong options throw.
 */
export async function openAggregatedListener(
  options: AggregatedListenerOptions,
): Promise<Pick<Listener, 'url' | 'port' | 'close'>> {
  const { trust, serving, log, named = [], terms = {} } = options;
  const guard = guardWithDelegatedAccess({ ...options, trust: () => trust.current }, options.handle);
  const pair = 'certificateFile' in serving ? await readTlsFiles(serving) : serving.pair;
  const namedPairs = await Promise.all(
    named.map(async (files) => ({ ...(await readTlsFiles(files)), names: files.names })),
  );
  const listener = await openListener({
    address: options.address,
    port: options.port,
    ...(options.portFlag === undefined ? {} : { portFlag: options.portFlag }),
    ioClock: options.ioClock,
    tls: { ...pair, clientAuthorities: clientAuthoritiesOf(trust.current) ?? '', named: namedPairs, terms },
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
  const stopServing = [
    followServing(options, listener, pair),
    ...named.map((files, index) =>
      followFiles(options, files, namedPairs[index] ?? pair, (renewed) => listener.renewNamedTls(index, renewed)),
    ),
  ];
  return {
    url: listener.url,
    port: listener.port,
    close: (drainMs) => {
      stopTrust();
      for (const stop of stopServing) stop();
      return listener.close(drainMs);
    },
  };
}

function followServing(options: AggregatedListenerOptions, listener: Listener, pair: KeyPair): Release {
  const { serving } = options;
  if (!('certificateFile' in serving)) return serving.subscribe(() => listener.renewTls(serving.pair));
  return followFiles(options, serving, pair, (renewed) => listener.renewTls(renewed));
}

function followFiles(
  { ioClock, log }: AggregatedListenerOptions,
  files: TlsFiles,
  pair: KeyPair,
  onChange: (renewed: KeyPair) => void,
): Release {
  return followTlsFiles(files, pair, {
    ioClock,
    onChange,
    onFailure: (failure) => log.warn('the serving certificate was not renewed', { error: failure.message }),
  });
}
