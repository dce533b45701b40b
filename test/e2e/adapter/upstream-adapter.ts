import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { buildPrograms } from '../../../scripts/cluster/build.ts';
import { cacheFolder } from '../../../scripts/cluster/cache.ts';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { Command } from '../../../scripts/cluster/commands.ts';
import { PROMETHEUS_ADAPTER } from '../../../scripts/cluster/components.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import type { AdapterCommandOptions } from './adapter-under-test.ts';

/** The account of the chart's release `prometheus-adapter` in the namespace that tutorials put it into. */
export const UPSTREAM_ACCOUNT = { namespace: 'prometheus', name: 'prometheus-adapter' };

/** The command line of upstream's adapter, with the account and the rights of the chart's manifests. */
export async function upstreamAdapterCommand(
  cluster: Cluster,
  options: AdapterCommandOptions,
): Promise<{ readonly command: Command; readonly port: number }> {
  const programs = await buildPrograms(cacheFolder(process.env), () => {}, [PROMETHEUS_ADAPTER]);
  const kubeconfig = await cluster.kubeconfigFor(UPSTREAM_ACCOUNT);
  const folder = join(cluster.folder, options.name);
  await mkdir(folder, { recursive: true });
  const [port = 0] = await findFreePorts(1);
  const args = [
    `--lister-kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    ...options.flags,
  ];
  if (options.configuration !== null) {
    const file = join(folder, 'config.yaml');
    await writeFile(file, options.configuration);
    args.push(`--config=${file}`);
  }
  return { command: { name: options.name, program: programs['prometheus-adapter'], args }, port };
}

/** Makes the account that the chart makes, with its rights; those for resource metrics are the chart's too. */
export async function grantUpstreamRights(cluster: Cluster): Promise<void> {
  await cluster.kubectl(
    ['apply', '-f', '-'],
    rights()
      .map((item) => stringify(item))
      .join('---\n'),
  );
}

const RBAC = 'rbac.authorization.k8s.io';

function rights(): readonly object[] {
  const { namespace, name } = UPSTREAM_ACCOUNT;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { app: namespace } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: UPSTREAM_ACCOUNT },
    binding(`${name}-system-auth-delegator`, 'system:auth-delegator'),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${name}-auth-reader`, namespace: 'kube-system' },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects: [{ kind: 'ServiceAccount', ...UPSTREAM_ACCOUNT }],
    },
    role(`${name}-resource-reader`, ['namespaces', 'pods', 'services', 'configmaps']),
    binding(`${name}-resource-reader`, `${name}-resource-reader`),
    role(`${name}-metrics`, ['pods', 'nodes', 'nodes/stats']),
    binding(`${name}-metrics`, `${name}-metrics`),
  ];
}

function role(name: string, resources: readonly string[]): object {
  const rules = [{ apiGroups: [''], resources, verbs: ['get', 'list', 'watch'] }];
  return { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name }, rules };
}

function binding(name: string, roleName: string): object {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: roleName },
    subjects: [{ kind: 'ServiceAccount', ...UPSTREAM_ACCOUNT }],
  };
}
