import { z } from 'zod';
import type { NamespaceList } from '../../core/engine/options.ts';
import type { QueryAccess } from '../../metrics/query/query-access.ts';
import { lastValue, namespaceName } from './flag-values.ts';

const RULE = 'must be namespaces joined by commas, or * for all of them';

/** Namespaces by name, or `*`. */
const namespaces = z.string().transform((text, context): NamespaceList => {
  const names = text.split(',').map((name) => name.trim());
  if (names.length === 1 && names[0] === '*') return 'all';
  const wrong = names.find((name) => !namespaceName.safeParse(name).success);
  if (wrong === undefined) return [...new Set(names)];
  context.addIssue({ code: 'custom', message: `${RULE}; "${wrong}" is neither` });
  return z.NEVER;
});

const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label of Prometheus such as namespace');

/** Which HPAs may bring PromQL along as annotations `podtide.dev/query.…`, and what it sees; none may, unless one is given. */
export const QUERY_ANNOTATION_FLAGS = {
  'query-annotation-namespaces': lastValue(namespaces).optional(),
  'query-annotation-trusted-namespaces': lastValue(namespaces).optional(),
  'query-annotation-namespace-label': lastValue(labelName).default('namespace'),
} as const;

/** The name of one of these flags. */
export type QueryAnnotationFlag = keyof typeof QUERY_ANNOTATION_FLAGS;

/** What they come to. */
export type ParsedQueryAnnotationFlags = z.output<z.ZodObject<typeof QUERY_ANNOTATION_FLAGS>>;

/** The access that the flags grant; null when they grant none. */
export function queryAccessOf(flags: ParsedQueryAnnotationFlags): QueryAccess | null {
  const confined = flags['query-annotation-namespaces'];
  const trusted = flags['query-annotation-trusted-namespaces'];
  if (confined === undefined && trusted === undefined) return null;
  return {
    confined: confined ?? [],
    trusted: trusted ?? [],
    namespaceLabel: flags['query-annotation-namespace-label'],
  };
}

/** Rules that span these flags; `isLabelGiven` says whether somebody named the label. */
export function queryAnnotationProblems(flags: ParsedQueryAnnotationFlags, isLabelGiven: boolean): readonly string[] {
  const problems: string[] = [];
  const confined = flags['query-annotation-namespaces'];
  const trusted = flags['query-annotation-trusted-namespaces'];
  if (isLabelGiven && confined === undefined) {
    problems.push('--query-annotation-namespace-label: goes together with --query-annotation-namespaces');
  }
  const both =
    typeof confined === 'object' && typeof trusted === 'object'
      ? confined.filter((name) => trusted.includes(name))
      : [];
  for (const name of both) {
    problems.push(
      `--query-annotation-trusted-namespaces: must not name ${name}, which --query-annotation-namespaces confines`,
    );
  }
  return problems;
}
