import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '../../base/duration.ts';
import { PROMETHEUS_ANSWER_BYTES_MAX, PROMETHEUS_SERIES_COUNT_MAX } from '../../base/limits.ts';
import type { BackendAuthentication, NamedText, PrometheusBackend } from '../../metrics/prometheus/backend.ts';
import { DNS_LABEL } from './flag-values.ts';
import { PlacedYaml, problemsOf } from './placed-yaml.ts';

/**
 * What a backend has that says nothing else. Prometheus itself takes 20 queries at once. HPAs ask every fifteen seconds, each at
 * an instant of its own: in two seconds many of them meet, and none meets itself.
 */
export const BACKEND_DEFAULTS = {
  deadlineMs: 10_000,
  queriesCountMax: 10,
  freshnessMs: 2_000,
  answerBytesMax: PROMETHEUS_ANSWER_BYTES_MAX,
  seriesCountMax: PROMETHEUS_SERIES_COUNT_MAX,
} as const;

/**
 * Reads a backends file: Prometheus servers by name. Files that it names are meant relative to its own folder. `path` is what
 * messages name.
 *
 * @throws Failure('invalid') with all that is wrong in it, each with its line and column.
 */
export function parsePrometheusBackends(path: string, text: string): readonly PrometheusBackend[] {
  const file = new PlacedYaml(path, text, 'docs/specification/prometheus-backends.md says what can be said');
  const parsed = FILE.safeParse(file.value ?? {});
  if (!parsed.success) throw file.failure(problemsOf(parsed.error));
  const folder = dirname(resolve(path));
  return parsed.data.backends.map((entry) => backendOf(entry, folder));
}

/** What may stand in a request. */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const text = z.string('must be a text').min(1, 'must not be empty');

const secret = text.regex(/^[\x21-\x7e]+$/, 'must be one word without blanks and line breaks');

const url = text.superRefine((value, context) => {
  const parsed = URL.parse(value);
  const complain = (message: string) => context.addIssue({ code: 'custom', message });
  if (parsed === null || (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')) {
    complain('must be an http or https URL such as https://prometheus.monitoring:9090');
    return;
  }
  if (parsed.username !== '' || parsed.password !== '') complain('must not hold a user: say authentication.basic');
  if (parsed.search !== '') complain('must not hold a query: say parameters');
  if (parsed.hash !== '') complain('must not hold a fragment');
  if (/\/api\/v1(\/|$)/.test(parsed.pathname)) complain('must end before /api/v1');
});

const duration = (minMs: number, maxMs: number, rule: string) =>
  z.string(rule).transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed !== undefined && parsed >= minMs && parsed <= maxMs) return parsed;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });

/** How much older than asked for an answer may be. */
export const freshness = duration(0, 600_000, 'must be a duration from 0s to 10m, such as 5s');

const count = (max: number) => {
  const rule = `must be a whole number from 1 to ${max}`;
  return z.int(rule).min(1, rule).max(max, rule);
};

/** Names that the client sets by itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
]);

const headers = z
  .record(
    z
      .string()
      .regex(HEADER_NAME, 'must be the name of a header')
      .refine(
        (name) => !OWN_HEADERS.has(name.toLowerCase()),
        'must be none of the headers that the client sets itself',
      ),
    z.union([headerText(), z.array(headerText())], 'must be a text or a list of texts'),
    'must be a mapping of names to texts',
  )
  .transform((entries): readonly NamedText[] =>
    flat(entries).map(({ name, value }) => ({ name: name.toLowerCase(), value })),
  );

function headerText() {
  return z.string('must be a text').regex(HEADER_VALUE, 'must be a text without line breaks');
}

const parameterText = z.string('must be a text, in quotation marks if it looks like something else');

const parameters = z
  .record(
    z
      .string()
      .refine((name) => !OWN_PARAMETERS.has(name), 'must be none of the parameters that the client sets itself'),
    z.union(
      [parameterText, z.array(parameterText)],
      'must be a text or a list of texts, in quotation marks if it looks like something else',
    ),
    'must be a mapping of names to texts',
  )
  .transform(flat);

const OWN_PARAMETERS: ReadonlySet<string> = new Set([
  'query',
  'time',
  'timeout',
  'start',
  'end',
  'step',
  'match[]',
  'metric',
]);

function flat(entries: Readonly<Record<string, string | readonly string[]>>): readonly NamedText[] {
  return Object.entries(entries).flatMap(([name, values]) =>
    (typeof values === 'string' ? [values] : values).map((value) => ({ name, value })),
  );
}

const AUTHENTICATION_RULE = 'must have exactly one of basic, token, tokenFile and kubeconfig';

const authentication = z
  .strictObject(
    {
      basic: z
        .strictObject({ username: text, password: text.optional(), passwordFile: text.optional() })
        .refine(
          ({ password, passwordFile }) => (password === undefined) !== (passwordFile === undefined),
          'must have either password or passwordFile',
        )
        .optional(),
      token: secret.optional(),
      tokenFile: text.optional(),
      kubeconfig: text.optional(),
    },
    AUTHENTICATION_RULE,
  )
  .refine((given) => Object.values(given).filter((each) => each !== undefined).length === 1, AUTHENTICATION_RULE);

const tls = z
  .strictObject(
    {
      caFile: text.optional(),
      certificateFile: text.optional(),
      privateKeyFile: text.optional(),
      serverName: text.optional(),
      insecureSkipVerify: z.boolean('must be true or false').default(false),
    },
    'must be a mapping',
  )
  .refine(
    ({ certificateFile, privateKeyFile }) => (certificateFile === undefined) === (privateKeyFile === undefined),
    'must have both certificateFile and privateKeyFile, or neither',
  )
  .refine(
    ({ caFile, insecureSkipVerify }) => caFile === undefined || !insecureSkipVerify,
    'must not have caFile beside insecureSkipVerify, which believes everybody',
  );

const backend = z.strictObject(
  {
    name: z
      .string('must be the name of the backend: lower case letters, digits and dashes')
      .regex(DNS_LABEL, 'must be lower case letters, digits and dashes')
      .max(63, 'must not exceed 63 characters'),
    url,
    verb: z.enum(['auto', 'GET', 'POST'], 'must be auto, GET or POST').default('auto'),
    authentication: authentication.optional(),
    tls: tls.default({ insecureSkipVerify: false }),
    headers: headers.default([]),
    parameters: parameters.default([]),
    proxy: z.enum(['environment', 'none'], 'must be environment or none').default('environment'),
    deadline: duration(1, 600_000, 'must be a duration from 1ms to 10m, such as 10s').default(
      BACKEND_DEFAULTS.deadlineMs,
    ),
    concurrency: count(1_000).default(BACKEND_DEFAULTS.queriesCountMax),
    freshness: freshness.default(BACKEND_DEFAULTS.freshnessMs),
    maxAnswerBytes: count(1024 ** 3).default(BACKEND_DEFAULTS.answerBytesMax),
    maxSeries: count(10_000_000).default(BACKEND_DEFAULTS.seriesCountMax),
  },
  'must be a mapping',
);

const FILE = z.strictObject(
  {
    backends: z
      .array(backend, 'must be a list of backends')
      .min(1, 'must have at least one backend')
      .superRefine((entries, context) => {
        const seen = new Set<string>();
        for (const [index, { name }] of entries.entries()) {
          if (seen.has(name))
            context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must be there only once' });
          seen.add(name);
        }
      }),
  },
  'must be a mapping',
);

type BackendEntry = z.output<typeof backend>;

function backendOf(entry: BackendEntry, folder: string): PrometheusBackend {
  const { caFile, certificateFile, privateKeyFile, serverName, insecureSkipVerify } = entry.tls;
  return {
    name: entry.name,
    url: entry.url.replace(/\/+$/, ''),
    verb: entry.verb,
    authentication: authenticationOf(entry.authentication, folder),
    tls: {
      ...(caFile === undefined ? {} : { caFile: resolve(folder, caFile) }),
      ...(certificateFile === undefined ? {} : { certificateFile: resolve(folder, certificateFile) }),
      ...(privateKeyFile === undefined ? {} : { privateKeyFile: resolve(folder, privateKeyFile) }),
      ...(serverName === undefined ? {} : { serverName }),
      isVerified: !insecureSkipVerify,
    },
    kubeconfigFile:
      entry.authentication?.kubeconfig === undefined ? null : resolve(folder, entry.authentication.kubeconfig),
    headers: entry.headers,
    parameters: entry.parameters,
    isProxied: entry.proxy === 'environment',
    deadlineMs: entry.deadline,
    queriesCountMax: entry.concurrency,
    freshnessMs: entry.freshness,
    answerBytesMax: entry.maxAnswerBytes,
    seriesCountMax: entry.maxSeries,
  };
}

function authenticationOf(given: BackendEntry['authentication'], folder: string): BackendAuthentication {
  const { basic, token, tokenFile } = given ?? {};
  if (basic !== undefined) {
    const { username, password, passwordFile } = basic;
    if (passwordFile === undefined) return { kind: 'basic', username, password: password ?? '' };
    return { kind: 'basicFile', username, passwordFile: resolve(folder, passwordFile) };
  }
  if (token !== undefined) return { kind: 'token', token };
  if (tokenFile !== undefined) return { kind: 'tokenFile', tokenFile: resolve(folder, tokenFile) };
  return { kind: 'none' };
}
