import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { parseSelector, type Selector } from '../../base/label-selector.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { MetricQuestion } from '../../metrics/adapter/trail/trace-metric.ts';
import type { Environment } from './environment.ts';
import { labelSelector, lastValue, namespaceName, switchValue, textValue, valueProblems } from './flag-values.ts';
import { type FlagSyntax, readFlagWords } from './flag-words.ts';
import {
  ASKED_PROMETHEUS_FLAGS,
  ASKED_PROMETHEUS_SYNTAX,
  type AskedPrometheus,
  askedPrometheus,
  askedPrometheusProblems,
} from './prometheus-choice.ts';

const HELP_HINT = 'podtide adapter explain --help shows what can be said';

/** What `podtide adapter explain` is asked, and how it tells. */
export interface AdapterExplainConfig {
  readonly question: MetricQuestion;
  /** The file of the rules, or a folder of such files. */
  readonly rulesPath: string;
  readonly prometheus: AskedPrometheus;
  readonly output: 'text' | 'json';
  readonly language: Language;
}

/** One entry a flag. */
const FLAGS = z.strictObject({
  ...ASKED_PROMETHEUS_FLAGS,
  config: textValue.default(null),
  namespace: lastValue(namespaceName).default('default'),
  resource: lastValue(z.string().min(1, 'must be a resource such as pods')).optional(),
  name: lastValue(z.string().min(1, 'must be the name of an object, or * for all')).optional(),
  selector: lastValue(labelSelector).optional(),
  'metric-selector': lastValue(labelSelector).default(''),
  external: switchValue.default(false),
  output: lastValue(z.enum(['text', 'json'], 'must be text or json')).default('text'),
  lang: lastValue(z.string()).optional(),
});

/** The name of a flag of `podtide adapter explain`. */
export type AdapterExplainFlag = keyof typeof FLAGS.shape;

type ParsedFlags = z.output<typeof FLAGS>;

/** How each flag is written. */
export const ADAPTER_EXPLAIN_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map<string, FlagSyntax>([
  ...ASKED_PROMETHEUS_SYNTAX,
  ['config', { isFreeText: true }],
  ['namespace', { shorthand: 'n' }],
  ['resource', {}],
  ['name', {}],
  ['selector', { shorthand: 'l' }],
  ['metric-selector', {}],
  ['external', { isSwitch: true }],
  ['output', { shorthand: 'o' }],
  ['lang', {}],
]);

/** Reads the words behind the command. Throws Failure `invalid` that lists every problem with its flag, value and rule. */
export function parseAdapterExplainWords(words: readonly string[], environment: Environment): AdapterExplainConfig {
  const { values, operands, problems } = readFlagWords(words, ADAPTER_EXPLAIN_SYNTAX);
  const parsed = FLAGS.safeParse(Object.fromEntries(values));
  const [metric, ...others] = operands;
  const found = [
    ...problems,
    ...(parsed.success ? conflictsOf(parsed.data, metric, values) : valueProblems(parsed.error, values)),
    ...(metric === undefined ? ['name a metric, as discovery lists it: pods/http_requests_per_second'] : []),
    ...others.map((each) => `${each}: one metric at a time, and ${metric} is one`),
  ];
  const prometheus = parsed.success && found.length === 0 ? askedPrometheus(parsed.data, values, environment) : null;
  if (!parsed.success || metric === undefined || prometheus === null)
    throw new Failure('invalid', found.join('\n'), { hint: HELP_HINT });
  const flags = parsed.data;
  return {
    question: questionOf(flags, metric),
    rulesPath: flags.config ?? '',
    prometheus,
    output: flags.output,
    language: languageOf(flags.lang ?? environment.locale),
  };
}

/** What says something about objects. */
const OF_OBJECTS = ['resource', 'name', 'selector'] as const satisfies readonly AdapterExplainFlag[];

function conflictsOf(
  flags: ParsedFlags,
  metric: string | undefined,
  given: ReadonlyMap<string, unknown>,
): readonly string[] {
  const problems = [...askedPrometheusProblems(flags, given, true)];
  if (flags.config === null) problems.push('--config: must name the file of the rules, or a folder of such files');
  if (flags.external) {
    for (const flag of OF_OBJECTS) {
      if (flags[flag] !== undefined) problems.push(`--${flag}: not with --external, whose metrics are of no objects`);
    }
    return problems;
  }
  if (metric?.includes('/') && flags.resource !== undefined)
    problems.push(`--resource: ${metric} says ${metric.split('/', 1)[0]} already`);
  const isOne = flags.name !== undefined && flags.name !== '*';
  if (isOne && flags.selector !== undefined) problems.push(`--selector: not with the name ${flags.name}`);
  return problems;
}

function questionOf(flags: ParsedFlags, typed: string): MetricQuestion {
  const shared = { namespace: flags.namespace, metricSelector: selectorOf(flags['metric-selector']) };
  if (flags.external) return { ...shared, metric: typed, objects: null };
  const slashAt = typed.indexOf('/');
  const resource = slashAt < 0 ? (flags.resource ?? 'pods') : typed.slice(0, slashAt);
  const objects = { resource, name: flags.name ?? '*', selector: flags.selector ?? '' };
  return { ...shared, metric: typed.slice(slashAt + 1), objects };
}

function selectorOf(text: string): Selector {
  const parsed = parseSelector(text);
  if (parsed.kind === 'selector') return parsed.selector;
  throw new Failure('invalid', `--metric-selector=${text}: ${parsed.message}`, { hint: HELP_HINT });
}
