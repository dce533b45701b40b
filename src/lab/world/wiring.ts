import { type Caches, inNamespace, type PodsByNamespace } from './caches.ts';
import type { CustomResources } from './custom-resources.ts';
import { controllerOf, namespaceOf, type Pod, type ReplicaSet, type Service } from './objects.ts';
import type { WorkKind, WorkQueue } from './work-queue.ts';
import { podSelectorOf } from './workload/replica-set.ts';

export interface WiringInput {
  readonly caches: Caches;
  readonly pods: PodsByNamespace;
  readonly custom: CustomResources;
  readonly queue: Pick<WorkQueue, 'add'>;
  /** The load may run differently from now on. */
  onSceneChange(): void;
  onPodGone(key: string, pod: Pod): void;
  /** What made pods is gone, and gives no more names. */
  onOwnerGone(name: string): void;
}

const OWNER_KINDS: Readonly<Record<string, WorkKind>> = {
  'apps/v1 ReplicaSet': 'replicaSet',
  'apps/v1 StatefulSet': 'statefulSet',
  'apps/v1 Deployment': 'deployment',
  'v1 ReplicationController': 'replicationController',
};

/** Which objects are to be looked at when one changes: itself, who owns it, and who selects it. */
export function wire(input: WiringInput): void {
  const { caches, queue } = input;
  follow(input, 'deployments', 'deployment');
  follow(input, 'statefulSets', 'statefulSet');
  follow(input, 'replicationControllers', 'replicationController');
  caches.replicationControllers.subscribe({ deleted: (_key, owner) => input.onOwnerGone(owner.metadata.name) });
  caches.replicaSets.subscribe({
    added: (key, set) => replicaSetChanged(input, key, set),
    updated: (key, _before, set) => replicaSetChanged(input, key, set),
    deleted: (_key, set) => {
      input.onOwnerGone(set.metadata.name);
      addOwner(input, set);
    },
  });
  caches.pods.subscribe({
    added: (key, pod) => podChanged(input, key, undefined, pod),
    updated: (key, before, pod) => podChanged(input, key, before, pod),
    deleted: (key, pod) => {
      input.onSceneChange();
      input.onPodGone(key, pod);
      addOwner(input, pod);
      addServices(input, pod);
      addUnplaced(input);
    },
  });
  caches.services.subscribe({
    added: (key) => serviceChanged(input, key),
    updated: (key) => serviceChanged(input, key),
    deleted: () => input.onSceneChange(),
  });
  caches.nodes.subscribe({ added: () => addUnplaced(input), updated: () => addUnplaced(input) });

  function serviceChanged({ onSceneChange }: WiringInput, key: string): void {
    onSceneChange();
    queue.add('service', key);
  }
}

function follow(
  { caches, queue }: WiringInput,
  name: 'deployments' | 'statefulSets' | 'replicationControllers',
  kind: WorkKind,
): void {
  const add = (key: string): void => queue.add(kind, key);
  caches[name].subscribe({ added: add, updated: add });
}

function replicaSetChanged(input: WiringInput, key: string, set: ReplicaSet): void {
  input.queue.add('replicaSet', key);
  addOwner(input, set);
}

function podChanged(input: WiringInput, key: string, before: Pod | undefined, pod: Pod): void {
  input.onSceneChange();
  input.queue.add('pod', key);
  addOwner(input, pod);
  addServices(input, pod);
  if (before !== undefined && before.metadata.labels !== pod.metadata.labels) addServices(input, before);
  if (controllerOf(pod) === undefined) addAdopters(input, pod);
}

function addOwner({ queue, custom }: WiringInput, object: Pod | ReplicaSet): void {
  const owner = controllerOf(object);
  if (owner === undefined) return;
  const kind = OWNER_KINDS[`${owner.apiVersion} ${owner.kind}`];
  if (kind !== undefined) queue.add(kind, `${namespaceOf(object)}/${owner.name}`);
  const customKey = custom.keyOf(owner.apiVersion, owner.kind, namespaceOf(object), owner.name);
  if (customKey !== undefined) queue.add('customResource', customKey);
}

/** A pod that nobody controls goes to whoever selects it. */
function addAdopters({ caches, queue }: WiringInput, pod: Pod): void {
  const labels = pod.metadata.labels ?? {};
  const namespace = namespaceOf(pod);
  for (const set of inNamespace(caches.replicaSets, namespace)) {
    if (podSelectorOf(set)(labels)) queue.add('replicaSet', `${namespace}/${set.metadata.name}`);
  }
  for (const controller of inNamespace(caches.replicationControllers, namespace)) {
    if (podSelectorOf(controller)(labels)) {
      queue.add('replicationController', `${namespace}/${controller.metadata.name}`);
    }
  }
}

function addServices({ caches, queue }: WiringInput, pod: Pod): void {
  const namespace = namespaceOf(pod);
  for (const service of inNamespace(caches.services, namespace)) {
    if (selects(service, pod)) queue.add('service', `${namespace}/${service.metadata.name}`);
  }
}

/** Room came free, or a node came: pods without one may fit now. */
function addUnplaced({ caches, queue }: WiringInput): void {
  for (const pod of caches.pods.values()) {
    if (!pod.spec.nodeName) queue.add('pod', `${namespaceOf(pod)}/${pod.metadata.name}`);
  }
}

function selects(service: Service, pod: Pod): boolean {
  const selector = Object.entries(service.spec.selector ?? {});
  return selector.length > 0 && selector.every(([key, value]) => pod.metadata.labels?.[key] === value);
}
