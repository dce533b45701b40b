import type { Clock } from '../../base/clock.ts';
import { parseKeyText } from '../../base/object-key.ts';
import { type Caches, inNamespace, type PodsByNamespace } from './caches.ts';
import { reconcileEndpoints } from './node/endpoints.ts';
import type { PodAddresses } from './node/pod-addresses.ts';
import { reconcilePod } from './node/pod-lifecycle.ts';
import { reconcileRun } from './node/pod-run.ts';
import { schedulePod } from './node/scheduler.ts';
import {
  controllerOf,
  internalAddressOf,
  namespaceOf,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ReplicaSet,
} from './objects.ts';
import type { ContainerRuntime } from './runtime/container-runtime.ts';
import type { WorkItem } from './work-queue.ts';
import { reconcileDeployment } from './workload/deployment.ts';
import { type ReplicaKind, reconcileReplicaSet } from './workload/replica-set.ts';
import { reconcileStatefulSet } from './workload/stateful-set.ts';
import { nameSuffix } from './workload/template-hash.ts';
import type { Reconciliation } from './write.ts';

export const REPLICA_SET_KIND: ReplicaKind = {
  type: REPLICA_SETS,
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  source: 'replicaset-controller',
};

export const REPLICATION_CONTROLLER_KIND: ReplicaKind = {
  type: REPLICATION_CONTROLLERS,
  apiVersion: 'v1',
  kind: 'ReplicationController',
  source: 'replication-controller',
};

export interface ReconcilerInput {
  readonly caches: Caches;
  readonly pods: PodsByNamespace;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly addresses: PodAddresses;
  readonly runtime: Pick<ContainerRuntime, 'runOf'>;
  /** A custom resource that keeps pods, with its kind; undefined when it is gone. */
  customResource(key: string): { readonly kind: ReplicaKind; readonly object: ReplicaSet } | undefined;
}

const NOTHING: Reconciliation = { writes: [] };

/** Looks at one object through the rules of its kind, over the caches of this moment. */
export class Reconcilers {
  readonly #input: ReconcilerInput;
  /** Names given so far, by owner: the next one is new and the same in every run of a story. */
  readonly #nameCounts = new Map<string, number>();

  constructor(input: ReconcilerInput) {
    this.#input = input;
  }

  reconcile({ kind, key }: WorkItem): Reconciliation {
    const { caches } = this.#input;
    switch (kind) {
      case 'deployment':
        return this.#deployment(key);
      case 'replicaSet':
        return this.#replicas(REPLICA_SET_KIND, caches.replicaSets.get(key));
      case 'replicationController':
        return this.#replicas(REPLICATION_CONTROLLER_KIND, caches.replicationControllers.get(key));
      case 'customResource': {
        const found = this.#input.customResource(key);
        return found === undefined ? NOTHING : this.#replicas(found.kind, found.object);
      }
      case 'statefulSet':
        return this.#statefulSet(key);
      case 'pod':
        return this.#pod(key);
      case 'service':
        return this.#service(key);
    }
  }

  /** The owner is gone: one of its name begins its names anew. */
  forgetNames(ownerName: string): void {
    this.#nameCounts.delete(ownerName);
  }

  #deployment(key: string): Reconciliation {
    const deployment = this.#input.caches.deployments.get(key);
    if (deployment === undefined) return NOTHING;
    const replicaSets = inNamespace(this.#input.caches.replicaSets, namespaceOf(deployment));
    return reconcileDeployment({ deployment, replicaSets, nowMs: this.#input.clock.nowMs() });
  }

  #replicas(kind: ReplicaKind, owner: ReplicaSet | undefined): Reconciliation {
    if (owner === undefined) return NOTHING;
    const pods = this.#input.pods.list(namespaceOf(owner));
    const nowMs = this.#input.clock.nowMs();
    const taken = new Set(pods.map((pod) => pod.metadata.name));
    const nextNameSuffix = (): string => this.#nextNameSuffix(owner.metadata.name, taken);
    return reconcileReplicaSet(kind, { owner, pods, nowMs, nextNameSuffix });
  }

  #nextNameSuffix(ownerName: string, taken: ReadonlySet<string>): string {
    for (;;) {
      const count = this.#nameCounts.get(ownerName) ?? 0;
      this.#nameCounts.set(ownerName, count + 1);
      const suffix = nameSuffix(ownerName, count);
      if (!taken.has(`${ownerName}-${suffix}`)) return suffix;
    }
  }

  #statefulSet(key: string): Reconciliation {
    const set = this.#input.caches.statefulSets.get(key);
    if (set === undefined) return NOTHING;
    const pods = this.#input.pods.list(namespaceOf(set)).filter((pod) => controllerOf(pod)?.uid === set.metadata.uid);
    return reconcileStatefulSet({ set, pods, nowMs: this.#input.clock.nowMs() });
  }

  #pod(key: string): Reconciliation {
    const { caches, clock, addresses, runtime } = this.#input;
    const pod = caches.pods.get(key);
    if (pod === undefined) return NOTHING;
    const nowMs = clock.nowMs();
    if (pod.spec.nodeName) {
      const hostIp = internalAddressOf(caches.nodes.get(pod.spec.nodeName)) ?? '';
      const podIp = addresses.of(key, pod);
      const run = runtime.runOf(pod, podIp);
      return run.kind === 'timed'
        ? reconcilePod({ pod, nowMs, exit: run.exit, podIp, hostIp })
        : reconcileRun({ pod, nowMs, podIp, hostIp, run });
    }
    const placed = [...caches.pods.values()].filter((other) => other.spec.nodeName);
    return schedulePod({ pod, nodes: [...caches.nodes.values()], placed, nowMs });
  }

  #service(key: string): Reconciliation {
    const service = this.#input.caches.services.get(key);
    const namespace = parseKeyText(key)?.namespace;
    if (service === undefined || namespace === undefined) return NOTHING;
    return { writes: reconcileEndpoints(service, this.#input.pods.list(namespace)) };
  }
}
