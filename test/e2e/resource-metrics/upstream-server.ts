import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPrograms } from '../../../scripts/cluster/build.ts';
import { cacheFolder } from '../../../scripts/cluster/cache.ts';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { METRICS_SERVER } from '../../../scripts/cluster/components.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import type { ProcessRecord } from '../../../scripts/cluster/process.ts';

const ACCOUNT = { namespace: 'kube-system', name: 'metrics-server' };

/** Starts upstream's metrics-server beside the cluster, with the account and the rights of its own manifests. */
export async function startUpstreamServer(
  cluster: Cluster,
  timing: readonly string[] = ['--metric-resolution=10s', '--kubelet-request-timeout=5s'],
): Promise<{ readonly url: string; readonly process: ProcessRecord }> {
  const programs = await buildPrograms(cacheFolder(process.env), () => {}, [METRICS_SERVER]);
  const items = manifests();
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const kubeconfig = await cluster.kubeconfigFor(ACCOUNT);
  const [port = 0] = await findFreePorts(1);
  const certificates = join(cluster.folder, 'metrics-server-certificates');
  await mkdir(certificates, { recursive: true });
  const record = await cluster.run({
    name: 'metrics-server',
    program: programs['metrics-server'],
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--cert-dir=${certificates}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--kubelet-use-node-status-port',
      `--kubelet-certificate-authority=${cluster.caFile}`,
      ...timing,
    ],
  });
  return { url: `https://127.0.0.1:${port}`, process: record };
}

function manifests(): readonly object[] {
  const rbac = 'rbac.authorization.k8s.io';
  const subjects = [{ kind: 'ServiceAccount', ...ACCOUNT }];
  const clusterRole = (name: string) => ({ apiGroup: rbac, kind: 'ClusterRole', name });
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'metrics-server-auth-reader', namespace: ACCOUNT.namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'metrics-server:system:auth-delegator' },
      roleRef: clusterRole('system:auth-delegator'),
      subjects,
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'system:metrics-server' },
      rules: [
        { apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] },
        { apiGroups: [''], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:metrics-server' },
      roleRef: clusterRole('system:metrics-server'),
      subjects,
    },
  ];
}
