import { isIP } from 'node:net';
import { z } from 'zod';
import { parseSelector } from '../../base/label-selector.ts';
import { type ObjectKey, parseKeyText } from '../../base/object-key.ts';
import { durationMs, logLevel, TRUTH_WORDS, wholeNumber } from './flag-values.ts';
import type { FlagSyntax } from './flag-words.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from './metrics-server-unused-flags.ts';
import { cipherList, groupList, type SniCertificate, sniCertificate, tlsVersion } from './tls-flags.ts';

/** The kinds of address that a node has, in the order in which metrics-server prefers them unless told otherwise. */
export const NODE_ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] as const;

/** A kind of address in a node's status. */
export type NodeAddressType = (typeof NODE_ADDRESS_TYPES)[number];

/** As often as metrics-server scrapes at most: the kubelet has nothing newer. */
const RESOLUTION_MS_MIN = 10_000;

/** Of a flag that is given more than once the last value counts, as the chart's `args` over its `defaultArgs` need it. */
const last = <Output>(schema: z.ZodType<Output, string>) =>
  z
    .array(z.string())
    .transform((texts) => texts.at(-1) ?? '')
    .pipe(schema);

/** Joined by commas, and given any number of times: all of them together. */
const list = <Item extends string>(isItem: (text: string) => text is Item, rule: string) =>
  z.array(z.string()).transform((texts, context): readonly Item[] => {
    const items = texts.flatMap((text) => (text === '' ? [] : text.split(',').map((item) => item.trim())));
    const wrong = items.find((item) => !isItem(item));
    if (wrong === undefined) return [...new Set(items.filter(isItem))];
    context.addIssue({ code: 'custom', message: `${rule}; "${wrong}" is none` });
    return z.NEVER;
  });

const matching =
  (pattern: RegExp) =>
  (text: string): text is string =>
    pattern.test(text);

/** Of Go's truth values, whatever a switch was last set to. */
const truth = last(
  z.string().transform((text, context): boolean => {
    const value = TRUTH_WORDS.get(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'must be true or false' });
    return z.NEVER;
  }),
);

/** A file's name, or anything else that is not looked into; an empty text is the flag not given, as upstream. */
const text = last(z.string().transform((value) => (value === '' ? null : value)));

const addressTypes = list(
  (item): item is NodeAddressType => (NODE_ADDRESS_TYPES as readonly string[]).includes(item),
  `must be kinds of node addresses joined by commas, of ${NODE_ADDRESS_TYPES.join(', ')}`,
).refine((types) => types.length > 0, 'must name at least one kind of address');

const headerNames = list(matching(/^[\w!#$%&'*+.^`|~-]+$/), 'must be names of HTTP headers joined by commas');

const resolution = durationMs('notNegative').refine((ms) => ms >= RESOLUTION_MS_MIN, 'must be at least 10s');

const nodeSelector = z.string().superRefine((value, context) => {
  const parsed = parseSelector(value);
  if (parsed.kind === 'selector') return;
  context.addIssue({
    code: 'custom',
    message: `must be a label selector such as pool=web,!virtual: ${parsed.message}`,
  });
});

/** Null: every interface, which is what upstream makes of an unspecified address of either family. */
const bindAddress = z.string().transform((value, context): string | null => {
  if (value === '' || value === '0.0.0.0' || value === '::') return null;
  if (isIP(value) !== 0) return value;
  context.addIssue({ code: 'custom', message: 'must be an IP address such as 10.0.0.7 or ::, without a port' });
  return z.NEVER;
});

const serviceKey = z.string().transform((value, context): ObjectKey => {
  const key = parseKeyText(value);
  if (key !== undefined) return key;
  context.addIssue({ code: 'custom', message: 'must be NAMESPACE/NAME' });
  return z.NEVER;
});

const sniCertificates = z
  .array(sniCertificate)
  .default([])
  .transform((pairs): readonly SniCertificate[] => pairs);

/** Every flag that changes something, with metrics-server's names, defaults and rules; values are lists as typed. */
export const METRICS_SERVER_FLAGS = z.strictObject({
  version: truth.default(false),
  kubeconfig: text.default(null),
  context: text.default(null),
  'metric-resolution': last(resolution).default(60_000),
  'stale-sample-age': last(durationMs('notNegative')).optional(),

  'kubelet-insecure-tls': truth.default(false),
  'kubelet-use-node-status-port': truth.default(false),
  'kubelet-port': last(wholeNumber(1, 65_535)).default(10_250),
  'kubelet-preferred-address-types': addressTypes.default(NODE_ADDRESS_TYPES),
  'kubelet-certificate-authority': text.default(null),
  'kubelet-client-certificate': text.default(null),
  'kubelet-client-key': text.default(null),
  'kubelet-request-timeout': last(durationMs('positive')).default(10_000),
  'node-selector': last(nodeSelector).default(''),
  'deprecated-kubelet-completely-insecure': truth.default(false),

  'secure-port': last(wholeNumber(0, 65_535)).default(443),
  'bind-address': last(bindAddress).default(null),
  'cert-dir': text.default('apiserver.local.config/certificates'),
  'tls-cert-file': text.default(null),
  'tls-private-key-file': text.default(null),
  'tls-sni-cert-key': sniCertificates,
  'tls-min-version': last(tlsVersion).default('TLSv1.2'),
  'tls-cipher-suites': z
    .array(z.string())
    .transform((texts) => texts.join(','))
    .pipe(cipherList)
    .default(null),
  'tls-curve-preferences': z
    .array(z.string())
    .transform((texts) => texts.join(','))
    .pipe(groupList)
    .default(null),
  'max-requests-inflight': last(wholeNumber(0, 1_000_000)).default(400),
  'request-timeout': last(durationMs('positive')).default(60_000),
  'shutdown-delay-duration': last(durationMs('notNegative')).default(0),

  'authentication-kubeconfig': text.default(null),
  'authentication-skip-lookup': truth.default(false),
  'authentication-tolerate-lookup-failure': truth.default(false),
  'authentication-token-webhook-cache-ttl': last(durationMs('notNegative')).default(10_000),
  'client-ca-file': text.default(null),
  'requestheader-client-ca-file': text.default(null),
  'requestheader-allowed-names': list(matching(/./), 'must be common names joined by commas').default([]),
  'requestheader-username-headers': headerNames.default(['x-remote-user']),
  'requestheader-group-headers': headerNames.default(['x-remote-group']),
  'requestheader-extra-headers-prefix': headerNames.default(['x-remote-extra-']),
  'requestheader-uid-headers': headerNames.default([]),
  'authorization-kubeconfig': text.default(null),
  'authorization-always-allow-paths': list(
    matching(/^[^*]+\*?$|^\*$/),
    'must be paths joined by commas, with * at the end alone',
  ).default(['/healthz', '/readyz', '/livez']),
  'authorization-webhook-cache-authorized-ttl': last(durationMs('notNegative')).default(10_000),
  'authorization-webhook-cache-unauthorized-ttl': last(durationMs('notNegative')).default(10_000),

  service: last(serviceKey).default({ namespace: 'kube-system', name: 'metrics-server' }),
  'apiservice-ca-bundle': last(z.enum(['keep', 'leave'], 'must be keep or leave')).default('keep'),

  'logging-format': last(z.enum(['json', 'text'], 'must be json or text')).default('json'),
  v: last(wholeNumber(0, 2_147_483_647)).default(0),
  'log-level': last(logLevel).optional(),
});

/** The name of a flag that changes something. */
export type MetricsServerFlag = keyof typeof METRICS_SERVER_FLAGS.shape;

/** What the flags come to. */
export type ParsedMetricsServerFlags = z.output<typeof METRICS_SERVER_FLAGS>;

const SWITCHES: ReadonlySet<string> = new Set<MetricsServerFlag>([
  'version',
  'kubelet-insecure-tls',
  'kubelet-use-node-status-port',
  'deprecated-kubelet-completely-insecure',
  'authentication-skip-lookup',
  'authentication-tolerate-lookup-failure',
]);

const FREE_TEXTS: ReadonlySet<string> = new Set<MetricsServerFlag>([
  'kubeconfig',
  'context',
  'kubelet-certificate-authority',
  'kubelet-client-certificate',
  'kubelet-client-key',
  'cert-dir',
  'tls-cert-file',
  'tls-private-key-file',
  'tls-sni-cert-key',
  'authentication-kubeconfig',
  'authorization-kubeconfig',
  'client-ca-file',
  'requestheader-client-ca-file',
  'requestheader-allowed-names',
]);

const SHORTHANDS: Readonly<Partial<Record<MetricsServerFlag, string>>> = { 'node-selector': 'l', v: 'v' };

/** How each flag is written, those without effect too. */
export const METRICS_SERVER_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map<string, FlagSyntax>([
  ...(Object.keys(METRICS_SERVER_FLAGS.shape) as readonly MetricsServerFlag[]).map((name): [string, FlagSyntax] => {
    const shorthand = SHORTHANDS[name];
    const syntax = { isSwitch: SWITCHES.has(name), isFreeText: FREE_TEXTS.has(name) };
    return [name, shorthand === undefined ? syntax : { ...syntax, shorthand }];
  }),
  ...[...UNUSED_METRICS_SERVER_FLAGS].map(([name, { kind }]): [string, FlagSyntax] => {
    return [name, { isSwitch: kind === 'switch', isFreeText: kind === 'text' }];
  }),
]);
