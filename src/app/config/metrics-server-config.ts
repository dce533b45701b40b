import { formatDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import type { ObjectKey } from '../../base/object-key.ts';
import type { LogLevel } from './controller-config.ts';
import { valueProblems } from './flag-values.ts';
import { readFlagWords } from './flag-words.ts';
import {
  METRICS_SERVER_FLAGS,
  METRICS_SERVER_SYNTAX,
  type MetricsServerFlag,
  type NodeAddressType,
  type ParsedMetricsServerFlags,
} from './metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS, unusedValueProblem } from './metrics-server-unused-flags.ts';
import { metricsServerWarnings } from './metrics-server-warnings.ts';
import type { SniCertificate, TlsVersion } from './tls-flags.ts';

/** What the words of `podtide metrics-server` ask for. */
export type MetricsServerStart =
  | { readonly kind: 'version' }
  | {
      readonly kind: 'serve';
      readonly config: MetricsServerConfig;
      /** For the log, once, before anything else: flags without effect, and what is unsafe and how to mend it. */
      readonly warnings: readonly string[];
    };

/** Everything that the process knows of itself. */
export interface MetricsServerConfig {
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** How often each kubelet is scraped. */
  readonly resolutionMs: number;
  /** For how long the last sample of a node that fails its scrapes is served, with its true time; 0 as upstream: not at all. */
  readonly staleAfterMs: number;
  readonly kubelet: KubeletConfig;
  readonly serving: ServingConfig;
  /** Ready at every moment at which some node and some pod have a rate, and at no other. */
  readonly isReadinessUpstreams: boolean;
  readonly authentication: AuthenticationConfig;
  readonly authorization: AuthorizationConfig;
  readonly logLevel: LogLevel;
}

/** How kubelets are reached. */
export interface KubeletConfig {
  /** As text; empty for all nodes. Has been parsed once, so that it parses. */
  readonly nodeSelector: string;
  readonly requestTimeoutMs: number;
  /** The first of these kinds that a node has an address of is used. At least one. */
  readonly addressTypes: readonly NodeAddressType[];
  readonly port: number;
  /** The port in the node's status, where it has one, comes before `port`. */
  readonly isNodeStatusPortUsed: boolean;
  readonly connection: KubeletConnection;
}

/** How much a kubelet has to prove, and what it is shown. */
export type KubeletConnection =
  | {
      readonly kind: 'tls';
      /** Whose certificates are believed: those of a file, of the cluster's own authority, or of anybody. */
      readonly trust: { readonly kind: 'file'; readonly caFile: string } | { readonly kind: 'cluster' | 'anybody' };
      /** Beside the bearer token. */
      readonly clientCertificate: CertificateFiles | null;
    }
  /** Plain HTTP without a credential, for kubelets of long ago. */
  | { readonly kind: 'plain' };

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

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

/** Samples of a failing node are served for this many rounds of scrapes unless told otherwise. */
const STALE_ROUND_COUNT = 2;

/** From this verbosity on Kubernetes' programs tell what is only of use for finding faults. */
const DEBUG_VERBOSITY = 4;

const HELP_HINT = 'podtide metrics-server --help says what each flag takes';

/**
 * Reads the words behind `podtide metrics-server`, which may be those of any metrics-server from 0.6.4 to 0.9.0. Throws
 * Failure `invalid` that lists every problem at once, each with its flag, the value and the rule.
 */
export function parseMetricsServerWords(words: readonly string[]): MetricsServerStart {
  const { values, operands, problems } = readFlagWords(words, METRICS_SERVER_SYNTAX);
  const given = [...values];
  const used = given.filter(([name]) => !UNUSED_METRICS_SERVER_FLAGS.has(name));
  const parsed = METRICS_SERVER_FLAGS.safeParse(Object.fromEntries(used));
  const found = [
    ...problems,
    ...operands.map((word) => `${word}: is no flag, and there is nothing else to say here`),
    ...given.flatMap(([name, texts]) => unusedProblems(name, texts)),
    ...(parsed.success ? conflictsOf(parsed.data) : valueProblems(parsed.error, values)),
  ];
  if (!parsed.success || found.length > 0) throw new Failure('invalid', found.join('\n'), { hint: HELP_HINT });
  if (parsed.data.version) return { kind: 'version' };
  return { kind: 'serve', config: configOf(parsed.data), warnings: metricsServerWarnings(parsed.data, values) };
}

function unusedProblems(name: string, texts: readonly string[]): readonly string[] {
  const unused = UNUSED_METRICS_SERVER_FLAGS.get(name);
  if (unused === undefined) return [];
  return texts.flatMap((text) => {
    const problem = unusedValueProblem(unused.kind, text);
    return problem === undefined ? [] : [`--${name}=${text}: ${problem}`];
  });
}

/** Pairs of flags that contradict each other. */
const EXCLUSIVE: readonly (readonly [MetricsServerFlag, MetricsServerFlag])[] = [
  ['kubelet-certificate-authority', 'kubelet-insecure-tls'],
  ['kubelet-client-certificate', 'deprecated-kubelet-completely-insecure'],
  ['kubelet-client-key', 'deprecated-kubelet-completely-insecure'],
  ['kubelet-insecure-tls', 'deprecated-kubelet-completely-insecure'],
  ['kubelet-certificate-authority', 'deprecated-kubelet-completely-insecure'],
];

/** Pairs of flags of which one is nothing without the other. */
const TOGETHER: readonly (readonly [MetricsServerFlag, MetricsServerFlag])[] = [
  ['kubelet-client-certificate', 'kubelet-client-key'],
  ['tls-cert-file', 'tls-private-key-file'],
];

/** Rules that span flags. */
function conflictsOf(flags: ParsedMetricsServerFlags): readonly string[] {
  const isSet = (flag: MetricsServerFlag): boolean => flags[flag] !== null && flags[flag] !== false;
  const problems = [
    ...EXCLUSIVE.filter(([one, other]) => isSet(one) && isSet(other)).map(
      ([one, other]) => `--${one}: cannot be used together with --${other}`,
    ),
    ...TOGETHER.filter(([one, other]) => isSet(one) !== isSet(other)).map(
      ([one, other]) => `--${isSet(one) ? one : other}: goes together with --${isSet(one) ? other : one}`,
    ),
  ];
  const resolutionMs = flags['metric-resolution'];
  const timeoutMs = flags['kubelet-request-timeout'];
  // In this order of operations as upstream: 0.9 has no exact form.
  if ((resolutionMs * 9) / 10 < timeoutMs) {
    problems.push(
      `--kubelet-request-timeout=${formatDuration(timeoutMs)}: must not be longer than 0.9 times --metric-resolution, which is ${formatDuration(resolutionMs)}`,
    );
  }
  const staleMs = flags['stale-sample-age'];
  if (staleMs !== undefined && staleMs > 0 && staleMs < resolutionMs) {
    problems.push('--stale-sample-age: must be 0s, or not shorter than --metric-resolution');
  }
  return problems;
}

function configOf(flags: ParsedMetricsServerFlags): MetricsServerConfig {
  const resolutionMs = flags['metric-resolution'];
  return {
    kubeconfig: flags.kubeconfig,
    context: flags.context,
    resolutionMs,
    staleAfterMs: flags['stale-sample-age'] ?? STALE_ROUND_COUNT * resolutionMs,
    kubelet: {
      nodeSelector: flags['node-selector'],
      requestTimeoutMs: flags['kubelet-request-timeout'],
      addressTypes: flags['kubelet-preferred-address-types'],
      port: flags['kubelet-port'],
      isNodeStatusPortUsed: flags['kubelet-use-node-status-port'],
      connection: kubeletConnectionOf(flags),
    },
    serving: servingOf(flags),
    isReadinessUpstreams: flags['strict-upstream-readiness'],
    authentication: authenticationOf(flags),
    authorization: {
      kubeconfig: flags['authorization-kubeconfig'],
      alwaysAllowedPaths: flags['authorization-always-allow-paths'],
      allowedCacheMs: flags['authorization-webhook-cache-authorized-ttl'],
      deniedCacheMs: flags['authorization-webhook-cache-unauthorized-ttl'],
    },
    logLevel: flags['log-level'] ?? (flags.v >= DEBUG_VERBOSITY ? 'debug' : 'info'),
  };
}

function kubeletConnectionOf(flags: ParsedMetricsServerFlags): KubeletConnection {
  if (flags['deprecated-kubelet-completely-insecure']) return { kind: 'plain' };
  const caFile = flags['kubelet-certificate-authority'];
  const clientCertificate = filesOf(flags['kubelet-client-certificate'], flags['kubelet-client-key']);
  if (flags['kubelet-insecure-tls']) return { kind: 'tls', trust: { kind: 'anybody' }, clientCertificate };
  const trust = caFile === null ? ({ kind: 'cluster' } as const) : ({ kind: 'file', caFile } as const);
  return { kind: 'tls', trust, clientCertificate };
}

function servingOf(flags: ParsedMetricsServerFlags): ServingConfig {
  const files = filesOf(flags['tls-cert-file'], flags['tls-private-key-file']);
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

function selfMadeOf(flags: ParsedMetricsServerFlags): ServingConfig['certificate'] {
  const { namespace, name } = flags.service;
  const secret = { namespace, name: `${name}-serving-certificate` };
  return { kind: 'selfMade', directory: flags['cert-dir'] ?? '.', secret };
}

function authenticationOf(flags: ParsedMetricsServerFlags): AuthenticationConfig {
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

function lookupOf(flags: ParsedMetricsServerFlags): AuthenticationConfig['lookup'] {
  if (flags['authentication-skip-lookup']) return 'skip';
  return flags['authentication-tolerate-lookup-failure'] ? 'tolerate' : 'require';
}

function filesOf(certFile: string | null, keyFile: string | null): CertificateFiles | null {
  return certFile === null || keyFile === null ? null : { certFile, keyFile };
}
