import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';
import { lastValue, namespaceName, textValue, valueProblems } from './flag-values.ts';
import { type FlagSyntax, readFlagWords } from './flag-words.ts';
import {
  ASKED_PROMETHEUS_FLAGS,
  ASKED_PROMETHEUS_SYNTAX,
  type AskedPrometheus,
  askedPrometheus,
  askedPrometheusProblems,
} from './prometheus-choice.ts';

/** What `podtide adapter preview` looks at, and how it tells. */
export interface AdapterPreviewConfig {
  readonly hpa: string;
  /** Null for the kubeconfig context's own. */
  readonly namespace: string | null;
  readonly kubeconfig: string | null;
  readonly context: string | null;
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
  kubeconfig: textValue.default(null),
  context: textValue.default(null),
  namespace: lastValue(namespaceName).optional(),
  output: lastValue(z.enum(['text', 'json'], 'must be text or json')).default('text'),
  lang: lastValue(z.string()).optional(),
});

/** The name of a flag of `podtide adapter preview`. */
export type AdapterPreviewFlag = keyof typeof FLAGS.shape;

/** How each flag is written. */
export const ADAPTER_PREVIEW_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map<string, FlagSyntax>([
  ...ASKED_PROMETHEUS_SYNTAX,
  ['config', { isFreeText: true }],
  ['kubeconfig', { isFreeText: true }],
  ['context', { isFreeText: true }],
  ['namespace', { shorthand: 'n' }],
  ['output', { shorthand: 'o' }],
  ['lang', {}],
]);

/** Reads the words behind the command. Throws Failure `invalid` that lists every problem with its flag, value and rule. */
export function parseAdapterPreviewWords(words: readonly string[], environment: Environment): AdapterPreviewConfig {
  const { values, operands, problems } = readFlagWords(words, ADAPTER_PREVIEW_SYNTAX);
  const parsed = FLAGS.safeParse(Object.fromEntries(values));
  const [hpa, ...others] = operands;
  const found = [
    ...problems,
    ...(parsed.success ? askedPrometheusProblems(parsed.data, values, true) : valueProblems(parsed.error, values)),
    ...(parsed.success && parsed.data.config === null
      ? ['--config: must name the file of the rules, or a folder of such files']
      : []),
    ...(hpa === undefined ? ['name an HPA'] : []),
    ...others.map((each) => `${each}: one HPA at a time, and ${hpa} is one`),
  ];
  const prometheus = parsed.success && found.length === 0 ? askedPrometheus(parsed.data, values, environment) : null;
  if (!parsed.success || hpa === undefined || prometheus === null)
    throw new Failure('invalid', found.join('\n'), { hint: 'podtide adapter preview --help shows what can be said' });
  const { config, kubeconfig, context, namespace, output, lang } = parsed.data;
  return {
    hpa,
    namespace: namespace ?? null,
    kubeconfig,
    context,
    rulesPath: config ?? '',
    prometheus,
    output,
    language: languageOf(lang ?? environment.locale),
  };
}
