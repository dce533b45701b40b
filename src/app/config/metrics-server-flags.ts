import { isIP } from 'node:net';
import { z } from 'zod';
import { parseSelector } from '../../base/label-selector.ts';
import { type ObjectKey, parseKeyText } from '../../base/object-key.ts';
import { durationMs, lastValue, logLevel, switchValue, textValue, wholeNumber } from './flag-values.ts';
import type { FlagSyntax } from './flag-words.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from './metrics-server-unused-flags.ts';
import { cipherList, groupList, type SniCertificate, sniCertificate, tlsVersion } from './tls-flags.ts';

/** The kinds of address that a node has, in the order in which metrics-server prefers them unless told otherwise. */
export const NODE_ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] as const;

/** A kind of address in a node's status. */
export type NodeAddressType = (typeof NODE_ADDRESS_TYPES)[number];

/** As often as metrics-server scrapes at most: the kubelet has nothing newer. */
const RESOLUTION_MS_MIN = 10_000;

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
  version: switchValue.default(false),
  kubeconfig: textValue.default(null),
  context: textValue.default(null),
  'metric-resolution': lastValue(resolution).default(60_000),
  'stale-sample-age': lastValue(durationMs('notNegative')).optional(),
  'strict-upstream-readiness': switchValue.default(false),

  'kubelet-insecure-tls': switchValue.default(false),
  'kubelet-use-node-status-port': switchValue.default(false),
  'kubelet-port': lastValue(wholeNumber(1, 65_535)).default(10_250),
  'kubelet-preferred-address-types': addressTypes.default(NODE_ADDRESS_TYPES),
  'kubelet-certificate-authority': textValue.default(null),
  'kubelet-client-certificate': textValue.default(null),
  'kubelet-client-key': textValue.default(null),
  'kubelet-request-timeout': lastValue(durationMs('positive')).default(10_000),
  'node-selector': lastValue(nodeSelector).default(''),
  'deprecated-kubelet-completely-insecure': switchValue.default(false),

  'secure-port': lastValue(wholeNumber(0, 65_535)).default(443),
  'bind-address': lastValue(bindAddress).default(null),
  'cert-dir': textValue.default('apiserver.local.config/certificates'),
  'tls-cert-file': textValue.default(null),
  'tls-private-key-file': textValue.default(null),
  'tls-sni-cert-key': sniCertificates,
  'tls-min-version': lastValue(tlsVersion).default('TLSv1.2'),
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
  'max-requests-inflight': lastValue(wholeNumber(0, 1_000_000)).default(400),
  'request-timeout': lastValue(durationMs('positive')).default(60_000),
  'shutdown-delay-duration': lastValue(durationMs('notNegative')).default(0),

  'authentication-kubeconfig': textValue.default(null),
  'authentication-skip-lookup': switchValue.default(false),
  'authentication-tolerate-lookup-failure': switchValue.default(false),
  'authentication-token-webhook-cache-ttl': lastValue(durationMs('notNegative')).default(10_000),
  'client-ca-file': textValue.default(null),
  'requestheader-client-ca-file': textValue.default(null),
  'requestheader-allowed-names': list(matching(/./), 'must be common names joined by commas').default([]),
  'requestheader-username-headers': headerNames.default(['x-remote-user']),
  'requestheader-group-headers': headerNames.default(['x-remote-group']),
  'requestheader-extra-headers-prefix': headerNames.default(['x-remote-extra-']),
  'requestheader-uid-headers': headerNames.default([]),
  'authorization-kubeconfig': textValue.default(null),
  'authorization-always-allow-paths': list(
    matching(/^[^*]+\*?$|^\*$/),
    'must be paths joined by commas, with * at the end alone',
  ).default(['/healthz', '/readyz', '/livez']),
  'authorization-webhook-cache-authorized-ttl': lastValue(durationMs('notNegative')).default(10_000),
  'authorization-webhook-cache-unauthorized-ttl': lastValue(durationMs('notNegative')).default(10_000),

  service: lastValue(serviceKey).default({ namespace: 'kube-system', name: 'metrics-server' }),
  'apiservice-ca-bundle': lastValue(z.enum(['keep', 'leave'], 'must be keep or leave')).default('keep'),

  'logging-format': lastValue(z.enum(['json', 'text'], 'must be json or text')).default('json'),
  v: lastValue(wholeNumber(0, 2_147_483_647)).default(0),
  'log-level': lastValue(logLevel).optional(),
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
  'strict-upstream-readiness',
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
