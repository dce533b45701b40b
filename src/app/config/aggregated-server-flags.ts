import { isIP } from 'node:net';
import { z } from 'zod';
import { type ObjectKey, parseKeyText } from '../../base/object-key.ts';
import { durationMs, lastValue, switchValue, textValue, wholeNumber } from './flag-values.ts';
import { cipherList, groupList, type SniCertificate, sniCertificate, tlsVersion } from './tls-flags.ts';

/** Joined by commas, and given any number of times: all of them together. */
export const commaList = <Item extends string>(isItem: (text: string) => text is Item, rule: string) =>
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

const headerNames = commaList(matching(/^[\w!#$%&'*+.^`|~-]+$/), 'must be names of HTTP headers joined by commas');

/** Null: every interface, which is what upstream makes of an unspecified address of either family. */
const bindAddress = z.string().transform((value, context): string | null => {
  if (value === '' || value === '0.0.0.0' || value === '::') return null;
  if (isIP(value) !== 0) return value;
  context.addIssue({ code: 'custom', message: 'must be an IP address such as 10.0.0.7 or ::, without a port' });
  return z.NEVER;
});

/** `NAMESPACE/NAME` of the Service that the API server reaches a server by. */
export const serviceKey = z.string().transform((value, context): ObjectKey => {
  const key = parseKeyText(value);
  if (key !== undefined) return key;
  context.addIssue({ code: 'custom', message: 'must be NAMESPACE/NAME' });
  return z.NEVER;
});

const sniCertificates = z
  .array(sniCertificate)
  .default([])
  .transform((pairs): readonly SniCertificate[] => pairs);

/**
 * The flags of k8s.io/apiserver that every aggregated server takes: where it listens, with which certificate, and whom it
 * believes; with upstream's names, defaults and rules. Values are lists as typed.
 */
export const AGGREGATED_SERVER_FLAGS = {
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
  'requestheader-allowed-names': commaList(matching(/./), 'must be common names joined by commas').default([]),
  'requestheader-username-headers': headerNames.default(['x-remote-user']),
  'requestheader-group-headers': headerNames.default(['x-remote-group']),
  'requestheader-extra-headers-prefix': headerNames.default(['x-remote-extra-']),
  'requestheader-uid-headers': headerNames.default([]),
  'authorization-kubeconfig': textValue.default(null),
  'authorization-always-allow-paths': commaList(
    matching(/^[^*]+\*?$|^\*$/),
    'must be paths joined by commas, with * at the end alone',
  ).default(['/healthz', '/readyz', '/livez']),
  'authorization-webhook-cache-authorized-ttl': lastValue(durationMs('notNegative')).default(10_000),
  'authorization-webhook-cache-unauthorized-ttl': lastValue(durationMs('notNegative')).default(10_000),

  'apiservice-ca-bundle': lastValue(z.enum(['keep', 'leave'], 'must be keep or leave')).default('keep'),
} as const;

/** The name of one of these flags. */
export type AggregatedServerFlag = keyof typeof AGGREGATED_SERVER_FLAGS;

/** What they come to, with the Service, whose default is each command's own. */
export type ParsedAggregatedServerFlags = z.output<z.ZodObject<typeof AGGREGATED_SERVER_FLAGS>> & {
  readonly service: ObjectKey;
};

/** Those that stand alone. */
export const AGGREGATED_SERVER_SWITCHES: readonly AggregatedServerFlag[] = [
  'authentication-skip-lookup',
  'authentication-tolerate-lookup-failure',
];

/** Those whose value is a file's name or the like. */
export const AGGREGATED_SERVER_FREE_TEXTS: readonly AggregatedServerFlag[] = [
  'cert-dir',
  'tls-cert-file',
  'tls-private-key-file',
  'tls-sni-cert-key',
  'authentication-kubeconfig',
  'authorization-kubeconfig',
  'client-ca-file',
  'requestheader-client-ca-file',
  'requestheader-allowed-names',
];
