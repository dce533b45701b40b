import { type OptionProblem, type OwnQuery, queryAnnotation } from '../../core/engine/hpa-options.ts';
import { readHpa } from '../../core/engine/hpa-reading.ts';
import type { NamespaceList } from '../../core/engine/options.ts';
import { readQueries } from '../../core/engine/query-annotations.ts';
import type { KubeObject } from '../../platform/kube/client.ts';
import type { HpaApi } from '../../platform/kube/hpa-api.ts';

/** An HPA, as far as the queries go that it brings along. */
export interface HpaQueries {
  readonly namespace: string;
  readonly name: string;
  readonly queries: readonly OwnQuery[];
  /** Of annotations that are queries, and ignored. */
  readonly problems: readonly OptionProblem[];
}

/** What a cache keeps of an HPA; of most of them it is next to nothing. `namespaces` are those that may bring queries. */
export function projectQueries(object: KubeObject, api: HpaApi, namespaces: NamespaceList): HpaQueries {
  const { namespace = '', name } = object.metadata;
  const { annotations } = object.metadata;
  const prefix = queryAnnotation('');
  const hasQueries = Object.keys(annotations ?? {}).some((annotation) => annotation.startsWith(prefix));
  if (!hasQueries || !hasSpec(object)) return { namespace, name, queries: [], problems: [] };
  const reading = readHpa(api.decode(object));
  const { queries, problems } = readQueries(reading, namespaces);
  const own = reading.own.problems.filter(({ annotation }) => annotation.startsWith(prefix));
  return { namespace, name, queries, problems: [...own, ...problems] };
}

/** What decoding relies on. */
function hasSpec(object: KubeObject): boolean {
  const { spec } = object as KubeObject & { readonly spec?: { readonly scaleTargetRef?: object } | null };
  return typeof spec === 'object' && spec !== null && typeof spec.scaleTargetRef === 'object';
}
