import {
  type LabelSelector,
  matchesSelector,
  type Selector,
  selectorOfObject,
  selectorText,
} from '../../../base/label-selector.ts';
import type { ResourceType } from '../../../platform/kube/client.ts';
import { controllerOf, controllerReference, namespaceOf, PODS, type Pod, type ReplicaSet } from '../objects.ts';
import { deletionOf, patchOf, type Reconciliation, statusPatchOf, type Write } from '../write.ts';
import { deletionOrder, isActive, readinessOf } from './pod-state.ts';

/** What keeps a number of equal pods: a ReplicaSet, a ReplicationController, a custom resource with a template. */
export interface ReplicaKind {
  readonly type: ResourceType;
  readonly apiVersion: string;
  readonly kind: string;
  /** Who its events come from. */
  readonly source: string;
  /** Whether its status tells the pods' selector as text, where the scale subresource of a custom resource reads it. */
  readonly hasSelectorInStatus?: boolean;
}

export interface ReplicaSetInput {
  readonly owner: ReplicaSet;
  /** Pods of its namespace that it controls, and those that nobody controls. */
  readonly pods: readonly Pod[];
  readonly nowMs: number;
  /** A name's ending, new for each call. */
  readonly nextNameSuffix: () => string;
}

/** Creates and deletes pods until as many run as wanted, adopts those that nobody controls, and tells how they are. */
export function reconcileReplicaSet(kind: ReplicaKind, input: ReplicaSetInput): Reconciliation {
  const { owner, nowMs } = input;
  const { template, replicas: specReplicas = 1, minReadySeconds = 0 } = owner.spec;
  const isSelected = podSelectorOf(owner);
  const owned = input.pods.filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid);
  const adoptable = input.pods.filter(
    (pod) => controllerOf(pod) === undefined && isActive(pod) && isSelected(pod.metadata.labels ?? {}),
  );
  const active = [...owned.filter(isActive), ...adoptable];
  const writes: Write[] = [];
  if (owner.metadata.deletionTimestamp === undefined && template !== undefined) {
    writes.push(...adoptable.map((pod) => adoption(kind, owner, pod)));
    writes.push(...creations(kind, input, specReplicas - active.length));
    const surplusCount = active.length - specReplicas;
    if (surplusCount > 0) writes.push(...deletions(kind, owner, deletionOrder(active).slice(0, surplusCount)));
  }
  const readiness = readinessOf(active, minReadySeconds, nowMs);
  const templateLabels = Object.entries(template?.metadata?.labels ?? {});
  const status = {
    replicas: active.length,
    fullyLabeledReplicas: active.filter((pod) =>
      templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value),
    ).length,
    readyReplicas: readiness.readyCount,
    availableReplicas: readiness.availableCount,
    terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    observedGeneration: owner.metadata.generation ?? 0,
    ...(kind.hasSelectorInStatus === true && { selector: selectorTextOf(owner) }),
  };
  if (isStatusNew(owner.status ?? {}, status)) writes.push(statusPatchOf(kind.type, owner, status));
  const { nextAvailableAtMs } = readiness;
  return nextAvailableAtMs === undefined ? { writes } : { writes, wakeAtMs: nextAvailableAtMs };
}

/** Which labels a ReplicaSet's selector (or a ReplicationController's plain map) selects; the template's without one. */
export function podSelectorOf(owner: ReplicaSet): (labels: Readonly<Record<string, string>>) => boolean {
  const selector = parsedSelectorOf(owner);
  const isEmpty = selector.kind === 'nothing' || selector.requirements.length === 0;
  return (labels) => !isEmpty && matchesSelector(selector, labels);
}

function selectorTextOf(owner: ReplicaSet): string {
  return selectorText(parsedSelectorOf(owner));
}

/** A selector that cannot be read selects nothing. */
function parsedSelectorOf({ spec: { selector, template } }: ReplicaSet): Selector {
  const object: LabelSelector = isSelectorObject(selector)
    ? selector
    : { matchLabels: (selector as Readonly<Record<string, string>> | undefined) ?? template?.metadata?.labels ?? {} };
  const result = selectorOfObject(object);
  return result.kind === 'invalid' ? { kind: 'nothing' } : result.selector;
}

function isSelectorObject(selector: ReplicaSet['spec']['selector']): selector is LabelSelector {
  if (selector === undefined) return false;
  return typeof selector['matchLabels'] === 'object' || Array.isArray(selector['matchExpressions']);
}

function creations(kind: ReplicaKind, input: ReplicaSetInput, count: number): readonly Write[] {
  const { owner } = input;
  const { template } = owner.spec;
  if (template === undefined || count <= 0) return [];
  return Array.from({ length: count }).flatMap(() => {
    const name = `${owner.metadata.name}-${input.nextNameSuffix()}`;
    return [
      { kind: 'create' as const, type: PODS, object: podOf(kind, owner, name) },
      note(kind, owner, 'SuccessfulCreate', `Created pod: ${name}`),
    ];
  });
}

function podOf(kind: ReplicaKind, owner: ReplicaSet, name: string): Pod {
  const { template } = owner.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${owner.metadata.name}-`,
      namespace: namespaceOf(owner),
      ...(template?.metadata?.labels && { labels: template.metadata.labels }),
      ...(template?.metadata?.annotations && { annotations: template.metadata.annotations }),
      ownerReferences: [controllerReference(owner, kind.apiVersion, kind.kind)],
    } as Pod['metadata'],
    spec: template?.spec ?? { containers: [] },
  };
}

function deletions(kind: ReplicaKind, owner: ReplicaSet, pods: readonly Pod[]): readonly Write[] {
  return pods.flatMap((pod) => [
    deletionOf(PODS, pod),
    note(kind, owner, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`),
  ]);
}

function adoption(kind: ReplicaKind, owner: ReplicaSet, pod: Pod): Write {
  const ownerReferences = [
    ...(pod.metadata.ownerReferences ?? []),
    controllerReference(owner, kind.apiVersion, kind.kind),
  ];
  return patchOf(PODS, pod, { metadata: { ownerReferences } });
}

function note(kind: ReplicaKind, owner: ReplicaSet, reason: string, message: string): Write {
  const { apiVersion, kind: name, source } = kind;
  const event = {
    about: owner,
    aboutKind: { apiVersion, kind: name },
    type: 'Normal' as const,
    reason,
    message,
    source,
  };
  return { kind: 'event', event };
}

function isStatusNew(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, number | string>>,
): boolean {
  return Object.entries(after).some(([field, value]) => (before[field] ?? 0) !== value);
}
