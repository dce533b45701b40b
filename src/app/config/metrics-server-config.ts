import { formatDuration } from '../../base/duration.ts';
import { Failure } from '../../base/failure.ts';
import {
  type AuthenticationConfig,
  type AuthorizationConfig,
  authenticationOf,
  authorizationOf,
  type CertificateFiles,
  certificateFilesOf,
  type ServingConfig,
  servingOf,
} from './aggregated-server-config.ts';
import type { LogLevel } from './flag-values.ts';
import { valueProblems } from './flag-values.ts';
import { readFlagWords, strayWordProblems } from './flag-words.ts';
import {
  METRICS_SERVER_FLAGS,
  METRICS_SERVER_SYNTAX,
  type MetricsServerFlag,
  type NodeAddressType,
  type ParsedMetricsServerFlags,
} from './metrics-server-flags.ts';
import { UNUSED_METRICS_SERVER_FLAGS, unusedValueProblems } from './metrics-server-unused-flags.ts';
import { metricsServerWarnings } from './metrics-server-warnings.ts';

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
    ...strayWordProblems(operands),
    ...unusedValueProblems(values, UNUSED_METRICS_SERVER_FLAGS),
    ...(parsed.success ? conflictsOf(parsed.data) : valueProblems(parsed.error, values)),
  ];
  if (!parsed.success || found.length > 0) throw new Failure('invalid', found.join('\n'), { hint: HELP_HINT });
  if (parsed.data.version) return { kind: 'version' };
  return { kind: 'serve', config: configOf(parsed.data), warnings: metricsServerWarnings(parsed.data, values) };
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
    authorization: authorizationOf(flags),
    logLevel: flags['log-level'] ?? (flags.v >= DEBUG_VERBOSITY ? 'debug' : 'info'),
  };
}

function kubeletConnectionOf(flags: ParsedMetricsServerFlags): KubeletConnection {
  if (flags['deprecated-kubelet-completely-insecure']) return { kind: 'plain' };
  const caFile = flags['kubelet-certificate-authority'];
  const clientCertificate = certificateFilesOf(flags['kubelet-client-certificate'], flags['kubelet-client-key']);
  if (flags['kubelet-insecure-tls']) return { kind: 'tls', trust: { kind: 'anybody' }, clientCertificate };
  const trust = caFile === null ? ({ kind: 'cluster' } as const) : ({ kind: 'file', caFile } as const);
  return { kind: 'tls', trust, clientCertificate };
}
