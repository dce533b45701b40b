import { Interner, type LabelSet, labelSetKey } from '../../base/interner.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';
import type { OwnerReference } from '../../core/autoscaling/types.ts';
import type { PodFact, PodRequests } from '../../core/engine/facts.ts';
import { type ContainerTexts, projectPodRequests } from '../../core/engine/pod-requests.ts';
import type { KubeObject } from '../../platform/kube/client.ts';

/** The parts of `v1 Pod` that autoscaling looks at. */
export interface Pod extends KubeObject {
  readonly spec?: {
    readonly containers?: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
    readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
    readonly overhead?: Readonly<Record<string, string | number>>;
  };
  readonly status?: {
    readonly phase?: string;
    readonly startTime?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string | null;
    }[];
  };
}

interface PodContainer {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Readonly<Record<string, string | number>> };
}

/** What a cache keeps of a pod: about 0.3 KB instead of ten. */
export interface PodEntry {
  readonly namespace: string;
  readonly labels: LabelSet;
  readonly fact: PodFact;
  /** Its controller, shared by all pods of one; null when it has none. */
  readonly owner: Owner | null;
}

/** The object that decides about another one. */
export type Owner = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;

/** Go's zero time, what upstream takes an absent transition time for. */
const ZERO_TIME_MS = -62_135_596_800_000;

/** Projects pods as the watch decodes them. Label sets and requests are shared between pods of one template. */
export class PodProjection {
  readonly #labelSets = new Interner<LabelSet>();
  readonly #requests = new Interner<PodRequests>();
  readonly #owners = new Interner<Owner>();

  project(pod: Pod): PodEntry {
    const labels = pod.metadata.labels ?? {};
    const { spec, status } = pod;
    const owner = controllerOf(pod.metadata.ownerReferences);
    const ready = status?.conditions?.find((condition) => condition.type === 'Ready');
    return {
      namespace: pod.metadata.namespace ?? '',
      labels: this.internLabels(labels),
      fact: {
        name: pod.metadata.name,
        phase: status?.phase ?? '',
        isDeleted: pod.metadata.deletionTimestamp !== undefined,
        startAtMs: instantMs(status?.startTime),
        ready:
          ready === undefined
            ? null
            : { status: ready.status, sinceMs: instantMs(ready.lastTransitionTime) ?? ZERO_TIME_MS },
        requests: this.#requests.intern(requestsKey(spec), () => requestsOf(spec)),
      },
      owner: owner === null ? null : this.#owners.intern(owner.uid, () => owner),
    };
  }

  /** The shared object for these labels; also for objects other than pods that a pod's selector is matched with. */
  internLabels(labels: LabelSet): LabelSet {
    return this.#labelSets.intern(labelSetKey(labels), () => labels);
  }
}

/** Who decides about an object; null when nobody does. */
export function controllerOf(references: readonly OwnerReference[] | undefined): Owner | null {
  const reference = references?.find(({ controller }) => controller === true);
  if (reference === undefined) return null;
  const { apiVersion, kind, name, uid } = reference;
  return { apiVersion, kind, name, uid };
}

function instantMs(text: string | null | undefined): number | null {
  return text === undefined || text === null ? null : (parseRfc3339(text) ?? null);
}

function requestsKey(spec: Pod['spec']): string {
  return JSON.stringify([
    spec?.containers?.map((container) => [container.name, container.resources?.requests]),
    spec?.initContainers?.map((container) => [container.name, container.restartPolicy, container.resources?.requests]),
    spec?.resources?.requests,
    spec?.overhead,
  ]);
}

function requestsOf(spec: Pod['spec']): PodRequests {
  return projectPodRequests({
    containers: (spec?.containers ?? []).map(containerTexts),
    initContainers: (spec?.initContainers ?? []).map((container) => ({
      ...containerTexts(container),
      isSidecar: container.restartPolicy === 'Always',
    })),
    pod: spec?.resources?.requests ?? null,
    overhead: spec?.overhead ?? null,
  });
}

function containerTexts({ name, resources }: PodContainer): ContainerTexts {
  return { name, requests: resources?.requests ?? {} };
}
