import type { ObjectKey } from '../../base/object-key.ts';
import type { ParsedAggregatedServerFlags } from './aggregated-server-flags.ts';
import type { SniCertificate, TlsVersion } from './tls-flags.ts';

/** How the API is served. */
export interface ServingConfig {
  /** Null: every interface of both families. */
  readonly address: string | null;
  /** 0 lets the system choose, where upstream would serve nothing. */
  readonly port: number;
  /** The Service that the API server reaches this one by; its names go into a certificate made here. */
  readonly service: ObjectKey;
  readonly certificate:
    | ({ readonly kind: 'files' } & CertificateFiles)
    /** Made here and shared by replicas in the Secret, unless the folder holds `apiserver.crt` and `apiserver.key`. */
    | { readonly kind: 'selfMade'; readonly directory: string; readonly secret: ObjectKey };
  readonly sniCertificates: readonly SniCertificate[];
  /** Whether `caBundle` of our APIServices is kept to what a certificate made here is signed by. */
  readonly isCaBundleKept: boolean;
  readonly tlsVersionMin: TlsVersion;
  /** For OpenSSL; null: the program's own. */
  readonly ciphers: string | null;
  readonly groups: string | null;
  /** Under way at once; 0: any number. */
  readonly requestsCountMax: number;
  readonly requestTimeoutMs: number;
  /** For how long requests are still taken after the process was told to end and says that it is not ready. */
  readonly shutdownDelayMs: number;
}

/** Who is believed to be who. */
export interface AuthenticationConfig {
  /** For TokenReviews and the cluster's settings; null: the cluster of `kubeconfig`. */
  readonly kubeconfig: string | null;
  /** `skip`: the ConfigMap extension-apiserver-authentication is not read; `tolerate`: the process starts without it. */
  readonly lookup: 'require' | 'tolerate' | 'skip';
  readonly tokenCacheMs: number;
  /** Null: as the cluster says. */
  readonly clientCaFile: string | null;
  /** Null: as the cluster says. */
  readonly requestHeader: RequestHeaderConfig | null;
}

/** Which proxy may say who asks, and in which headers. */
export interface RequestHeaderConfig {
  readonly caFile: string;
  /** Empty: any. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraHeaderPrefixes: readonly string[];
  readonly uidHeaders: readonly string[];
}

/** Who may do what. */
export interface AuthorizationConfig {
  /** For SubjectAccessReviews; null: the cluster of `kubeconfig`. */
  readonly kubeconfig: string | null;
  /** Served to everybody; a `*` at the end stands for any rest. */
  readonly alwaysAllowedPaths: readonly string[];
  readonly allowedCacheMs: number;
  readonly deniedCacheMs: number;
}

/** A certificate and its key, as files. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** How the flags have the API served. */
export function servingOf(flags: ParsedAggregatedServerFlags): ServingConfig {
  const files = certificateFilesOf(flags['tls-cert-file'], flags['tls-private-key-file']);
  return {
    address: flags['bind-address'],
    port: flags['secure-port'],
    service: flags.service,
    certificate: files === null ? selfMadeOf(flags) : { kind: 'files', ...files },
    sniCertificates: flags['tls-sni-cert-key'],
    isCaBundleKept: flags['apiservice-ca-bundle'] === 'keep',
    tlsVersionMin: flags['tls-min-version'],
    ciphers: flags['tls-cipher-suites'],
    groups: flags['tls-curve-preferences'],
    requestsCountMax: flags['max-requests-inflight'],
    requestTimeoutMs: flags['request-timeout'],
    shutdownDelayMs: flags['shutdown-delay-duration'],
  };
}

function selfMadeOf(flags: ParsedAggregatedServerFlags): ServingConfig['certificate'] {
  const { namespace, name } = flags.service;
  const secret = { namespace, name: `${name}-serving-certificate` };
  return { kind: 'selfMade', directory: flags['cert-dir'] ?? '.', secret };
}

/** Whom the flags have believed. */
export function authenticationOf(flags: ParsedAggregatedServerFlags): AuthenticationConfig {
  const caFile = flags['requestheader-client-ca-file'];
  return {
    kubeconfig: flags['authentication-kubeconfig'],
    lookup: lookupOf(flags),
    tokenCacheMs: flags['authentication-token-webhook-cache-ttl'],
    clientCaFile: flags['client-ca-file'],
    requestHeader:
      caFile === null
        ? null
        : {
            caFile,
            allowedNames: flags['requestheader-allowed-names'],
            usernameHeaders: flags['requestheader-username-headers'],
            groupHeaders: flags['requestheader-group-headers'],
            extraHeaderPrefixes: flags['requestheader-extra-headers-prefix'],
            uidHeaders: flags['requestheader-uid-headers'],
          },
  };
}

function lookupOf(flags: ParsedAggregatedServerFlags): AuthenticationConfig['lookup'] {
  if (flags['authentication-skip-lookup']) return 'skip';
  return flags['authentication-tolerate-lookup-failure'] ? 'tolerate' : 'require';
}

/** What the flags say of who may do what. */
export function authorizationOf(flags: ParsedAggregatedServerFlags): AuthorizationConfig {
  return {
    kubeconfig: flags['authorization-kubeconfig'],
    alwaysAllowedPaths: flags['authorization-always-allow-paths'],
    allowedCacheMs: flags['authorization-webhook-cache-authorized-ttl'],
    deniedCacheMs: flags['authorization-webhook-cache-unauthorized-ttl'],
  };
}

/** Both, or null where one is missing. */
export function certificateFilesOf(certFile: string | null, keyFile: string | null): CertificateFiles | null {
  return certFile === null || keyFile === null ? null : { certFile, keyFile };
}
