import { type OptionProblem, type OwnQuery, queryAnnotation, shownValue } from './hpa-options.ts';
import type { HpaReading } from './hpa-reading.ts';
import { isListed, type NamespaceList } from './options.ts';

/** The queries that an HPA brings along (docs/specification/options.md, 1.6), and those of them that are ignored. */
export interface QueryReading {
  readonly queries: readonly OwnQuery[];
  readonly problems: readonly OptionProblem[];
}

const NO_QUERIES: QueryReading = { queries: [], problems: [] };

/**
 * Sorts out an HPA's queries: each belongs to an External metric of the same HPA, and to a namespace that may bring some.
 * `namespaces` is null where that is somebody else's to say. What is wrong with the annotations themselves is in the HPA's
 * own options.
 */
export function readQueries(
  { own, metrics, namespace }: Pick<HpaReading, 'own' | 'metrics' | 'namespace'>,
  namespaces: NamespaceList | null,
): QueryReading {
  const { queries } = own.options;
  if (queries.length === 0) return NO_QUERIES;
  const known = new Set(metrics.flatMap(({ type, external }) => (type === 'External' ? [external?.metric.name] : [])));
  const isAllowed = namespaces === null || isListed(namespaces, namespace);
  const problems: OptionProblem[] = [];
  const ignore = ({ metric, promql }: OwnQuery, rule: OptionProblem['rule']): void => {
    problems.push({ annotation: queryAnnotation(metric), value: shownQuery(promql), rule });
  };
  const usable = queries.filter((query) => {
    const { metric } = query;
    if (!known.has(metric)) ignore(query, { code: 'WithoutMetric', metric });
    else if (!isAllowed) ignore(query, { code: 'NamespaceNotListed', namespace });
    else return true;
    return false;
  });
  return { queries: usable, problems };
}

/** A query as messages show it: on one line, and cut when it is long. */
export function shownQuery(promql: string): string {
  return shownValue(promql.trim().replaceAll(/\s+/g, ' '));
}
