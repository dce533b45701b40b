import type { Clock, DeliveryLedger, IoClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { joinCaches } from '../../control/controller/joined-caches.ts';
import { ClusterWatch } from '../../people/notify/watching/cluster-watch.ts';
import { type CachedHpa, observedHpa } from '../../people/notify/watching/observed-hpa.ts';
import {
  type CachedTarget,
  cachedWorkload,
  type Workload,
  type WorkloadKind,
} from '../../people/notify/watching/observed-target.ts';
import { type PodStanding, standingOf, type WatchedPod } from '../../people/notify/watching/pod-trouble.ts';
import type { KubeObject, ResourceType } from '../../platform/kube/client.ts';
import { createDiscovery } from '../../platform/kube/discovery.ts';
import { findHpaApi, type HpaApi } from '../../platform/kube/hpa-api.ts';
import { createKubeClient, type KubeClientOptions } from '../../platform/kube/kube-client.ts';
import type { Reflector } from '../../platform/kube/reflector.ts';
import { createRestMapper } from '../../platform/kube/rest-mapper.ts';
import { createReflector } from '../../platform/kube/watch-cache.ts';
import { AskedNotifierRights } from './notifier-rights.ts';

/** What looking at a cluster takes. */
export interface NotifierWatchOptions {
  readonly client: KubeClientOptions;
  /** Null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  readonly clock: Clock;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Holds the clock while events are under way; of a lab alone. */
  readonly delivery?: DeliveryLedger;
  /** Ends a start that waits for the API server. */
  readonly signal?: AbortSignal;
}

/** A cluster that is looked at. */
export interface NotifierWatch {
  readonly watch: ClusterWatch;
  readonly hpaApi: HpaApi;
  stop(): Promise<void>;
}

/** Whatever an outage hid is to be known within 35 s of its end, and told after it has stood for a while. */
const RETRY_MS_MAX = 14_000;

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };

const WORKLOADS: Readonly<Record<WorkloadKind, ResourceType>> = {
  Deployment: { group: 'apps', version: 'v1', resource: 'deployments', isNamespaced: true },
  StatefulSet: { group: 'apps', version: 'v1', resource: 'statefulsets', isNamespaced: true },
  ReplicaSet: { group: 'apps', version: 'v1', resource: 'replicasets', isNamespaced: true },
};

/**
 * Opens the caches that this account may fill, in the best version of HPAs that the server has; resolves when they are.
 * Throws Failure `denied` when HPAs may not be looked at, `notFound` when there are none.
 */
export async function openNotifierWatch(options: NotifierWatchOptions): Promise<NotifierWatch> {
  const { clock, ioClock, log } = options;
  const client = createKubeClient(options.client);
  const hpaApi = await findHpaApi({ ...options, client });
  const rights = new AskedNotifierRights(options);
  await rights.ask();
  const mapper = createRestMapper({ discovery: createDiscovery(options.client), ioClock });
  const watch = new ClusterWatch({
    clock,
    ioClock,
    hpas: openCaches<KubeObject, CachedHpa>(options, hpaApi.type, (hpa) => observedHpa(hpa, hpaApi)),
    openWorkloads: (kind) =>
      rights.mayWatch(kind)
        ? openCaches<Workload, CachedTarget>(options, WORKLOADS[kind], (object) => cachedWorkload(kind, object))
        : null,
    scales: () => (rights.mayReadScales() ? { client, mapper } : null),
    openPods: (namespace, labelSelector) =>
      rights.mayWatch('Pod')
        ? createReflector<WatchedPod, PodStanding>(options.client, {
            type: PODS,
            namespace,
            labelSelector,
            project: standingOf,
            retryMsMax: RETRY_MS_MAX,
          })
        : null,
  });
  const unfollow = rights.follow(() => watch.rightsChanged((kind) => rights.mayWatch(kind)));
  const stop = async (): Promise<void> => {
    unfollow();
    await watch.stop();
  };
  const onAbort = (): void => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    await watch.start();
  } catch (thrown) {
    await stop();
    throw thrown;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
  log.info('HPAs are watched', { version: hpaApi.apiVersion, hpaCount: watch.standing().hpaCount });
  return { watch, hpaApi, stop };
}

function openCaches<T extends KubeObject, P>(
  { client, namespaces, delivery: ledger }: NotifierWatchOptions,
  type: ResourceType,
  project: (object: T) => P,
): Reflector<T, P> {
  const delivery = ledger === undefined ? {} : { delivery: { ledger, name: `notifier ${type.resource}` } };
  const open = (namespace: string | null) =>
    createReflector<T, P>(client, { type, namespace, project, retryMsMax: RETRY_MS_MAX, ...delivery });
  if (namespaces === null) return open(null);
  return joinCaches(new Map(namespaces.map((namespace) => [namespace, open(namespace)])));
}
