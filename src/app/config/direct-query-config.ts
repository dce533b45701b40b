import { z } from 'zod';
import { Failure } from '../../base/failure.ts';
import type { QueryAccess } from '../../metrics/query/query-access.ts';
import type { Environment } from './environment.ts';
import { textValue, valueProblems } from './flag-values.ts';
import { backendsFileProblems, choosePrometheus, type PrometheusChoice } from './prometheus-choice.ts';
import { PROMETHEUS_FLAGS } from './prometheus-flags.ts';
import { QUERY_ANNOTATION_FLAGS, queryAccessOf, queryAnnotationProblems } from './query-annotation-flags.ts';

/** How a controller answers External metrics that bring their queries along, and by which Prometheus. */
export interface DirectQueryConfig {
  readonly access: QueryAccess;
  readonly prometheus: PrometheusChoice;
  /** For the log, once: flags without effect. */
  readonly warnings: readonly string[];
}

const FLAGS = z.strictObject({
  ...QUERY_ANNOTATION_FLAGS,
  ...PROMETHEUS_FLAGS,
  'prometheus-backends': textValue.default(null),
});

/** The name of one of the flags. */
export type DirectQueryFlag = keyof typeof FLAGS.shape;

/** All of them. */
export const DIRECT_QUERY_FLAGS = Object.keys(FLAGS.shape) as readonly DirectQueryFlag[];

/**
 * Reads those of the flags that were given, each with its values; null when no HPA may bring queries along. Throws Failure
 * `invalid` that lists every problem at once.
 */
export function parseDirectQueries(
  given: ReadonlyMap<string, readonly string[]>,
  environment: Pick<Environment, 'inClusterHost'>,
): DirectQueryConfig | null {
  const parsed = FLAGS.safeParse(Object.fromEntries(given));
  if (!parsed.success) throw new Failure('invalid', valueProblems(parsed.error, given).join('\n'));
  const flags = parsed.data;
  const access = queryAccessOf(flags);
  const problems = [
    ...queryAnnotationProblems(flags, given.has('query-annotation-namespace-label')),
    ...backendsFileProblems(flags, given),
    ...companyProblems(access, given),
  ];
  if (problems.length > 0) throw new Failure('invalid', problems.join('\n'));
  if (access === null) return null;
  const { choice: prometheus, warnings } = choosePrometheus(flags, environment);
  return { access, prometheus, warnings };
}

/** Prometheus is asked for nothing else, and nobody is asked by default. */
function companyProblems(access: QueryAccess | null, given: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const flags = [...given.keys()];
  if (access === null) {
    const reaching = flags.filter((flag) => flag.startsWith('prometheus-'));
    return reaching.map((flag) => `--${flag}: goes together with --query-annotation-namespaces`);
  }
  if (given.has('prometheus-url') || given.has('prometheus-backends')) return [];
  const allowing = flags.filter((flag) => /^query-annotation-.*namespaces$/.test(flag));
  return allowing.map((flag) => `--${flag}: goes together with --prometheus-url or --prometheus-backends`);
}
