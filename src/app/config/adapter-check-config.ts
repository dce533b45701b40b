import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';
import { lastValue, valueProblems } from './flag-values.ts';
import { type FlagSyntax, readFlagWords } from './flag-words.ts';
import {
  ASKED_PROMETHEUS_FLAGS,
  ASKED_PROMETHEUS_SYNTAX,
  type AskedPrometheus,
  askedPrometheus,
  askedPrometheusProblems,
} from './prometheus-choice.ts';

/** What `podtide adapter check` looks at, and how it tells. */
export interface AdapterCheckConfig {
  /** A configuration file of prometheus-adapter; `-` is standard input. */
  readonly file: string;
  /** Whose series the rules are tried on; null: nobody is asked. */
  readonly prometheus: AskedPrometheus | null;
  readonly output: 'text' | 'json';
  readonly language: Language;
}

/** One entry a flag. */
const FLAGS = z.strictObject({
  ...ASKED_PROMETHEUS_FLAGS,
  output: lastValue(z.enum(['text', 'json'], 'must be text or json')).default('text'),
  lang: lastValue(z.string()).optional(),
});

/** The name of a flag of `podtide adapter check`. */
export type AdapterCheckFlag = keyof typeof FLAGS.shape;

/** How each flag is written. */
export const ADAPTER_CHECK_SYNTAX: ReadonlyMap<string, FlagSyntax> = new Map<string, FlagSyntax>([
  ...ASKED_PROMETHEUS_SYNTAX,
  ['output', { shorthand: 'o' }],
  ['lang', {}],
]);

/** Reads the words behind the command. Throws Failure `invalid` that lists every problem with its flag, value and rule. */
export function parseAdapterCheckWords(words: readonly string[], environment: Environment): AdapterCheckConfig {
  const { values, operands, problems } = readFlagWords(words, ADAPTER_CHECK_SYNTAX);
  const parsed = FLAGS.safeParse(Object.fromEntries(values));
  const [file, ...others] = operands;
  const found = [
    ...problems,
    ...(parsed.success ? askedPrometheusProblems(parsed.data, values, false) : valueProblems(parsed.error, values)),
    ...(file === undefined ? ['name a configuration file of prometheus-adapter, or - for standard input'] : []),
    ...others.map((each) => `${each}: one file at a time, and ${file} is one`),
  ];
  if (!parsed.success || file === undefined || found.length > 0) throw new Failure('invalid', found.join('\n'));
  const { output, lang } = parsed.data;
  return {
    file,
    prometheus: askedPrometheus(parsed.data, values, environment),
    output,
    language: languageOf(lang ?? environment.locale),
  };
}
