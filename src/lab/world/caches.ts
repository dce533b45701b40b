import type { DeliveryLedger } from '../../base/clock.ts';
import type { KubeObject, ResourceType } from '../../platform/kube/client.ts';
import type { KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';
import {
  CONFIG_MAPS,
  type ConfigMap,
  DEPLOYMENTS,
  type Deployment,
  NODES,
  type Node,
  namespaceOf,
  PODS,
  type Pod,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  type ReplicaSet,
  SERVICES,
  type Service,
  STATEFUL_SETS,
  type StatefulSet,
} from './objects.ts';

/** A cache of whole objects. */
export type Cache<T extends KubeObject> = Reflector<T, T>;

/** Everything that the world looks at, kept up to date by watches. */
export interface Caches {
  readonly pods: Cache<Pod>;
  readonly nodes: Cache<Node>;
  readonly services: Cache<Service>;
  readonly deployments: Cache<Deployment>;
  readonly replicaSets: Cache<ReplicaSet>;
  readonly statefulSets: Cache<StatefulSet>;
  readonly replicationControllers: Cache<ReplicaSet>;
  readonly configMaps: Cache<ConfigMap>;
}

export function createCaches(client: KubeClientOptions, ledger?: DeliveryLedger): Caches {
  return {
    pods: cacheOf<Pod>(client, PODS, ledger),
    nodes: cacheOf<Node>(client, NODES, ledger),
    services: cacheOf<Service>(client, SERVICES, ledger),
    deployments: cacheOf<Deployment>(client, DEPLOYMENTS, ledger),
    replicaSets: cacheOf<ReplicaSet>(client, REPLICA_SETS, ledger),
    statefulSets: cacheOf<StatefulSet>(client, STATEFUL_SETS, ledger),
    replicationControllers: cacheOf<ReplicaSet>(client, REPLICATION_CONTROLLERS, ledger),
    configMaps: cacheOf<ConfigMap>(client, CONFIG_MAPS, ledger),
  };
}

/** A cache of one more type, for custom resources. */
export function cacheOf<T extends KubeObject>(
  client: KubeClientOptions,
  type: ResourceType,
  ledger?: DeliveryLedger,
): Cache<T> {
  const name = `world-${type.resource}${type.group && `.${type.group}`}`;
  return createReflector<T, T>(client, {
    type,
    project: (object) => object,
    ...(ledger && { delivery: { ledger, name } }),
  });
}

/** The objects of a cache that stand in a namespace, by name. */
export function inNamespace<T extends KubeObject>(cache: Cache<T>, namespace: string): readonly T[] {
  const found: T[] = [];
  for (const object of cache.values()) if (namespaceOf(object) === namespace) found.push(object);
  return found.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** Pods by namespace, so that a look at one namespace does not walk through all of them. */
export class PodsByNamespace {
  readonly #namespaces = new Map<string, Map<string, Pod>>();
  /** Uids of pods whose deletion was answered and whose watch event is still on its way. */
  readonly #deleting = new Set<string>();

  constructor(pods: Cache<Pod>) {
    pods.subscribe({
      added: (key, pod) => this.#set(key, pod),
      updated: (key, _before, pod) => this.#set(key, pod),
      deleted: (key, pod) => {
        this.#deleting.delete(pod.metadata.uid ?? '');
        this.#namespaces.get(namespaceOf(pod))?.delete(key);
      },
    });
  }

  /** By name. A pod whose deletion was asked for counts as leaving already. */
  list(namespace: string): readonly Pod[] {
    const pods = [...(this.#namespaces.get(namespace)?.values() ?? [])];
    return pods
      .map((pod) => (this.#deleting.has(pod.metadata.uid ?? '') ? leaving(pod) : pod))
      .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  markDeleting(uid: string): void {
    this.#deleting.add(uid);
  }

  #set(key: string, pod: Pod): void {
    if (pod.metadata.deletionTimestamp !== undefined) this.#deleting.delete(pod.metadata.uid ?? '');
    const namespace = namespaceOf(pod);
    const pods = this.#namespaces.get(namespace);
    if (pods === undefined) this.#namespaces.set(namespace, new Map([[key, pod]]));
    else pods.set(key, pod);
  }
}

function leaving(pod: Pod): Pod {
  const deletionTimestamp = pod.metadata.deletionTimestamp ?? pod.metadata.creationTimestamp ?? '';
  return { ...pod, metadata: { ...pod.metadata, deletionTimestamp } };
}
