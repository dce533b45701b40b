import { Failure } from '../../../base/failure.ts';
import { SILENT_LOG } from '../../../base/log.ts';
import type { ObjectKey } from '../../../base/object-key.ts';
import { withDeadline } from '../../../control/facts/deadline.ts';
import { projectHpa } from '../../../control/facts/hpa-projection.ts';
import type { HorizontalPodAutoscaler, MetricSpec } from '../../../core/autoscaling/types.ts';
import type { DoctorHpa, NeededMetric, Sight } from '../../../core/explain/doctor-facts.ts';
import type { ResourceType } from '../../../platform/kube/client.ts';
import { createDiscovery } from '../../../platform/kube/discovery.ts';
import { findHpaApi } from '../../../platform/kube/hpa-api.ts';
import { createRestMapper, type RestMapper } from '../../../platform/kube/rest-mapper.ts';
import { DOCTOR_CALL_MS_MAX, type DoctorCluster, foundOr, sightOf } from './doctor-cluster.ts';

const SCALED_OBJECTS: ResourceType = {
  group: 'keda.sh',
  version: 'v1alpha1',
  resource: 'scaledobjects',
  isNamespaced: true,
};

/**
 * The ScaledObjects of a namespace, of all for null; none where KEDA is not installed. Discovery is asked first: an API server
 * refuses whoever may not read a kind before it says that there is no such kind.
 */
export function readScaledObjects(
  cluster: DoctorCluster,
  namespace: string | null,
  signal: AbortSignal,
): Promise<Sight<readonly ObjectKey[]>> {
  return sightOf(listScaledObjects(cluster, namespace, signal), signal);
}

async function listScaledObjects(
  { client }: DoctorCluster,
  namespace: string | null,
  signal: AbortSignal,
): Promise<readonly ObjectKey[]> {
  const group = await foundOr(client.getJson(`/apis/${SCALED_OBJECTS.group}`, { signal }), null);
  if (group === null) return [];
  const { items } = await foundOr(client.list(SCALED_OBJECTS, { namespace }, { signal }), { items: [] });
  return items.map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name }));
}

/** The HPAs of a namespace, of all for null, with the metrics that they need. */
export function readHpas(
  cluster: DoctorCluster,
  namespace: string | null,
  signal: AbortSignal,
): Promise<Sight<readonly DoctorHpa[]>> {
  return sightOf(listHpas(cluster, namespace, signal), signal);
}

async function listHpas(
  { client, kube, ioClock }: DoctorCluster,
  namespace: string | null,
  signal: AbortSignal,
): Promise<readonly DoctorHpa[]> {
  const api = await withDeadline(ioClock, DOCTOR_CALL_MS_MAX, signal, (within) =>
    findHpaApi({ client, ioClock, random: Math.random, log: SILENT_LOG, signal: within }),
  );
  const { items } = await client.list(api.type, { namespace }, { signal });
  const mapper = createRestMapper({ discovery: createDiscovery(kube), ioClock });
  const hpas = await Promise.all(
    items.map(async (item) => {
      const fact = projectHpa(item, api);
      return fact.kind === 'found' ? [await doctorHpaOf(fact.object, mapper, signal)] : [];
    }),
  );
  return hpas.flat();
}

async function doctorHpaOf(
  { metadata, spec, status }: HorizontalPodAutoscaler,
  mapper: Pick<RestMapper, 'mappings'>,
  signal: AbortSignal,
): Promise<DoctorHpa> {
  const active = status?.conditions?.find(({ type }) => type === 'ScalingActive');
  const isRead = (index: number): boolean =>
    active?.status === 'True' && (status?.currentMetrics?.[index]?.type ?? '') !== '';
  const metrics = await Promise.all(
    (spec.metrics ?? []).map((metric, index) => neededMetric(metric, isRead(index), mapper, signal)),
  );
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    isOfScaledObject: metadata.ownerReferences?.some(({ kind }) => kind === 'ScaledObject') === true,
    metrics: metrics.flat(),
    failure: active?.status === 'False' && active.reason !== 'ScalingDisabled' ? (active.message ?? '') : '',
  };
}

/** Of a type that nobody knows there is nothing to be needed. */
async function neededMetric(
  { type, resource, containerResource, pods, object, external }: MetricSpec,
  isRead: boolean,
  mapper: Pick<RestMapper, 'mappings'>,
  signal: AbortSignal,
): Promise<readonly NeededMetric[]> {
  if (type === 'Resource' || type === 'ContainerResource') {
    const name = resource?.name ?? containerResource?.name ?? '';
    return [{ group: 'metrics.k8s.io', name, listedAs: 'pods', isRead }];
  }
  if (type === 'Pods' && pods !== undefined) {
    const { name } = pods.metric;
    return [{ group: 'custom.metrics.k8s.io', name, listedAs: `pods/${name}`, isRead }];
  }
  if (type === 'Object' && object !== undefined) {
    const { name } = object.metric;
    const resource = await describedResource(object.describedObject, mapper, signal);
    const listedAs = resource === null ? null : `${resource}/${name}`;
    return [{ group: 'custom.metrics.k8s.io', name, listedAs, isRead }];
  }
  if (type === 'External' && external !== undefined) {
    const { name } = external.metric;
    return [{ group: 'external.metrics.k8s.io', name, listedAs: name, isRead }];
  }
  return [];
}

/** `ingresses.networking.k8s.io`; null for a kind that the cluster does not have. */
async function describedResource(
  { apiVersion = '', kind }: { readonly apiVersion?: string; readonly kind: string },
  mapper: Pick<RestMapper, 'mappings'>,
  signal: AbortSignal,
): Promise<string | null> {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  try {
    const [type] = await mapper.mappings(group, kind, signal);
    if (type === undefined) return null;
    return type.group === '' ? type.resource : `${type.resource}.${type.group}`;
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.kind !== 'notFound') throw thrown;
    return null;
  }
}
