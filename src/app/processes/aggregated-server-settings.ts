import type { AggregatedListenerOptions } from '../../platform/access/aggregated-listener.ts';
import type { TrustFlags } from '../../platform/access/trust-source.ts';
import type { TlsTerms } from '../../platform/http/tls-context.ts';
import type { AuthenticationConfig, AuthorizationConfig, ServingConfig } from '../config/aggregated-server-config.ts';

/** What the configuration says about whom to trust, as the trust source takes it. */
export function trustFlags({ clientCaFile, requestHeader, lookup }: AuthenticationConfig): TrustFlags {
  return {
    ...(clientCaFile === null ? {} : { clientAuthorityFile: clientCaFile }),
    ...(requestHeader === null ? {} : { frontProxy: { ...requestHeader, authorityFile: requestHeader.caFile } }),
    isLookupSkipped: lookup === 'skip',
    isLookupFailureTolerated: lookup === 'tolerate',
  };
}

type AccessSettings = Pick<
  AggregatedListenerOptions,
  | 'address'
  | 'port'
  | 'portFlag'
  | 'terms'
  | 'openPaths'
  | 'tokenKeptMs'
  | 'allowedMs'
  | 'deniedMs'
  | 'requestsCountMax'
  | 'requestMs'
  | 'named'
>;

/** What the configuration says about the listener and who may pass it. */
export function accessOptions({
  serving,
  authentication,
  authorization,
}: {
  readonly serving: ServingConfig;
  readonly authentication: AuthenticationConfig;
  readonly authorization: AuthorizationConfig;
}): AccessSettings {
  return {
    address: serving.address,
    port: serving.port,
    portFlag: '--secure-port',
    terms: termsOf(serving),
    openPaths: authorization.alwaysAllowedPaths,
    tokenKeptMs: authentication.tokenCacheMs,
    allowedMs: authorization.allowedCacheMs,
    deniedMs: authorization.deniedCacheMs,
    requestsCountMax: serving.requestsCountMax,
    requestMs: serving.requestTimeoutMs,
    named: serving.sniCertificates.map(({ certFile, keyFile, names }) => {
      return { certificateFile: certFile, privateKeyFile: keyFile, names };
    }),
  };
}

function termsOf({ tlsVersionMin, ciphers, groups }: ServingConfig): TlsTerms {
  return {
    versionMin: tlsVersionMin,
    ...(ciphers === null ? {} : { ciphers }),
    ...(groups === null ? {} : { groups }),
  };
}
