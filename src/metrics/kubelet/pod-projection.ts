import { Interner, type LabelSet, labelSetKey } from '../../base/interner.ts';
import type { KubeObject } from '../../platform/kube/client.ts';

/** The parts of `v1 Pod` that matter to its usage. */
export interface Pod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly state?: { readonly running?: unknown };
}

/** What a cache keeps of a pod. */
export interface PodEntry {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Shared by all pods of equal labels. */
  readonly labels: LabelSet;
  /** Empty before the pod is scheduled. */
  readonly nodeName: string;
  /** Containers that the status says are not running: exited init containers, and those that wait to be restarted. */
  readonly stopped: readonly string[];
}

/** Projects pods as the watch decodes them; what pods have in common is kept once. */
export class PodProjection {
  readonly #labelSets = new Interner<LabelSet>();
  readonly #texts = new Interner<string>();
  readonly #stopped = new Interner<readonly string[]>();

  project(pod: Pod): PodEntry {
    const labels = pod.metadata.labels ?? {};
    const stopped = stoppedContainers(pod.status);
    return {
      namespace: this.#shared(pod.metadata.namespace ?? ''),
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
      labels: this.#labelSets.intern(labelSetKey(labels), () => labels),
      nodeName: this.#shared(pod.spec?.nodeName ?? ''),
      stopped: this.#stopped.intern(stopped.join(), () => stopped),
    };
  }

  #shared(text: string): string {
    return this.#texts.intern(text, () => text);
  }
}

function stoppedContainers(status: Pod['status']): readonly string[] {
  const all = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return all.filter(({ state }) => state !== undefined && state.running === undefined).map(({ name }) => name);
}
