import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type {
  BackendAuthentication,
  BackendTls,
  NamedText,
  PrometheusBackend,
} from '../../metrics/prometheus/backend.ts';
import type { Environment } from './environment.ts';
import { lastValue, switchValue, textValue } from './flag-values.ts';
import type { FlagSyntax } from './flag-words.ts';
import { BACKEND_DEFAULTS, freshness, HEADER_NAME, HEADER_VALUE } from './prometheus-backends.ts';

/**
 * The flags by which prometheus-adapter reaches its one Prometheus, with its names, defaults and rules (specification 5.1), and
 * how old answers may be, which upstream has no flag for.
 */
export const PROMETHEUS_FLAGS = {
  'prometheus-url': lastValue(z.string()).default('https://localhost'),
  'prometheus-auth-incluster': switchValue.default(false),
  'prometheus-auth-config': textValue.default(null),
  'prometheus-ca-file': textValue.default(null),
  'prometheus-client-tls-cert-file': textValue.default(null),
  'prometheus-client-tls-key-file': textValue.default(null),
  'prometheus-token-file': textValue.default(null),
  'prometheus-header': z.array(z.string()).default([]),
  'prometheus-verb': lastValue(z.enum(['GET', 'POST'], 'must be GET or POST')).optional(),
  'prometheus-freshness': lastValue(freshness).default(BACKEND_DEFAULTS.freshnessMs),
} as const;

/** The name of one of these flags. */
export type PrometheusFlag = keyof typeof PROMETHEUS_FLAGS;

/** What they come to. */
export type ParsedPrometheusFlags = z.output<z.ZodObject<typeof PROMETHEUS_FLAGS>>;

/** Those whose value is more than a text. */
const CHECKED: ReadonlySet<PrometheusFlag> = new Set<PrometheusFlag>(['prometheus-verb', 'prometheus-freshness']);

/** How each of them is written. */
export const PROMETHEUS_SYNTAX: ReadonlyMap<PrometheusFlag, FlagSyntax> = new Map(
  (Object.keys(PROMETHEUS_FLAGS) as readonly PrometheusFlag[]).map((name) => [
    name,
    { isSwitch: name === 'prometheus-auth-incluster', isFreeText: !CHECKED.has(name) },
  ]),
);

/** The backend that the flags describe, and what of them has no effect. */
export interface FlaggedBackend {
  readonly backend: PrometheusBackend;
  /** For the log, once. */
  readonly warnings: readonly string[];
}

/** Where a pod's ServiceAccount is mounted. */
const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The backend `prometheus` as upstream's flags mean it. Where two of them say whom we are, upstream's order decides: an
 * `Authorization` header, the user in the URL, the token file, the kubeconfig or ServiceAccount.
 *
 * @throws Failure('invalid') with all that is wrong.
 */
export function backendOfFlags(
  flags: ParsedPrometheusFlags,
  environment: Pick<Environment, 'inClusterHost'>,
): FlaggedBackend {
  const problems: string[] = [];
  const url = readUrl(flags['prometheus-url'], problems);
  if (flags['prometheus-ca-file'] === null && flags['prometheus-auth-incluster']) {
    if (flags['prometheus-auth-config'] !== null)
      problems.push('--prometheus-auth-incluster: must not be given beside --prometheus-auth-config');
    if (environment.inClusterHost === undefined)
      problems.push('--prometheus-auth-incluster: needs the ServiceAccount of a pod, and this process runs in none');
  }
  const headers = flags['prometheus-header'].flatMap((given) => readHeader(given, problems));
  if (problems.length > 0 || url === null) throw new Failure('invalid', problems.join('\n'));
  const caFile = flags['prometheus-ca-file'];
  const verb = flags['prometheus-verb'];
  // Upstream replaces the URL's own query by a GET's parameters, and keeps it beside the body of a POST.
  const parameters = verb === 'POST' ? [...url.searchParams].map(([name, value]) => ({ name, value })) : [];
  return {
    backend: {
      ...BACKEND_DEFAULTS,
      name: 'prometheus',
      // Upstream joins paths, which makes one slash of several.
      url: `${url.origin}${url.pathname.replaceAll(/\/+/g, '/')}`.replace(/\/$/, ''),
      verb: verb ?? 'auto',
      authentication: authenticationOf(flags, url),
      tls: tlsOf(flags),
      kubeconfigFile: caFile === null ? flags['prometheus-auth-config'] : null,
      headers,
      parameters,
      // Upstream's client for a private authority knows no proxies.
      isProxied: caFile === null,
      freshnessMs: flags['prometheus-freshness'],
    },
    warnings: warningsOf(flags, url),
  };
}

function readUrl(given: string, problems: string[]): URL | null {
  const url = URL.parse(given);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  const shown = given.replace(/\/\/[^@/]*@/, '//…@');
  problems.push(`--prometheus-url=${shown}: must be an http or https URL such as https://prometheus.monitoring:9090`);
  return null;
}

/** The `Authorization` header apart, which the client lets go before all of these. */
function authenticationOf(flags: ParsedPrometheusFlags, url: URL | null): BackendAuthentication {
  if (url !== null && url.username !== '')
    return { kind: 'basic', username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  const tokenFile =
    flags['prometheus-token-file'] ?? (isInCluster(flags) ? join(SERVICE_ACCOUNT_FOLDER, 'token') : null);
  return tokenFile === null ? { kind: 'none' } : { kind: 'tokenFile', tokenFile };
}

/** A private authority shuts out ServiceAccount and kubeconfig, and a certificate of ours counts only beside one, as upstream. */
function tlsOf(flags: ParsedPrometheusFlags): BackendTls {
  const caFile = flags['prometheus-ca-file'];
  const certificateFile = flags['prometheus-client-tls-cert-file'];
  const privateKeyFile = flags['prometheus-client-tls-key-file'];
  if (caFile === null)
    return isInCluster(flags)
      ? { caFile: join(SERVICE_ACCOUNT_FOLDER, 'ca.crt'), isVerified: true }
      : { isVerified: true };
  if (certificateFile === null || privateKeyFile === null) return { caFile, isVerified: true };
  return { caFile, certificateFile, privateKeyFile, isVerified: true };
}

function isInCluster(flags: ParsedPrometheusFlags): boolean {
  return flags['prometheus-auth-incluster'] && flags['prometheus-ca-file'] === null;
}

/** `k=v`, split at the first equals sign; a name alone is a header without a value. */
function readHeader(given: string, problems: string[]): readonly NamedText[] {
  const equalsAt = given.indexOf('=');
  const name = equalsAt < 0 ? given : given.slice(0, equalsAt);
  const value = equalsAt < 0 ? '' : given.slice(equalsAt + 1);
  const shown = `--prometheus-header=${name}${equalsAt < 0 ? '' : '=…'}`;
  if (!HEADER_NAME.test(name)) problems.push(`${shown}: must be NAME=VALUE with the name of a header`);
  else if (!HEADER_VALUE.test(value)) problems.push(`${shown}: the value must be a text without line breaks`);
  else return [{ name: name.toLowerCase(), value }];
  return [];
}

function warningsOf(flags: ParsedPrometheusFlags, url: URL): readonly string[] {
  const warnings: string[] = [];
  const warn = (flag: PrometheusFlag, why: string) => warnings.push(`--${flag} has no effect: ${why}`);
  const hasTrust = flags['prometheus-ca-file'] !== null;
  if (hasTrust && flags['prometheus-auth-incluster'])
    warn('prometheus-auth-incluster', '--prometheus-ca-file goes before it');
  if (hasTrust && flags['prometheus-auth-config'] !== null)
    warn('prometheus-auth-config', '--prometheus-ca-file goes before it');
  const pair = ['prometheus-client-tls-cert-file', 'prometheus-client-tls-key-file'] as const;
  const given = pair.filter((flag) => flags[flag] !== null);
  for (const flag of given) {
    if (!hasTrust) warn(flag, 'a client certificate is shown only beside --prometheus-ca-file');
    else if (given.length === 1) warn(flag, 'certificate and key are needed, both');
  }
  if (url.search !== '' && flags['prometheus-verb'] !== 'POST')
    warnings.push(
      `the query of --prometheus-url (${[...new Set(url.searchParams.keys())].join(', ')}) has no effect but with --prometheus-verb=POST; a backends file has parameters for it`,
    );
  return warnings;
}
