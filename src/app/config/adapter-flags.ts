import { z } from 'zod';
import {
  AGGREGATED_SERVER_FLAGS,
  AGGREGATED_SERVER_FREE_TEXTS,
  AGGREGATED_SERVER_SWITCHES,
  serviceKey,
} from './aggregated-server-flags.ts';
import { durationMs, lastValue, logLevel, switchValue, textValue, wholeNumber } from './flag-values.ts';
import type { FlagSyntax } from './flag-words.ts';
import { UNUSED_METRICS_SERVER_FLAGS, type UnusedFlag } from './metrics-server-unused-flags.ts';
import { PASS_THROUGH_FLAGS, PASS_THROUGH_FREE_TEXTS } from './pass-through-flags.ts';
import { PROMETHEUS_FLAGS, PROMETHEUS_SYNTAX } from './prometheus-flags.ts';
import { QUERY_ANNOTATION_FLAGS } from './query-annotation-flags.ts';

const HTTP_2 = 'HTTP/1.1 is served';
const THROTTLE = 'requests to the API server are not slowed down';

/** The flags of prometheus-adapter that change nothing here, those of the generic API server and of klog among them. */
export const UNUSED_ADAPTER_FLAGS: ReadonlyMap<string, UnusedFlag> = new Map<string, UnusedFlag>([
  ...UNUSED_METRICS_SERVER_FLAGS,
  ['disable-http2', { kind: 'switch', why: HTTP_2 }],
  ['discovery-interval', { kind: 'duration', why: 'kinds of the cluster are read once a minute' }],
  ['client-qps', { kind: 'fraction', why: THROTTLE }],
  ['client-burst', { kind: 'count', why: THROTTLE }],
]);

/** Every flag that changes something, with prometheus-adapter's names, defaults and rules (specification 5); values are lists as typed. */
export const ADAPTER_FLAGS = z.strictObject({
  version: switchValue.default(false),
  config: textValue.default(null),
  'lister-kubeconfig': textValue.default(null),
  'metrics-relist-interval': lastValue(durationMs('positive')).default(600_000),
  'metrics-max-age': lastValue(durationMs('notNegative')).optional(),
  discovery: lastValue(z.enum(['full', 'minimal'], 'must be full or minimal')).default('full'),
  'metrics-keep-relists': lastValue(wholeNumber(0, 1_000)).default(0),

  ...PROMETHEUS_FLAGS,
  'prometheus-backends': textValue.default(null),

  ...QUERY_ANNOTATION_FLAGS,

  ...PASS_THROUGH_FLAGS,

  ...AGGREGATED_SERVER_FLAGS,
  service: lastValue(serviceKey).default({ namespace: 'monitoring', name: 'prometheus-adapter' }),

  v: lastValue(wholeNumber(0, 2_147_483_647)).default(0),
  'log-level': lastValue(logLevel).optional(),
});

/** The name of a flag that changes something. */
export type AdapterFlag = keyof typeof ADAPTER_FLAGS.shape;

/** What the flags come to. */
export type ParsedAdapterFlags = z.output<typeof ADAPTER_FLAGS>;

const SWITCHES: ReadonlySet<string> = new Set<AdapterFlag>([
  'version',
  'pass-through-caller',
  ...AGGREGATED_SERVER_SWITCHES,
]);

const FREE_TEXTS: ReadonlySet<string> = new Set<AdapterFlag>([
  'config',
  'lister-kubeconfig',
  'prometheus-backends',
  ...PASS_THROUGH_FREE_TEXTS,
  ...AGGREGATED_SERVER_FREE_TEXTS,
]);

/** How each flag is written, those without effect too. */
export const ADAPTER_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map<string, FlagSyntax>([
  ...(Object.keys(ADAPTER_FLAGS.shape) as readonly AdapterFlag[]).map((name): [string, FlagSyntax] => [
    name,
    {
      isSwitch: SWITCHES.has(name),
      isFreeText: FREE_TEXTS.has(name),
      ...(name === 'v' ? { shorthand: 'v' } : {}),
    },
  ]),
  ...PROMETHEUS_SYNTAX,
  ...[...UNUSED_ADAPTER_FLAGS].map(([name, { kind }]): [string, FlagSyntax] => {
    return [name, { isSwitch: kind === 'switch', isFreeText: kind === 'text' }];
  }),
]);
