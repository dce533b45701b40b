import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { KubeClient, KubeObject, ResourceType } from '../../../src/platform/kube/client.ts';

/** The group of a kind that has a scale and no controller. */
export const WORKLOAD_GROUP = 'stories.podtide.dev';

/** Its targets. */
export const WORKLOADS: ResourceType = {
  group: WORKLOAD_GROUP,
  version: 'v1',
  resource: 'workloads',
  isNamespaced: true,
};

/** Teaches the cluster the kind; returns when it can be used. */
export async function createWorkloadKind(cluster: Cluster, client: Pick<KubeClient, 'create'>): Promise<void> {
  await client.create(CRDS, WORKLOAD_CRD as KubeObject);
  await cluster.kubectl(['wait', '--for=condition=Established', `crd/workloads.${WORKLOAD_GROUP}`]);
}

const CRDS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
  isNamespaced: false,
};

/** What a user grants besides the manifest's rights, which name the kinds that every cluster has. */
export const WORKLOAD_SCALE_RIGHTS = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'workload-scale' },
      rules: [{ apiGroups: [WORKLOAD_GROUP], resources: ['workloads/scale'], verbs: ['get', 'update'] }],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'workload-scale' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'workload-scale' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'podtide-system', name: 'podtide-controller' }],
    },
  ],
};

const PRESERVED = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

const WORKLOAD_CRD = {
  metadata: { name: `workloads.${WORKLOAD_GROUP}` },
  spec: {
    group: WORKLOAD_GROUP,
    scope: 'Namespaced',
    names: { kind: 'Workload', plural: 'workloads', singular: 'workload' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: PRESERVED, status: PRESERVED } } },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
      },
    ],
  },
};
