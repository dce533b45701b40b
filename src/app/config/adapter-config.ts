import { Failure } from '../../base/failure.ts';
import type { QueryAccess } from '../../metrics/query/query-access.ts';
import { ADAPTER_FLAGS, ADAPTER_SYNTAX, type ParsedAdapterFlags, UNUSED_ADAPTER_FLAGS } from './adapter-flags.ts';
import {
  type AuthenticationConfig,
  type AuthorizationConfig,
  authenticationOf,
  authorizationOf,
  type ServingConfig,
  servingOf,
} from './aggregated-server-config.ts';
import { aggregatedServerWarnings } from './aggregated-server-warnings.ts';
import type { Environment } from './environment.ts';
import type { LogLevel } from './flag-values.ts';
import { valueProblems } from './flag-values.ts';
import { readFlagWords, strayWordProblems } from './flag-words.ts';
import { unusedFlagWarnings, unusedValueProblems } from './metrics-server-unused-flags.ts';
import { type PassThroughConfig, passThroughOf, passThroughProblems } from './pass-through-flags.ts';
import { backendsFileProblems, choosePrometheus, type PrometheusChoice } from './prometheus-choice.ts';
import { queryAccessOf, queryAnnotationProblems } from './query-annotation-flags.ts';

/** What the words of `podtide adapter` ask for. */
export type AdapterStart =
  | { readonly kind: 'version' }
  | {
      readonly kind: 'serve';
      readonly config: AdapterConfig;
      /** For the log, once, before anything else: flags without effect, and what is unsafe and how to mend it. */
      readonly warnings: readonly string[];
    };

/** Everything that the process knows of itself; the rules are in the files. */
export interface AdapterConfig {
  /** The file of the rules, or a folder of such files; null where HPAs bring their queries along, and there are no rules. */
  readonly rulesPath: string | null;
  /** For kinds, lists of objects, the Secret and the APIServices; null leaves it to the environment. */
  readonly kubeconfig: string | null;
  /** From the end of one listing of series to the next. */
  readonly relistIntervalMs: number;
  /** How old the last sample of a series may be for its metric to be there. */
  readonly maxAgeMs: number;
  /** Whether the series of all rules are listed, or of those alone that may make what HPAs ask for. */
  readonly discovery: 'full' | 'minimal';
  /** For how many further lists a metric stays whose series they do not have. */
  readonly keptListsCount: number;
  readonly prometheus: PrometheusChoice;
  /** Null: no HPA may bring queries along. */
  readonly queries: QueryAccess | null;
  /** Null: what no rule makes is not there. */
  readonly passThrough: PassThroughConfig | null;
  readonly serving: ServingConfig;
  readonly authentication: AuthenticationConfig;
  readonly authorization: AuthorizationConfig;
  readonly logLevel: LogLevel;
}

/** From this verbosity on Kubernetes' programs tell what is only of use for finding faults. */
const DEBUG_VERBOSITY = 6;

const HELP_HINT = 'podtide adapter serve --help says what each flag takes';

/** What images and charts put before the flags: the program's own name. */
const PROGRAM_NAME = /^(?!-)(.*\/)?adapter$/;

/**
 * Reads the words behind `podtide adapter`, which may be those of prometheus-adapter, its program's name in front of them
 * included. Throws Failure `invalid` that lists every problem at once, each with its flag, the value and the rule.
 */
export function parseAdapterWords(words: readonly string[], environment: Environment): AdapterStart {
  const own = PROGRAM_NAME.test(words[0] ?? '') ? words.slice(1) : words;
  const { values, operands, problems } = readFlagWords(own, ADAPTER_SYNTAX);
  const used = [...values].filter(([name]) => !UNUSED_ADAPTER_FLAGS.has(name));
  const parsed = ADAPTER_FLAGS.safeParse(Object.fromEntries(used));
  const found = [
    ...problems,
    ...strayWordProblems(operands, ['check', 'explain', 'preview', 'serve']),
    ...unusedValueProblems(values, UNUSED_ADAPTER_FLAGS),
    ...(parsed.success ? conflictsOf(parsed.data, values) : valueProblems(parsed.error, values)),
  ];
  if (!parsed.success || found.length > 0) throw new Failure('invalid', found.join('\n'), { hint: HELP_HINT });
  const flags = parsed.data;
  if (flags.version) return { kind: 'version' };
  const { choice, warnings } = choosePrometheus(flags, environment);
  return {
    kind: 'serve',
    config: configOf(flags, choice),
    warnings: [
      ...warnings,
      ...aggregatedServerWarnings(flags, values),
      ...unusedFlagWarnings(values, UNUSED_ADAPTER_FLAGS),
    ],
  };
}

/** Rules that span flags. */
function conflictsOf(flags: ParsedAdapterFlags, given: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const problems: string[] = [];
  if (flags.version) return problems;
  if (flags.config === null && queryAccessOf(flags) === null)
    problems.push('--config: must name the file of the rules, or a folder of such files');
  if ((flags['tls-cert-file'] === null) !== (flags['tls-private-key-file'] === null)) {
    const [one, other] =
      flags['tls-cert-file'] === null
        ? ['tls-private-key-file', 'tls-cert-file']
        : ['tls-cert-file', 'tls-private-key-file'];
    problems.push(`--${one}: goes together with --${other}`);
  }
  return [
    ...problems,
    ...backendsFileProblems(flags, given),
    ...queryAnnotationProblems(flags, given.has('query-annotation-namespace-label')),
    ...passThroughProblems(flags, given),
  ];
}

function configOf(flags: ParsedAdapterFlags, prometheus: PrometheusChoice): AdapterConfig {
  const relistIntervalMs = flags['metrics-relist-interval'];
  return {
    rulesPath: flags.config,
    kubeconfig: flags['lister-kubeconfig'],
    relistIntervalMs,
    maxAgeMs: flags['metrics-max-age'] ?? relistIntervalMs,
    discovery: flags.discovery,
    keptListsCount: flags['metrics-keep-relists'],
    prometheus,
    queries: queryAccessOf(flags),
    passThrough: passThroughOf(flags),
    serving: servingOf(flags),
    authentication: authenticationOf(flags),
    authorization: authorizationOf(flags),
    logLevel: flags['log-level'] ?? (flags.v >= DEBUG_VERBOSITY ? 'debug' : 'info'),
  };
}
