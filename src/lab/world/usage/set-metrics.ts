import type { Clock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import { matchesSelector, parseSelector, type Selector } from '../../../base/label-selector.ts';
import { canonicalQuantity } from '../../../base/quantity.ts';
import type { CustomMetricsSource, ExternalMetricsSource, ObjectMetricValue } from '../../../metrics/source/port.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../platform/kube/client.ts';
import {
  CONFIG_MAPS,
  type ConfigMap,
  DEPLOYMENTS,
  NODES,
  namespaceOf,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  SERVICES,
  STATEFUL_SETS,
} from '../objects.ts';
import { selectedValue } from './set-series.ts';

/**
 * An annotation `metrics.podtide.dev/<metric>: 66m` on any object is the value of its custom metric; several series
 * with labels are written `verb=GET:3k verb=POST:2k`.
 */
export const CUSTOM_METRIC_PREFIX = 'metrics.podtide.dev/';
/**
 * A ConfigMap with the label `podtide.dev/external-metric: <metric>` is one series of an external metric: its other
 * labels are the series', `data.value` is the value.
 */
export const EXTERNAL_METRIC_LABEL = 'podtide.dev/external-metric';

interface DescribedKind {
  readonly type: ResourceType;
  readonly apiVersion: string;
  readonly kind: string;
}

const CLUSTER = { group: '', version: 'v1', isNamespaced: false } as const;

/** Kinds that HPAs describe objects of, by the name that their paths use. */
const DESCRIBED_KINDS: Readonly<Record<string, DescribedKind>> = {
  pods: { type: PODS, apiVersion: 'v1', kind: 'Pod' },
  services: { type: SERVICES, apiVersion: 'v1', kind: 'Service' },
  nodes: { type: NODES, apiVersion: 'v1', kind: 'Node' },
  namespaces: { type: { ...CLUSTER, resource: 'namespaces' }, apiVersion: 'v1', kind: 'Namespace' },
  configmaps: { type: CONFIG_MAPS, apiVersion: 'v1', kind: 'ConfigMap' },
  replicationcontrollers: { type: REPLICATION_CONTROLLERS, apiVersion: 'v1', kind: 'ReplicationController' },
  'deployments.apps': { type: DEPLOYMENTS, apiVersion: 'apps/v1', kind: 'Deployment' },
  'replicasets.apps': { type: REPLICA_SETS, apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  'statefulsets.apps': { type: STATEFUL_SETS, apiVersion: 'apps/v1', kind: 'StatefulSet' },
  'ingresses.networking.k8s.io': {
    type: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses', isNamespaced: true },
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
  },
};

export interface SetMetricsInput {
  client(): KubeClient;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The cached objects of a kind, `pods` and `services`; undefined for kinds that are asked for when needed. */
  cached(resource: string): Iterable<KubeObject> | undefined;
  configMaps(): Iterable<ConfigMap>;
}

/** Custom metrics as people and stories set them, by annotations. */
export function createSetCustomMetrics(input: SetMetricsInput): CustomMetricsSource {
  return {
    async listMetrics() {
      const found = new Map<string, { resource: string; isNamespaced: boolean; metric: string }>();
      for (const resource of ['pods', 'services']) {
        for (const object of input.cached(resource) ?? []) {
          for (const key of Object.keys(object.metadata.annotations ?? {})) {
            if (!key.startsWith(CUSTOM_METRIC_PREFIX)) continue;
            const metric = key.slice(CUSTOM_METRIC_PREFIX.length);
            found.set(`${resource}/${metric}`, { resource, isNamespaced: true, metric });
          }
        }
      }
      return [...found.values()];
    },
    async getValues(query, signal) {
      const described = DESCRIBED_KINDS[query.resource];
      if (described === undefined) throw noMetric(query.metric, query.resource);
      const selector = readSelector(query.labelSelector);
      const seriesSelector = readSelector(query.metricSelector);
      const objects = await describedObjects(input, query, described, signal);
      const annotation = `${CUSTOM_METRIC_PREFIX}${query.metric}`;
      const values = objects
        .filter((object) => query.name !== '*' || matchesSelector(selector, object.metadata.labels))
        .flatMap((object) => {
          const value = selectedValue(object.metadata.annotations?.[annotation] ?? '', seriesSelector);
          return value === undefined ? [] : [metricValue(object, described, query.metric, value, input.clock.nowMs())];
        });
      if (values.length === 0) throw noMetric(query.metric, query.resource);
      return values.sort((a, b) => (a.describedObject.name < b.describedObject.name ? -1 : 1));
    },
  };
}

/** External metrics as people and stories set them, by labelled ConfigMaps. */
export function createSetExternalMetrics(input: SetMetricsInput): ExternalMetricsSource {
  const series = (): readonly ConfigMap[] =>
    [...input.configMaps()].filter((map) => map.metadata.labels?.[EXTERNAL_METRIC_LABEL] !== undefined);
  return {
    listMetrics: async () => [...new Set(series().map((map) => map.metadata.labels?.[EXTERNAL_METRIC_LABEL] ?? ''))],
    async getValues({ namespace, metric, metricSelector }) {
      const known = series().filter(
        (map) => namespaceOf(map) === namespace && map.metadata.labels?.[EXTERNAL_METRIC_LABEL] === metric,
      );
      if (known.length === 0) throw noMetric(metric, `namespace ${namespace}`);
      const selector = readSelector(metricSelector);
      return known
        .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
        .flatMap((map) => {
          const { [EXTERNAL_METRIC_LABEL]: _, ...labels } = map.metadata.labels ?? {};
          const value = canonicalQuantity(map.data?.['value'] ?? '');
          if (value === undefined || !matchesSelector(selector, labels)) return [];
          return [{ metric, labels, atMs: input.clock.nowMs(), windowMs: null, value }];
        });
    },
  };
}

async function describedObjects(
  input: SetMetricsInput,
  query: { readonly namespace: string | null; readonly resource: string; readonly name: string },
  { type }: DescribedKind,
  signal: AbortSignal,
): Promise<readonly KubeObject[]> {
  const { namespace, name } = query;
  const isHere = (object: KubeObject): boolean =>
    (!type.isNamespaced || namespaceOf(object) === namespace) && (name === '*' || object.metadata.name === name);
  const cached = input.cached(query.resource);
  if (cached !== undefined) return [...cached].filter(isHere);
  if (name === '*') return (await input.client().list<KubeObject>(type, { namespace }, { signal })).items;
  const ref = type.isNamespaced && namespace !== null ? { namespace, name } : { name };
  return [await input.client().get<KubeObject>(type, ref, { signal })];
}

function metricValue(
  object: KubeObject,
  { apiVersion, kind }: DescribedKind,
  metric: string,
  value: string,
  atMs: number,
): ObjectMetricValue {
  const { namespace, name } = object.metadata;
  const describedObject = { apiVersion, kind, ...(namespace && { namespace }), name };
  return { describedObject, metric, atMs, windowMs: null, value };
}

function readSelector(text: string): Selector {
  const result = parseSelector(text);
  if (result.kind === 'invalid') throw new Failure('invalid', result.message);
  return result.selector;
}

function noMetric(metric: string, of: string): Failure {
  return new Failure('notFound', `no value of the metric ${metric} is set for ${of}`, {
    hint: `annotate an object with ${CUSTOM_METRIC_PREFIX}${metric}, or label a ConfigMap with ${EXTERNAL_METRIC_LABEL}`,
  });
}
