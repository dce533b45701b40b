import { isListed, type NamespaceList } from '../../core/engine/options.ts';
import { enforceMatcher } from '../prometheus/namespace-enforcement.ts';
import { parsePromql } from '../prometheus/promql-expression.ts';

/** Whose HPAs may bring queries along, and what these see. */
export interface QueryAccess {
  /** Their queries see series of their own namespace alone. */
  readonly confined: NamespaceList;
  /** Their queries see every series, whatever else is said of them. */
  readonly trusted: NamespaceList;
  /** The label that says which namespace a series is of. */
  readonly namespaceLabel: string;
}

/** All namespaces whose HPAs may bring queries along. */
export function listedNamespaces({ confined, trusted }: QueryAccess): NamespaceList {
  return confined === 'all' || trusted === 'all' ? 'all' : [...new Set([...confined, ...trusted])];
}

/**
 * What is sent to Prometheus for a query that an HPA of the namespace brings along: the query itself where the namespace is
 * trusted, and otherwise one that can see no series but those of the namespace. Undefined where it may bring none.
 *
 * @throws Failure('invalid') with line and column of what cannot be read, or must not be used.
 */
export function permittedQuery(promql: string, namespace: string, access: QueryAccess): string | undefined {
  if (isListed(access.trusted, namespace)) return parsePromql(promql).text;
  if (!isListed(access.confined, namespace)) return undefined;
  return enforceMatcher(promql, { label: access.namespaceLabel, value: namespace });
}
