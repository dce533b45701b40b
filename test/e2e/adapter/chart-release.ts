import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Cluster, ServiceAccountName } from '../../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import type { AdapterCommandOptions } from './adapter-under-test.ts';

/** The account of the chart's release `prometheus-adapter` in the namespace that tutorials put it into. */
const ACCOUNT = { namespace: 'prometheus', name: 'prometheus-adapter' };

/** What an adapter is told that runs with the account of the chart's release, outside of the cluster and on a port of its own. */
export function chartReleaseWords(cluster: Cluster, options: AdapterCommandOptions): Promise<AdapterWords> {
  return wordsOutside(cluster, ACCOUNT, options);
}

/** Command-line words of an adapter, and the port that they name. */
export interface AdapterWords {
  readonly words: readonly string[];
  readonly port: number;
}

/** The same with any account. */
export async function wordsOutside(
  cluster: Cluster,
  account: ServiceAccountName,
  { name, flags, configuration }: AdapterCommandOptions,
): Promise<AdapterWords> {
  const kubeconfig = await cluster.kubeconfigFor(account);
  const folder = join(cluster.folder, name);
  await mkdir(folder, { recursive: true });
  const [port = 0] = await findFreePorts(1);
  // Flags may begin with the program's name, as those of the chart do.
  const words = [
    ...flags,
    `--lister-kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--cert-dir=${join(folder, 'certificates')}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
  ];
  if (configuration === null) return { words, port };
  const file = join(folder, 'config.yaml');
  await writeFile(file, configuration);
  return { words: [...words, `--config=${file}`], port };
}

/** Makes the account that the chart makes, with its rights; those for resource metrics are the chart's too. */
export async function grantChartRights(cluster: Cluster): Promise<void> {
  await cluster.kubectl(
    ['apply', '-f', '-'],
    rights()
      .map((item) => stringify(item))
      .join('---\n'),
  );
}

const RBAC = 'rbac.authorization.k8s.io';

function rights(): readonly object[] {
  const { namespace, name } = ACCOUNT;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { app: namespace } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: ACCOUNT },
    binding(`${name}-system-auth-delegator`, 'system:auth-delegator'),
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name: `${name}-auth-reader`, namespace: 'kube-system' },
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
      subjects: [{ kind: 'ServiceAccount', ...ACCOUNT }],
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
    subjects: [{ kind: 'ServiceAccount', ...ACCOUNT }],
  };
}
