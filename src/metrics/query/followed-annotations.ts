import { isDeepStrictEqual } from 'node:util';
import { Failure } from '../../base/failure.ts';
import type { Log } from '../../base/log.ts';
import { type OwnQuery, queryAnnotation } from '../../core/engine/hpa-options.ts';
import { optionProblemText } from '../../core/engine/option-report.ts';
import type { KubeObject } from '../../platform/kube/client.ts';
import type { HpaApi } from '../../platform/kube/hpa-api.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';
import { AnnotationIndex } from './annotation-index.ts';
import { type HpaQueries, projectQueries } from './hpa-queries.ts';
import { listedNamespaces, permittedQuery, type QueryAccess } from './query-access.ts';

/** The queries that the HPAs of a cluster bring along, kept up to date. */
export interface FollowedAnnotations {
  readonly index: AnnotationIndex;
  /** Resolves when all of them are known for the first time; rejects only when stopped before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What they are followed with. */
export interface FollowedAnnotationOptions {
  readonly api: HpaApi;
  readonly access: QueryAccess;
  readonly log: Log;
}

/** Follows HPAs, of which only the queries are kept. What cannot be used is told in the log, once until it changes. */
export function followAnnotations(client: KubeClientOptions, options: FollowedAnnotationOptions): FollowedAnnotations {
  const { api, access } = options;
  const index = new AnnotationIndex();
  const namespaces = listedNamespaces(access);
  const hpas = createReflector<KubeObject, HpaQueries>(client, {
    type: api.type,
    project: (object) => projectQueries(object, api, namespaces),
  });
  const take = (hpa: HpaQueries, before?: HpaQueries): void => {
    if (isDeepStrictEqual(hpa, before)) return;
    index.set(hpa, before);
    tell(hpa, before, index, options);
  };
  const unsubscribe = hpas.subscribe({
    added: (_key, hpa) => take(hpa),
    updated: (_key, before, hpa) => take(hpa, before),
    deleted: (_key, hpa) => index.remove(hpa),
  });
  return {
    index,
    start: () => hpas.start(),
    stop: async () => {
      unsubscribe();
      await hpas.stop();
    },
  };
}

/** Tells what has become wrong with an HPA's queries, and what they contradict. */
function tell(
  hpa: HpaQueries,
  before: HpaQueries | undefined,
  index: AnnotationIndex,
  { access, log }: FollowedAnnotationOptions,
): void {
  const { namespace, name } = hpa;
  const known = new Set(before?.problems.map(optionProblemText));
  for (const text of hpa.problems.map(optionProblemText)) {
    if (!known.has(text)) log.warn(text, { hpa: `${namespace}/${name}` });
  }
  for (const query of hpa.queries) {
    if (before?.queries.some((each) => isDeepStrictEqual(each, query))) continue;
    const annotation = queryAnnotation(query.metric);
    const problem = problemOf(query, namespace, access);
    if (problem !== undefined) log.warn(`annotation ${annotation}: ${problem}`, { hpa: `${namespace}/${name}` });
    const found = index.find(namespace, query.metric);
    if (found?.kind !== 'conflict') continue;
    log.warn(`annotation ${annotation} differs between HPAs of ${namespace}; the metric is served to none of them`, {
      hpas: found.hpas,
    });
  }
}

/** Why Prometheus cannot be asked; undefined when it can. */
function problemOf({ promql }: OwnQuery, namespace: string, access: QueryAccess): string | undefined {
  try {
    permittedQuery(promql, namespace, access);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return thrown.message;
  }
}
