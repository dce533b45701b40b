import { parseRfc3339 } from '../../../base/rfc3339.ts';
import { projectHpa } from '../../../control/facts/hpa-projection.ts';
import type { ObservedHpa } from '../../../core/episode/observation.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { HpaApi } from '../../../platform/kube/hpa-api.ts';

/** An HPA as the cache keeps it; null when it has not the shape that everything relies on. */
export type CachedHpa = ObservedHpa | null;

/**
 * What episodes need of an HPA, whatever version the server has: without behaviour, annotations and the owners of its
 * fields, which are most of the object.
 */
export function observedHpa(object: KubeObject, api: HpaApi): CachedHpa {
  const fact = projectHpa(object, api);
  if (fact.kind !== 'found') return null;
  const { metadata, spec, status } = fact.object;
  const { scaleTargetRef, minReplicas, maxReplicas, metrics } = spec;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    labels: metadata.labels ?? {},
    createdAtMs: parseRfc3339(metadata.creationTimestamp ?? '') ?? 0,
    spec: {
      scaleTargetRef,
      maxReplicas,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      ...(metrics === undefined ? {} : { metrics }),
    },
    status,
  };
}
