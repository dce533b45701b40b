import { parseDuration } from '../../base/duration.ts';
import { TRUTH_WORDS } from './flag-values.ts';

/** What a value of such a flag must be. */
type ValueKind = 'switch' | 'count' | 'fraction' | 'duration' | 'text';

/** A flag of metrics-server that there is nothing for here: accepted, so that its manifests start, and named in a warning. */
export interface UnusedFlag {
  readonly kind: ValueKind;
  /** What there is not, or is always so, for the warning. */
  readonly why: string;
}

const AUDIT = 'no audit log is written; that of the API server has the requests that come through it';
const HTTP_2 = 'HTTP/1.1 is served';
const READ_ONLY = 'nothing is stored, written or watched here';
const PROFILING = 'no profiles are served';
const SOCKET = 'the port is opened for this process alone';
const GENERIC = 'there is nothing for it in an API that only reads';
const LOG = 'log lines are JSON on stderr';

/** By what `--audit-log-…` and `--audit-webhook-…` have in common. */
const AUDIT_BACKEND: Readonly<Record<string, ValueKind>> = {
  mode: 'text',
  'batch-buffer-size': 'count',
  'batch-max-size': 'count',
  'batch-max-wait': 'duration',
  'batch-throttle-burst': 'count',
  'batch-throttle-enable': 'switch',
  'batch-throttle-qps': 'fraction',
  'truncate-enabled': 'switch',
  'truncate-max-batch-size': 'count',
  'truncate-max-event-size': 'count',
  version: 'text',
};

/**
 * The flags of metrics-server 0.6.4 to 0.9.0 that change nothing here, by name: the options of the generic API server
 * (k8s.io/apiserver 0.23 to 0.36) and of klog that it takes and this program has no use for.
 */
export const UNUSED_METRICS_SERVER_FLAGS: ReadonlyMap<string, UnusedFlag> = new Map([
  ...entries(AUDIT, {
    'audit-policy-file': 'text',
    'audit-log-path': 'text',
    'audit-log-format': 'text',
    'audit-log-maxage': 'count',
    'audit-log-maxbackup': 'count',
    'audit-log-maxsize': 'count',
    'audit-log-compress': 'switch',
    'audit-webhook-config-file': 'text',
    'audit-webhook-initial-backoff': 'duration',
    'audit-webhook-batch-initial-backoff': 'duration',
    ...prefixed('audit-log-', AUDIT_BACKEND),
    ...prefixed('audit-webhook-', AUDIT_BACKEND),
  }),
  ...entries(HTTP_2, {
    'disable-http2-serving': 'switch',
    'goaway-chance': 'fraction',
    'http2-max-streams-per-connection': 'count',
  }),
  ...entries(READ_ONLY, {
    'max-mutating-requests-inflight': 'count',
    'min-request-timeout': 'count',
    'shutdown-watch-termination-grace-period': 'duration',
    'storage-initialization-timeout': 'duration',
  }),
  ...entries(PROFILING, { profiling: 'switch', 'contention-profiling': 'switch', 'debug-socket-path': 'text' }),
  ...entries(SOCKET, { 'permit-address-sharing': 'switch', 'permit-port-sharing': 'switch' }),
  ...entries(GENERIC, {
    'advertise-address': 'text',
    'cors-allowed-origins': 'text',
    'emulated-version': 'text',
    'emulation-forward-compatible': 'switch',
    'enable-priority-and-fairness': 'switch',
    'enable-swagger-ui': 'switch',
    'external-hostname': 'text',
    'feature-gates': 'text',
    'livez-grace-period': 'duration',
    'min-compatibility-version': 'text',
    'runtime-config-emulation-forward-compatible': 'switch',
    'shutdown-send-retry-after': 'switch',
    'strict-transport-security-directives': 'text',
  }),
  ...entries(LOG, {
    add_dir_header: 'switch',
    alsologtostderr: 'switch',
    'log-flush-frequency': 'duration',
    'log-json-info-buffer-size': 'text',
    'log-json-split-stream': 'switch',
    'log-text-info-buffer-size': 'text',
    'log-text-split-stream': 'switch',
    log_backtrace_at: 'text',
    log_dir: 'text',
    log_file: 'text',
    log_file_max_size: 'count',
    logtostderr: 'switch',
    one_output: 'switch',
    skip_headers: 'switch',
    skip_log_headers: 'switch',
    stderrthreshold: 'text',
    vmodule: 'text',
  }),
]);

/** What is wrong with the values of such flags, each with its flag as it was given. */
export function unusedValueProblems(
  given: ReadonlyMap<string, readonly string[]>,
  unused: ReadonlyMap<string, UnusedFlag>,
): readonly string[] {
  return [...given].flatMap(([name, texts]) => {
    const flag = unused.get(name);
    return flag === undefined
      ? []
      : texts.flatMap((text) => {
          const problem = unusedValueProblem(flag.kind, text);
          return problem === undefined ? [] : [`--${name}=${text}: ${problem}`];
        });
  });
}

/** One line for each of such flags that was given. */
export function unusedFlagWarnings(
  given: ReadonlyMap<string, readonly string[]>,
  unused: ReadonlyMap<string, UnusedFlag>,
): readonly string[] {
  return [...given.keys()].flatMap((name) => {
    const flag = unused.get(name);
    return flag === undefined ? [] : [`--${name}: accepted, without effect: ${flag.why}`];
  });
}

/** Why the value is none for such a flag, as a rule; undefined when it is one. */
function unusedValueProblem(kind: ValueKind, text: string): string | undefined {
  if (kind === 'switch') return TRUTH_WORDS.has(text) ? undefined : 'must be true or false';
  if (kind === 'count') return /^\d+$/.test(text) ? undefined : 'must be a whole number that is not negative';
  if (kind === 'fraction') return /^\d*\.?\d+$/.test(text) ? undefined : 'must be a number such as 0.01';
  if (kind === 'text') return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) return 'must be a duration such as 15s, 5m0s or 1h30m';
  return ms < 0 ? 'must not be negative' : undefined;
}

function entries(why: string, kinds: Readonly<Record<string, ValueKind>>): readonly (readonly [string, UnusedFlag])[] {
  return Object.entries(kinds).map(([name, kind]) => [name, { kind, why }] as const);
}

function prefixed(prefix: string, kinds: Readonly<Record<string, ValueKind>>): Readonly<Record<string, ValueKind>> {
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [`${prefix}${name}`, kind]));
}
