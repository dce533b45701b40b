import {
  controllerOf,
  controllerReference,
  namespaceOf,
  PODS,
  type Pod,
  STATEFUL_SETS,
  type StatefulSet,
} from '../objects.ts';
import { deletionOf, type Reconciliation, statusPatchOf, type Write } from '../write.ts';
import { hasEnded, isReady, readinessOf } from './pod-state.ts';
import { canonicalJson, templateHash } from './template-hash.ts';

const ABOUT = { apiVersion: 'apps/v1', kind: 'StatefulSet' };
const REVISION_LABEL = 'controller-revision-hash';

export interface StatefulSetInput {
  readonly set: StatefulSet;
  /** Pods that it controls. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
}

/**
 * Keeps pods numbered from 0: one after the other upwards, each ready before the next, and downwards from the highest;
 * all at once with `podManagementPolicy: Parallel`. A new template replaces pods from the highest down, one at a time.
 */
export function reconcileStatefulSet(input: StatefulSetInput): Reconciliation {
  const { set, nowMs } = input;
  const specReplicas = set.spec.replicas ?? 1;
  const revision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
  const byOrdinal = new Map<number, Pod>();
  for (const pod of input.pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined && controllerOf(pod)?.uid === set.metadata.uid) byOrdinal.set(ordinal, pod);
  }
  const writes: Write[] =
    set.metadata.deletionTimestamp === undefined ? [...nextSteps(set, byOrdinal, specReplicas, revision)] : [];

  const pods = [...byOrdinal.values()];
  const live = pods.filter((pod) => !hasEnded(pod));
  const readiness = readinessOf(live, set.spec.minReadySeconds ?? 0, nowMs);
  const updated = live.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision);
  const isUpdated = updated.length === live.length && live.length === specReplicas;
  const currentRevision = isUpdated ? revision : (set.status?.currentRevision ?? revision);
  const status = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: live.length,
    readyReplicas: readiness.readyCount,
    availableReplicas: readiness.availableCount,
    currentReplicas: live.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === currentRevision).length,
    updatedReplicas: updated.length,
    currentRevision,
    updateRevision: revision,
    collisionCount: 0,
  };
  if (canonicalJson({ ...set.status, ...status }) !== canonicalJson(set.status ?? {})) {
    writes.push(statusPatchOf(STATEFUL_SETS, set, status));
  }
  const { nextAvailableAtMs } = readiness;
  return nextAvailableAtMs === undefined ? { writes } : { writes, wakeAtMs: nextAvailableAtMs };
}

/** What can be done now; without `Parallel` it is one thing at most. */
function* nextSteps(
  set: StatefulSet,
  byOrdinal: ReadonlyMap<number, Pod>,
  specReplicas: number,
  revision: string,
): Generator<Write> {
  const isParallel = set.spec.podManagementPolicy === 'Parallel';
  for (let ordinal = 0; ordinal < specReplicas; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) yield* creation(set, ordinal, revision);
    else if (hasEnded(pod) && pod.metadata.deletionTimestamp === undefined) yield* deletion(set, pod);
    const isSettled = pod !== undefined && isReady(pod) && pod.metadata.deletionTimestamp === undefined;
    if (!isSettled && !isParallel) return;
  }
  const condemned = [...byOrdinal].filter(([ordinal]) => ordinal >= specReplicas).sort(([a], [b]) => b - a);
  for (const [, pod] of condemned) {
    if (pod.metadata.deletionTimestamp === undefined) yield* deletion(set, pod);
    if (!isParallel) return;
  }
  for (let ordinal = specReplicas - 1; ordinal >= 0; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined || !isReady(pod) || pod.metadata.deletionTimestamp !== undefined) return;
    if (pod.metadata.labels?.[REVISION_LABEL] === revision) continue;
    yield* deletion(set, pod);
    return;
  }
}

function creation(set: StatefulSet, ordinal: number, revision: string): readonly Write[] {
  const { template, serviceName } = set.spec;
  const name = `${set.metadata.name}-${ordinal}`;
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: namespaceOf(set),
      labels: {
        ...template.metadata?.labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [REVISION_LABEL]: revision,
        'statefulset.kubernetes.io/pod-name': name,
      },
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [controllerReference(set, ABOUT.apiVersion, ABOUT.kind)],
    },
    spec: { ...template.spec, hostname: name, ...(serviceName && { subdomain: serviceName }) } as Pod['spec'],
  };
  return [
    { kind: 'create', type: PODS, object: pod },
    note(set, 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`),
  ];
}

function deletion(set: StatefulSet, pod: Pod): readonly Write[] {
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  return [deletionOf(PODS, pod), note(set, 'SuccessfulDelete', message)];
}

function ordinalOf(set: StatefulSet, pod: Pod): number | undefined {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : '';
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

function note(set: StatefulSet, reason: string, message: string): Write {
  const source = 'statefulset-controller';
  return { kind: 'event', event: { about: set, aboutKind: ABOUT, type: 'Normal', reason, message, source } };
}
