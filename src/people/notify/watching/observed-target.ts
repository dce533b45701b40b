import { type LabelSelector, selectorOfObject, selectorText } from '../../../base/label-selector.ts';
import { parseRfc3339 } from '../../../base/rfc3339.ts';
import type { Scale } from '../../../core/autoscaling/types.ts';
import type { ObservedTarget, ReplicasWriter } from '../../../core/episode/observation.ts';
import type { KubeObject } from '../../../platform/kube/client.ts';

/** A Deployment, StatefulSet or ReplicaSet, as far as scaling shows in it. */
export interface Workload extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly managedFields?: readonly ManagedFields[] };
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: LabelSelector;
    readonly minReadySeconds?: number;
    readonly podManagementPolicy?: string;
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

interface ManagedFields {
  readonly manager?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** A target as the cache keeps it. */
export interface CachedTarget {
  readonly observed: ObservedTarget;
  /** Of its pods; undefined when it has none that selects by a rule. */
  readonly podSelector: string | undefined;
}

/** Kinds whose status says more than a Scale, by the kind's name; all of group `apps`. */
export type WorkloadKind = 'Deployment' | 'StatefulSet' | 'ReplicaSet';

/** What episodes need of a workload. */
export function cachedWorkload(kind: WorkloadKind, { metadata, spec, status }: Workload): CachedTarget {
  const failure = status?.conditions?.find(({ type, status }) => type === 'ReplicaFailure' && status === 'True');
  return {
    observed: {
      uid: metadata.uid ?? '',
      createdAtMs: parseRfc3339(metadata.creationTimestamp ?? '') ?? 0,
      specReplicas: spec?.replicas ?? 1,
      statusReplicas: status?.replicas ?? 0,
      readyReplicas: status?.readyReplicas ?? 0,
      availableReplicas: availableReplicas(kind, spec, status),
      generation: metadata.generation,
      observedGeneration: status?.observedGeneration,
      isOrdered: kind === 'StatefulSet' && spec?.podManagementPolicy !== 'Parallel',
      replicaFailure:
        failure === undefined ? undefined : { reason: failure.reason ?? '', message: failure.message ?? '' },
      replicasWriter: replicasWriter(metadata.managedFields ?? []),
    },
    podSelector: textOf(spec?.selector),
  };
}

/** What is known where only the Scale is. */
export function cachedScale({ metadata, spec, status }: Scale): CachedTarget {
  const selector = status?.selector ?? '';
  return {
    observed: {
      uid: metadata.uid ?? '',
      createdAtMs: parseRfc3339(metadata.creationTimestamp ?? '') ?? 0,
      specReplicas: spec.replicas ?? 0,
      statusReplicas: status?.replicas ?? 0,
      readyReplicas: undefined,
      availableReplicas: undefined,
      generation: undefined,
      observedGeneration: undefined,
      isOrdered: false,
      replicaFailure: undefined,
      replicasWriter: undefined,
    },
    podSelector: selector === '' ? undefined : selector,
  };
}

/**
 * A StatefulSet tells of available pods since Kubernetes 1.22. Before, and while none is available, the field is absent;
 * with ready pods and no time that these have to last it can only be that the server does not know it.
 */
function availableReplicas(kind: WorkloadKind, spec: Workload['spec'], status: Workload['status']): number | undefined {
  if (status?.availableReplicas !== undefined) return status.availableReplicas;
  const isUnknown = kind === 'StatefulSet' && (status?.readyReplicas ?? 0) > 0 && (spec?.minReadySeconds ?? 0) === 0;
  return isUnknown ? undefined : 0;
}

/** An empty selector would be every pod of the namespace, which no workload has. */
function textOf(selector: LabelSelector | undefined): string | undefined {
  const result = selectorOfObject(selector);
  if (result.kind === 'invalid') return undefined;
  const text = selectorText(result.selector);
  return text === '' ? undefined : text;
}

/** Of several owners the one that wrote last; an entry without a time is older than any. */
function replicasWriter(entries: readonly ManagedFields[]): ReplicasWriter | undefined {
  let newest: ReplicasWriter | undefined;
  for (const { manager = '', time, fieldsV1 } of entries) {
    const spec = fieldsV1?.['f:spec'];
    if (typeof spec !== 'object' || spec === null || !Object.hasOwn(spec, 'f:replicas')) continue;
    const atMs = time === undefined ? undefined : parseRfc3339(time);
    if (newest === undefined || (atMs ?? 0) >= (newest.atMs ?? 0)) newest = { manager, atMs };
  }
  return newest;
}
