import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';

/** What `podtide adapter check` looks at, and how it tells. */
export interface AdapterCheckConfig {
  /** A configuration file of prometheus-adapter; `-` is standard input. */
  readonly file: string;
  /** The backends file, by whose names the rules are judged; null when there is none. */
  readonly backendsPath: string | null;
  readonly output: 'text' | 'json';
  readonly language: Language;
}

/** One entry a flag. */
const FLAGS = z.strictObject({
  output: z.enum(['text', 'json'], 'must be text or json').default('text'),
  lang: z.string().optional(),
  'prometheus-backends': z.string().min(1, 'must name a file').optional(),
});

/** The name of a flag of `podtide adapter check`. */
export type AdapterCheckFlag = keyof typeof FLAGS.shape;

/** Everything that it can be told, as typed. */
export type AdapterCheckFlags = Readonly<Partial<Record<AdapterCheckFlag, string>>>;

/** Reads the words behind the command. Throws Failure `invalid` that lists every problem with its flag, value and rule. */
export function parseAdapterCheckConfig(
  flags: AdapterCheckFlags,
  files: readonly string[],
  environment: Environment,
): AdapterCheckConfig {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const parsed = FLAGS.safeParse(given);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map(({ path, message }) => `--${String(path[0])}=${given[String(path[0])]}: ${message}`);
  const [file, ...others] = files;
  if (file === undefined) problems.push('name a configuration file of prometheus-adapter, or - for standard input');
  problems.push(...others.map((each) => `${each}: one file at a time, and ${file} is one`));
  if (!parsed.success || file === undefined || problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  const backendsPath = parsed.data['prometheus-backends'] ?? null;
  return {
    file,
    backendsPath,
    output: parsed.data.output,
    language: languageOf(parsed.data.lang ?? environment.locale),
  };
}
