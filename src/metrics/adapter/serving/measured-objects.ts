import type { KubeObject, ResourceType } from '../../../platform/kube/client.ts';
import type { KubeClientOptions } from '../../../platform/kube/kube-client.ts';
import { createReflector } from '../../../platform/kube/watch-cache.ts';

/** A pod or a node, as far as it is looked at; nodes have no namespace. */
export interface MeasuredObject {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Of the node that a pod runs on. */
  readonly nodeName?: string;
}

/** The pods that run and the nodes, as a cache of the cluster has them. */
export interface MeasuredObjects {
  pods(): readonly MeasuredObject[];
  nodes(): readonly MeasuredObject[];
  pod(namespace: string, name: string): MeasuredObject | undefined;
  node(name: string): MeasuredObject | undefined;
}

/** The same with its watches. */
export interface FollowedObjects extends MeasuredObjects {
  /** Resolves when everything is known for the first time; rejects only when stopped before. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', isNamespaced: true };
const NODES: ResourceType = { group: '', version: 'v1', resource: 'nodes', isNamespaced: false };

/** As much of a pod as is looked at; of a node nothing below its metadata is. */
interface Pod extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
}

/** Follows running pods and nodes, of which names, labels and a pod's node are kept. */
export function followMeasuredObjects(client: KubeClientOptions): FollowedObjects {
  const project = ({ metadata, spec }: Pod): MeasuredObject => ({
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    labels: metadata.labels ?? {},
    ...(spec?.nodeName === undefined ? {} : { nodeName: spec.nodeName }),
  });
  const pods = createReflector<Pod, MeasuredObject>(client, {
    type: PODS,
    fieldSelector: 'status.phase=Running',
    project,
  });
  const nodes = createReflector<Pod, MeasuredObject>(client, { type: NODES, project });
  return {
    pods: () => [...pods.values()],
    nodes: () => [...nodes.values()],
    pod: (namespace, name) => pods.get(`${namespace}/${name}`),
    node: (name) => nodes.get(name),
    start: async () => {
      await Promise.all([pods.start(), nodes.start()]);
    },
    stop: async () => {
      await Promise.all([pods.stop(), nodes.stop()]);
    },
  };
}
