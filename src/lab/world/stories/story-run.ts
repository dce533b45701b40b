import type { Clock, Release } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { HorizontalPodAutoscaler } from '../../../core/autoscaling/types.ts';
import { profileOfImage, type WorkloadProfile } from '../../../core/plant/workload-profile.ts';
import type { KubeClient, KubeObject, ObjectRef, ResourceType } from '../../../platform/kube/client.ts';
import type { HpaApi } from '../../../platform/kube/hpa-api.ts';
import { CONFIG_MAPS, DEPLOYMENTS, PODS, REPLICATION_CONTROLLERS, SERVICES, STATEFUL_SETS } from '../objects.ts';
import type { World } from '../world.ts';
import type { Story, StoryAction, StoryObject } from './story.ts';

export interface StoryRunOptions {
  readonly clock: Clock;
  readonly client: KubeClient;
  /** The version in which the server takes the HPAs that stories write as v2. */
  readonly hpaApi: HpaApi;
  readonly world: Pick<World, 'setLoad'>;
  readonly signal: AbortSignal;
  /** Told when an action cannot be carried out; the story goes on. */
  readonly onFailure: (action: StoryAction, failure: unknown) => void;
}

const CLUSTER_WIDE = { isNamespaced: false } as const;
const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;

/** Where the kinds that stories make are served. */
const STORY_TYPES: Readonly<Record<string, ResourceType>> = {
  'v1 Namespace': { group: '', version: 'v1', resource: 'namespaces', ...CLUSTER_WIDE },
  'v1 Pod': PODS,
  'v1 Service': SERVICES,
  'v1 ConfigMap': CONFIG_MAPS,
  'v1 ReplicationController': REPLICATION_CONTROLLERS,
  'apps/v1 Deployment': DEPLOYMENTS,
  'apps/v1 StatefulSet': STATEFUL_SETS,
  'v1 ServiceAccount': { group: '', version: 'v1', resource: 'serviceaccounts', isNamespaced: true },
  'rbac.authorization.k8s.io/v1 Role': { ...RBAC, resource: 'roles', isNamespaced: true },
  'rbac.authorization.k8s.io/v1 RoleBinding': { ...RBAC, resource: 'rolebindings', isNamespaced: true },
  'rbac.authorization.k8s.io/v1 ClusterRole': { ...RBAC, resource: 'clusterroles', ...CLUSTER_WIDE },
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': { ...RBAC, resource: 'clusterrolebindings', ...CLUSTER_WIDE },
  'apiregistration.k8s.io/v1 APIService': {
    group: 'apiregistration.k8s.io',
    version: 'v1',
    resource: 'apiservices',
    ...CLUSTER_WIDE,
  },
  'monitoring.coreos.com/v1 ServiceMonitor': {
    group: 'monitoring.coreos.com',
    version: 'v1',
    resource: 'servicemonitors',
    isNamespaced: true,
  },
};

/**
 * Plays a story from now on: each action at its instant, holding the domain clock until it is answered. Resolves at the
 * story's end, and rejects with the signal's reason when it aborts before.
 */
export function runStory(story: Story, options: StoryRunOptions): Promise<void> {
  const { clock, signal } = options;
  return new Promise((resolve, reject) => {
    const timers: Release[] = [];
    const end = (settle: () => void): void => {
      for (const cancel of timers) cancel();
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const onAbort = (): void => end(() => reject(signal.reason));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    for (const action of story.actions) timers.push(clock.after(action.atMs, () => act(action, options)));
    timers.push(clock.after(story.durationMs, () => end(resolve)));
  });
}

/** How the images of these stories behave; others as everywhere. */
export function profilesOf(stories: readonly Story[]): (image: string) => WorkloadProfile {
  const profiles = new Map(stories.flatMap((story) => Object.entries(story.profiles ?? {})));
  return (image) => profiles.get(image.replace(/[:@][^/]*$/, '')) ?? profileOfImage(image);
}

async function act(action: StoryAction, options: StoryRunOptions): Promise<void> {
  const { client, hpaApi, world, signal } = options;
  try {
    switch (action.kind) {
      case 'load':
        return world.setLoad(action.service, action.profile);
      case 'create':
        await client.create(typeOf(action.object, hpaApi), servedForm(action.object, hpaApi), { signal });
        return;
      case 'delete':
        await client.delete(typeOf(action.object, hpaApi), refOf(action.object), { signal });
        return;
      case 'patch': {
        const patch = { kind: 'merge', body: action.body } as const;
        await client.patch(typeOf(action.object, hpaApi), refOf(action.object), patch, { signal });
      }
    }
  } catch (thrown) {
    if (!signal.aborted) options.onFailure(action, thrown);
  }
}

function servedForm(object: StoryObject, hpaApi: HpaApi): KubeObject {
  return object.kind === 'HorizontalPodAutoscaler'
    ? hpaApi.encode(object as HorizontalPodAutoscaler & StoryObject)
    : object;
}

function typeOf({ apiVersion, kind }: StoryObject, hpaApi: HpaApi): ResourceType {
  if (kind === 'HorizontalPodAutoscaler') return hpaApi.type;
  const type = STORY_TYPES[`${apiVersion} ${kind}`];
  if (type === undefined) throw new Failure('invalid', `a story makes no ${kind} of ${apiVersion}`);
  return type;
}

function refOf({ metadata: { namespace, name } }: StoryObject): ObjectRef {
  return namespace === undefined ? { name } : { namespace, name };
}
