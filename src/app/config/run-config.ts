import { Failure } from '../../base/failure.ts';
import {
  CONTROLLER_FLAGS,
  CONTROLLER_LISTS,
  CONTROLLER_SWITCHES,
  type ControllerConfig,
  type ControllerFlags,
  parseControllerConfig,
} from './controller-config.ts';
import type { Environment } from './environment.ts';
import { attempt } from './flag-values.ts';
import { type FlagSyntax, readFlagWords, strayWordProblems } from './flag-words.ts';
import { type MetricsServerStart, parseMetricsServerWords } from './metrics-server-config.ts';
import { METRICS_SERVER_SYNTAX } from './metrics-server-flags.ts';
import {
  NOTIFIER_FLAGS,
  type NotifierFlag,
  type NotifierFlags,
  type NotifierSettings,
  parseNotifierFlags,
} from './notifier-flags.ts';
import { PROMETHEUS_SYNTAX } from './prometheus-flags.ts';

/** What the words of `podtide run` ask for. */
export interface RunConfig {
  readonly controller: ControllerConfig;
  readonly metricsServer: Extract<MetricsServerStart, { kind: 'serve' }>;
  /** Null when `--with` does not name it. */
  readonly notifier: NotifierSettings | null;
}

/** The parts that always run in one process, and the one that may. */
const PARTS = ['controller', 'metrics-server'] as const;
const OPTIONAL_PART = 'notifier';

/** What the notifier alone is told, by the name that it has among the flags of the others. */
const NOTIFIER_OWN: ReadonlyMap<string, NotifierFlag> = new Map([
  ['notifier-config', 'config'],
  ['notifier-listen', 'listen'],
  ['notifier-state', 'state'],
  ['notifier-sink-ca-file', 'sink-ca-file'],
]);

/** What it shares with the controller; its Lease is its own. */
const NOTIFIER_SHARED: readonly NotifierFlag[] = NOTIFIER_FLAGS.filter(
  (flag) => ![...NOTIFIER_OWN.values(), 'leader-elect-resource-name'].includes(flag),
);

const OWN_FLAG = 'with';

const CONTROLLER_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map(
  CONTROLLER_FLAGS.map((flag) => [flag, { isSwitch: CONTROLLER_SWITCHES.has(flag) }]),
);

const LISTS: ReadonlySet<string> = CONTROLLER_LISTS;

/** Every flag of both; those of metrics-server have stricter rules of writing, which a flag of both follows. */
export const RUN_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map([
  [OWN_FLAG, {}],
  ...CONTROLLER_SYNTAX,
  ...PROMETHEUS_SYNTAX,
  ...METRICS_SERVER_SYNTAX,
  ...[...NOTIFIER_OWN.keys()].map((flag): [string, FlagSyntax] => [flag, {}]),
]);

/**
 * Reads the words behind `podtide run`: `--with controller,metrics-server`, and the flags of both, each for the part that
 * has it; with `notifier` as a third part its own flags begin with its name, and the rest is as the controller's. What both have, `--kubeconfig`, `--context`, `--log-level` and the two files of the serving certificate, is for
 * both. Throws Failure `invalid` that lists every problem at once.
 */
export function parseRunWords(words: readonly string[], environment: Pick<Environment, 'inClusterHost'>): RunConfig {
  const { values, operands, problems } = readFlagWords(words, RUN_SYNTAX);
  const given = [...values].filter(([flag]) => flag !== OWN_FLAG);
  const controllerFlags = Object.fromEntries(
    given
      .filter(([flag]) => CONTROLLER_SYNTAX.has(flag))
      .map(([flag, texts]) => [flag, LISTS.has(flag) ? texts : texts.at(-1)]),
  );
  const metricsServerWords = given
    .filter(([flag]) => METRICS_SERVER_SYNTAX.has(flag))
    .flatMap(([flag, texts]) => texts.map((text) => `--${flag}=${text}`));
  const parts = partsOf(values.get(OWN_FLAG) ?? []);
  const found = [...problems, ...strayWordProblems(operands), ...partsProblems(values.get(OWN_FLAG) ?? [])];
  const controller = attempt(found, () => parseControllerConfig(controllerFlags as ControllerFlags, environment));
  const metricsServer = attempt(found, () => parseMetricsServerWords(metricsServerWords));
  if (metricsServer?.kind === 'version') found.push('--version: is none of podtide run; podtide --version says it');
  const notifier = parts.has(OPTIONAL_PART) ? attempt(found, () => parseNotifierFlags(notifierFlags(values))) : null;
  if (notifier === null) found.push(...strangerProblems(values));
  if (found.length > 0 || notifier === undefined || controller === undefined || metricsServer?.kind !== 'serve') {
    throw new Failure('invalid', [...new Set(found)].join('\n'));
  }
  return { controller, metricsServer, notifier };
}

function notifierFlags(values: ReadonlyMap<string, readonly string[]>): NotifierFlags {
  const own = [...NOTIFIER_OWN].map(([given, flag]) => [flag, values.get(given)?.at(-1)] as const);
  const shared = NOTIFIER_SHARED.map((flag) => [flag, values.get(flag)?.at(-1)] as const);
  return Object.fromEntries([...own, ...shared].filter(([, text]) => text !== undefined));
}

/** Flags of a part that is not asked for. */
function strangerProblems(values: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...NOTIFIER_OWN.keys()]
    .filter((flag) => values.has(flag))
    .map((flag) => `--${flag}: is of the notifier, which --with does not name`);
}

function partsOf(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.flatMap((text) => text.split(',').map((part) => part.trim())));
}

function partsProblems(texts: readonly string[]): readonly string[] {
  const named = partsOf(texts);
  const others = [...named].filter((part) => part !== OPTIONAL_PART);
  const isWhole = others.length === PARTS.length && PARTS.every((part) => named.has(part));
  if (isWhole) return [];
  return [
    `--with=${texts.join(',')}: must be ${PARTS.join(',')} or ${[...PARTS, OPTIONAL_PART].join(',')}; a part alone is its own command, podtide ${[...PARTS, OPTIONAL_PART].join(' or podtide ')}`,
  ];
}
