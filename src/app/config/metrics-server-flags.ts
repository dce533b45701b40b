import { z } from 'zod';
import { parseSelector } from '../../base/label-selector.ts';
import {
  AGGREGATED_SERVER_FLAGS,
  AGGREGATED_SERVER_FREE_TEXTS,
  AGGREGATED_SERVER_SWITCHES,
  commaList,
  serviceKey,
} from './aggregated-server-flags.ts';
import { durationMs, lastValue, logLevel, switchValue, textValue, wholeNumber } from './flag-values.ts';
import type { FlagSyntax } from './flag-words.ts';
import { UNUSED_METRICS_SERVER_FLAGS } from './metrics-server-unused-flags.ts';

/** The kinds of address that a node has, in the order in which metrics-server prefers them unless told otherwise. */
export const NODE_ADDRESS_TYPES = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] as const;

/** A kind of address in a node's status. */
export type NodeAddressType = (typeof NODE_ADDRESS_TYPES)[number];

/** As often as metrics-server scrapes at most: the kubelet has nothing newer. */
const RESOLUTION_MS_MIN = 10_000;

const addressTypes = commaList(
  (item): item is NodeAddressType => (NODE_ADDRESS_TYPES as readonly string[]).includes(item),
  `must be kinds of node addresses joined by commas, of ${NODE_ADDRESS_TYPES.join(', ')}`,
).refine((types) => types.length > 0, 'must name at least one kind of address');

const resolution = durationMs('notNegative').refine((ms) => ms >= RESOLUTION_MS_MIN, 'must be at least 10s');

const nodeSelector = z.string().superRefine((value, context) => {
  const parsed = parseSelector(value);
  if (parsed.kind === 'selector') return;
  context.addIssue({
    code: 'custom',
    message: `must be a label selector such as pool=web,!virtual: ${parsed.message}`,
  });
});

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

  service: lastValue(serviceKey).default({ namespace: 'kube-system', name: 'metrics-server' }),
  ...AGGREGATED_SERVER_FLAGS,

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
  'strict-upstream-readiness',
  ...AGGREGATED_SERVER_SWITCHES,
]);

const FREE_TEXTS: ReadonlySet<string> = new Set<MetricsServerFlag>([
  'kubeconfig',
  'context',
  'kubelet-certificate-authority',
  'kubelet-client-certificate',
  'kubelet-client-key',
  ...AGGREGATED_SERVER_FREE_TEXTS,
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
