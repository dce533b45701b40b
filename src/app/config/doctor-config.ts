import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import { type Language, languageOf } from '../../core/explain/language.ts';
import type { Environment } from './environment.ts';
import { namespaceName } from './flag-values.ts';

/** Which cluster `podtide doctor` looks at, whose HPAs, and how it tells. */
export interface DoctorConfig {
  readonly kubeconfig: string | null;
  readonly context: string | null;
  /** Null: the HPAs of all namespaces. */
  readonly namespace: string | null;
  readonly output: 'text' | 'json';
  readonly language: Language;
}

/** One entry a flag. */
const FLAGS = z.strictObject({
  kubeconfig: z.string().min(1, 'must name a file').optional(),
  context: z.string().min(1, 'must name a context').optional(),
  namespace: namespaceName.optional(),
  output: z.enum(['text', 'json'], 'must be text or json').default('text'),
  lang: z.string().optional(),
});

/** The name of a flag of `podtide doctor`. */
export type DoctorFlag = keyof typeof FLAGS.shape;

/** Everything that it can be told, as typed. */
export type DoctorFlags = Readonly<Partial<Record<DoctorFlag, string>>>;

/** Reads the flags. Throws Failure `invalid` that lists every problem with its flag, the value and the rule. */
export function parseDoctorConfig(flags: DoctorFlags, environment: Environment): DoctorConfig {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const parsed = FLAGS.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `--${String(path[0])}=${given[String(path[0])]}: ${message}`,
    );
    throw new Failure('invalid', problems.join('\n'));
  }
  const { kubeconfig = null, context = null, namespace = null, output, lang } = parsed.data;
  return { kubeconfig, context, namespace, output, language: languageOf(lang ?? environment.locale) };
}
