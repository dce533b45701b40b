import type { Clock } from '../../base/clock.ts';
import { Failure, InvariantError } from '../../base/failure.ts';
import { keyText, type ObjectKey } from '../../base/object-key.ts';
import type { PrometheusProblem } from '../../core/explain/prometheus-problem.ts';
import { type ConfigFile, compileConfig } from '../../metrics/adapter/compiled-config.ts';
import { listSeries } from '../../metrics/adapter/listed-series.ts';
import { type DiscoverySelector, discoverySelectors } from '../../metrics/adapter/series.ts';
import { ClusterKinds } from '../../metrics/adapter/serving/cluster-kinds.ts';
import { createCustomSource } from '../../metrics/adapter/serving/custom-source.ts';
import { createExternalSource } from '../../metrics/adapter/serving/external-source.ts';
import type { QueryPorts } from '../../metrics/adapter/serving/instant-rows.ts';
import { makeRuleBook } from '../../metrics/adapter/serving/rule-book.ts';
import type { PrometheusClient } from '../../metrics/prometheus/client.ts';
import { createHttpMetricsSource } from '../../metrics/source/http-source.ts';
import type { MetricsSource } from '../../metrics/source/port.ts';
import { createDiscovery } from '../../platform/kube/discovery.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import { type CurrentDecision, decideCurrently } from './current-decisions.ts';

/** Longest wait for an answer of the API server, metrics APIs included, real ms. */
export const PREVIEW_CALL_MS_MAX = 15_000;

/** What a preview is made of. */
export interface AdapterPreviewPorts {
  /** Found good before. */
  readonly files: readonly ConfigFile[];
  /** By the names that rules may give. */
  readonly prometheus: { get(backend: string | null): Pick<PrometheusClient, 'query' | 'series'> };
  /** How old the last sample of a series may be for its metric to be there. */
  readonly maxAgeMs: number;
  readonly kube: KubeClientOptions;
  readonly clock: Pick<Clock, 'nowMs'>;
}

/** What an HPA would decide by other rules. */
export interface AdapterPreview extends CurrentDecision {
  /** What Prometheus was asked for values, in order. */
  readonly queries: readonly string[];
  /** Selectors of rules that Prometheus does not take, whose metrics are not there. */
  readonly refused: ReadonlyMap<string, PrometheusProblem>;
}

/**
 * Decides on an HPA by the rules of files that nobody serves yet: its metrics of pods and objects by `rules`, external ones
 * by `externalRules`. An API that there are no rules for stays the cluster's, and so do CPU and memory. Throws Failure:
 * `notFound` for an HPA that is not there, and what keeps the cluster or Prometheus from being asked.
 */
export async function previewHpa(
  key: ObjectKey,
  { files, prometheus, maxAgeMs, kube, clock }: AdapterPreviewPorts,
  signal: AbortSignal,
): Promise<AdapterPreview> {
  const client = createKubeClient(kube);
  const discovery = createDiscovery(kube);
  const kinds = new ClusterKinds(discovery);
  await kinds.read(signal);
  const result = compileConfig(files, kinds.mapper);
  if (result.kind === 'refused') throw new InvariantError('rules were found good before');
  const { compiled } = result;
  const selectors = discoverySelectors([...compiled.custom, ...compiled.external]);
  const { found, refused } = await listSeries(selectors, { prometheus, sinceMs: clock.nowMs() - maxAgeMs }, signal);
  const book = makeRuleBook(compiled, found, kinds.mapper);
  const queries: string[] = [];
  const ports = { book: () => book, clock, prometheus: noting(prometheus, queries) };
  const cluster = createHttpMetricsSource({
    client,
    discovery,
    clock,
    discoveryMs: PREVIEW_CALL_MS_MAX,
    deadlineMs: PREVIEW_CALL_MS_MAX,
  });
  const source: MetricsSource = {
    ...cluster,
    ...(compiled.custom.length === 0 ? {} : { custom: createCustomSource({ ...ports, objects: client }) }),
    ...(compiled.external.length === 0 ? {} : { external: createExternalSource(ports) }),
  };
  const watched = { client, discovery, source, clock, ioClock: kube.ioClock };
  const isMeant = ({ metadata }: { readonly metadata: { readonly name: string } }) => metadata.name === key.name;
  const [decided] = (await decideCurrently(key.namespace, isMeant, watched, signal)).hpas;
  if (decided === undefined)
    throw new Failure('notFound', `HPA ${keyText(key)}: there is no such HPA that can be read`);
  return { ...decided, queries, refused: namedRefusals(selectors, refused) };
}

/** Selectors as people know them, behind the backend that a rule names. */
function namedRefusals(
  selectors: ReadonlyMap<string, DiscoverySelector>,
  refused: ReadonlyMap<string, PrometheusProblem>,
): AdapterPreview['refused'] {
  return new Map(
    [...selectors].flatMap(([key, { backend, seriesQuery }]) => {
      const problem = refused.get(key);
      const name = backend === null ? seriesQuery : `${backend}: ${seriesQuery}`;
      return problem === undefined ? [] : [[name, problem] as const];
    }),
  );
}

function noting(prometheus: AdapterPreviewPorts['prometheus'], queries: string[]): QueryPorts['prometheus'] {
  return {
    get: (backend) => ({
      query: (query, signal) => {
        queries.push(query.query);
        return prometheus.get(backend).query(query, signal);
      },
    }),
  };
}
