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
import { PROMETHEUS_SYNTAX } from './prometheus-flags.ts';

/** What the words of `podtide run` ask for. */
export interface RunConfig {
  readonly controller: ControllerConfig;
  readonly metricsServer: Extract<MetricsServerStart, { kind: 'serve' }>;
}

/** The parts that can run in one process. */
const PARTS = ['controller', 'metrics-server'] as const;

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
]);

/**
 * Reads the words behind `podtide run`: `--with controller,metrics-server`, and the flags of both, each for the part that
 * has it. What both have, `--kubeconfig`, `--context`, `--log-level` and the two files of the serving certificate, is for
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
  const found = [...problems, ...strayWordProblems(operands), ...partsProblems(values.get(OWN_FLAG) ?? [])];
  const controller = attempt(found, () => parseControllerConfig(controllerFlags as ControllerFlags, environment));
  const metricsServer = attempt(found, () => parseMetricsServerWords(metricsServerWords));
  if (metricsServer?.kind === 'version') found.push('--version: is none of podtide run; podtide --version says it');
  if (found.length > 0 || controller === undefined || metricsServer?.kind !== 'serve') {
    throw new Failure('invalid', [...new Set(found)].join('\n'));
  }
  return { controller, metricsServer };
}

function partsProblems(texts: readonly string[]): readonly string[] {
  const named = new Set(texts.flatMap((text) => text.split(',').map((part) => part.trim())));
  const isWhole = named.size === PARTS.length && PARTS.every((part) => named.has(part));
  if (isWhole) return [];
  return [
    `--with=${texts.join(',')}: must be ${PARTS.join(',')}; a part alone is its own command, podtide ${PARTS.join(' or podtide ')}`,
  ];
}
