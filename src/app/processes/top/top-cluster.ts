import type { Clock, IoClock } from '../../../base/clock.ts';
import { Failure } from '../../../base/failure.ts';
import type { TopNotice } from '../../../core/explain/top-notices.ts';
import type { Node } from '../../../metrics/kubelet/node-projection.ts';
import type { Pod as MeasuredPod } from '../../../metrics/kubelet/pod-projection.ts';
import type { KubeletClient } from '../../../metrics/kubelet/port.ts';
import { createProxiedKubelets } from '../../../metrics/kubelet/proxied-kubelets.ts';
import { accessByRecipe } from '../../../platform/kube/access-recipe.ts';
import { isApiFailure } from '../../../platform/kube/api-failure.ts';
import type { KubeClient, ResourceType } from '../../../platform/kube/client.ts';
import { createKubeClient, type KubeClientOptions } from '../../../platform/kube/kube-client.ts';
import { createSystemClock } from '../../../platform/time/system-clock.ts';
import type { Environment } from '../../config/environment.ts';
import type { TopConfig, TopScope } from '../../config/top-config.ts';
import { clusterRecipe, connectCluster } from '../cluster-connection.ts';

/** The cluster that `podtide top` looks at. */
export interface TopCluster {
  readonly kube: KubeClientOptions;
  readonly client: KubeClient;
  readonly kubelets: KubeletClient;
  /** Of the kubeconfig's context. */
  readonly namespace: string;
  /** Ages of samples. */
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly ioClock: IoClock;
  /** Told what a person should know beside the numbers. */
  readonly notify: (notice: TopNotice) => void;
}

/** What a cluster is made of; in tests without sockets. */
export interface TopClusterOptions extends Pick<TopCluster, 'kube' | 'namespace' | 'clock' | 'notify'> {
  /** Of the API server, for messages. */
  readonly server: string;
}

/** For one answer of the API server, metrics APIs included, real ms. */
export const TOP_CALL_MS_MAX = 15_000;

/** For one scrape through the node proxy, real ms. */
export const TOP_SCRAPE_MS_MAX = 10_000;

export const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
export const NODES: ResourceType = { group: '', version: 'v1', resource: 'nodes', isNamespaced: false };

/** A pod as usage and its trace look at it. */
export interface TopPod extends MeasuredPod {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly name: string }[];
  };
  readonly status?: Omit<NonNullable<MeasuredPod['status']>, 'containerStatuses'> & {
    readonly phase?: string;
    readonly reason?: string;
    readonly conditions?: readonly TopCondition[];
    readonly containerStatuses?: readonly TopContainerStatus[];
  };
}

/** A node with what its pods may use. */
export interface TopNode extends Node {
  readonly status?: Omit<NonNullable<Node['status']>, 'conditions'> & {
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly capacity?: Readonly<Record<string, string>>;
    readonly nodeInfo?: { readonly swap?: { readonly capacity?: number } };
    readonly conditions?: readonly TopCondition[];
  };
}

interface TopCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface TopContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: { readonly running?: unknown; readonly waiting?: { readonly reason?: string } };
}

/** Makes the cluster of its parts. The transport stays the caller's to close. */
export function createTopCluster({ kube, server, ...rest }: TopClusterOptions): TopCluster {
  const { transport, ioClock, userAgent } = kube;
  const kubelets = createProxiedKubelets({ transport, server, userAgent, requestTimeoutMs: TOP_SCRAPE_MS_MAX });
  return { ...rest, kube, client: createKubeClient(kube), kubelets, ioClock };
}

/** Does something with the cluster that the configuration names, and closes the connections to it. */
export async function withTopCluster<T>(
  config: Pick<TopConfig, 'kubeconfig' | 'context'>,
  environment: Environment,
  notify: (notice: TopNotice) => void,
  work: (cluster: TopCluster) => Promise<T>,
): Promise<T> {
  const ioClock = createSystemClock();
  const access = await accessByRecipe(clusterRecipe(config, environment), ioClock);
  const transport = connectCluster(access, environment, ioClock);
  const kube = { transport, ioClock, userAgent: 'podtide-top/v1', deadlineMs: TOP_CALL_MS_MAX };
  const clock = { nowMs: () => ioClock.wallMs() };
  const { server, namespace } = access;
  try {
    return await work(createTopCluster({ kube, server, namespace, clock, notify }));
  } finally {
    await transport.close();
  }
}

/** The namespace of a scope; null for all. */
export function namespaceOf(scope: TopScope, { namespace }: Pick<TopCluster, 'namespace'>): string | null {
  if (scope.kind === 'all') return null;
  return scope.kind === 'current' ? namespace : scope.namespace;
}

/** Whether a pod runs on some node, so that there is something to measure. */
export function isRunning({ spec, status }: TopPod): boolean {
  return status?.phase === 'Running' && (spec?.nodeName ?? '') !== '';
}

/** What a call brings; undefined when the object does not exist. Every other failure is thrown. */
export async function foundOrUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (isApiFailure(thrown, 404)) return undefined;
    throw thrown;
  }
}

/** Whether something thrown is a failure of this kind. */
export function isFailureOf(thrown: unknown, kind: Failure['kind']): thrown is Failure {
  return thrown instanceof Failure && thrown.kind === kind;
}
