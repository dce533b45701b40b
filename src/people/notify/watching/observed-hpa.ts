import { parseRfc3339 } from '../../../base/rfc3339.ts';
import { projectHpa } from '../../../control/facts/hpa-projection.ts';
import type { ObservedHpa } from '../../../core/episode/observation.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';
import type { HpaApi } from '../../../platform/kube/hpa-api.ts';
import { NOTIFY_LABEL, ROUTE_LABEL } from '../delivery/route.ts';

/** An HPA as the cache keeps it; null when it has not the shape that everything relies on. */
export type CachedHpa = ObservedHpa | null;

/**
 * What episodes need of an HPA, whatever version the server has: without behaviour, the owners of its fields and
 * annotations, which are most of the object. What annotations say of notices counts as labels do, and less than those.
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
    labels: { ...askedOf(metadata), ...metadata.labels },
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

/** Whether and how an HPA is to be told of: before its other labels, so that it is not among those that are too many. */
function askedOf({ labels, annotations }: KubeObject['metadata']): Readonly<Record<string, string>> {
  const asked = [NOTIFY_LABEL, ROUTE_LABEL].map((name) => [name, labels?.[name] ?? annotations?.[name]] as const);
  return Object.fromEntries(asked.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
