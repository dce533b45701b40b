import type { Cluster } from '../../../scripts/cluster/cluster.ts';

/** A document of the cluster by its path: discovery, or the objects that metrics are asked of. */
export interface ClusterDocument {
  readonly path: string;
  readonly document: unknown;
}

/** Kinds whose objects the adapter lists. */
const LISTS = [
  '/api/v1/namespaces',
  '/api/v1/nodes',
  '/api/v1/pods',
  '/api/v1/services',
  '/api/v1/persistentvolumes',
  '/apis/apps/v1/deployments',
  '/apis/batch/v1/jobs',
  '/apis/storage.k8s.io/v1/storageclasses',
  '/apis/cheese.example/v1/brands',
  '/apis/cheese.example/v1/dairies',
];

interface GroupList {
  readonly groups: readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
}

interface ResourceList {
  readonly resources: readonly object[];
}

interface ObjectList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
    readonly status?: { readonly phase?: string };
  }[];
}

/**
 * What an adapter finds out about the cluster: the discovery documents in the order that the server has them in, and each
 * object by namespace, name, labels and phase.
 */
export async function recordCluster({ api }: Cluster): Promise<readonly ClusterDocument[]> {
  const groups = (await api.get('/apis')) as GroupList;
  const versions = groups.groups.flatMap((group) => group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
  const documents: ClusterDocument[] = [{ path: '/apis', document: groups }];
  for (const path of ['/api/v1', ...versions]) {
    const list = (await api.get(path)) as ResourceList;
    documents.push({ path, document: { ...list, resources: list.resources.map(withoutHash) } });
  }
  for (const path of LISTS) {
    const { items } = (await api.get(path)) as ObjectList;
    documents.push({
      path,
      document: items.map(({ metadata: { namespace, name, labels }, status }) => ({
        namespace,
        name,
        labels,
        phase: status?.phase,
      })),
    });
  }
  return documents;
}

function withoutHash(resource: object): object {
  return Object.fromEntries(Object.entries(resource).filter(([name]) => name !== 'storageVersionHash'));
}
