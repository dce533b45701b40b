import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { apiName, METRICS_COUNT, NAMESPACE, podName } from './measured-series.ts';

/** Whoever asks, and may read everything. */
export const ASKER = { namespace: 'kube-system', name: 'adapter-asker' };

const RBAC = 'rbac.authorization.k8s.io';

/** For each HPA that will ask: the HPA itself, which nobody acts on, and a pod that its selector means. */
export async function createObjects(cluster: Cluster, hpaCount: number): Promise<void> {
  const indices = Array.from({ length: hpaCount }, (_, index) => index);
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ASKER },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: ASKER.name },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', ...ASKER }],
    },
    ...indices.map(podOf),
    ...indices.map(hpaOf),
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
}

function podOf(index: number): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace: NAMESPACE, name: podName(index), labels: { app: String(index) } },
    spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] },
  };
}

/** Names the metric of its own; `--discovery=minimal` looks at nothing else of it. */
function hpaOf(index: number): object {
  const metric = { name: apiName(index % METRICS_COUNT) };
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace: NAMESPACE, name: `web-${index}` },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `web-${index}` },
      maxReplicas: 10,
      metrics: [{ type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '10' } } }],
    },
  };
}
