import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { untilAvailable } from '../../../scripts/cluster/available-apis.ts';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import type { ProcessRecord } from '../../../scripts/cluster/process.ts';

const MANIFESTS = ['deploy/adapter.yaml', 'deploy/adapter-queries.yaml'];
const ACCOUNT = { namespace: 'monitoring', name: 'prometheus-adapter' };
/** What a process on loopback has in another way: no Deployment, and an alias of localhost as its Service. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Deployment', 'PodDisruptionBudget', 'ConfigMap', 'Service']);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly group: string; readonly service: object };
}

/**
 * Runs podtide adapter without any rule, with the account and the rights that its manifests grant; the API server hands it
 * external metrics.
 */
export async function startQueryAdapter(cluster: Cluster, flags: readonly string[]): Promise<ProcessRecord> {
  const [port = 0] = await findFreePorts(1);
  const granted = MANIFESTS.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8'))).map(
    (document): Manifest => document.toJS(),
  );
  const items = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ACCOUNT.namespace } },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: ACCOUNT,
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
    ...granted.flatMap((item) => onLoopback(item, port)),
  ];
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const kubeconfig = await cluster.kubeconfigFor(ACCOUNT);
  const record = await cluster.run({
    name: 'query-adapter',
    program: process.execPath,
    args: [
      resolve('src/app/cli/main.ts'),
      'adapter',
      `--lister-kubeconfig=${kubeconfig}`,
      `--cert-dir=${join(cluster.folder, 'query-adapter')}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      ...flags,
    ],
  });
  await untilAvailable(cluster, ['v1beta1.external.metrics.k8s.io'], record);
  return record;
}

/** External metrics are the only API there is without rules. */
function onLoopback(item: Manifest, port: number): readonly object[] {
  if (LEFT_OUT.has(item.kind)) return [];
  if (item.kind !== 'APIService') return [item];
  if (item.spec.group !== 'external.metrics.k8s.io') return [];
  return [{ ...item, spec: { ...item.spec, service: { ...item.spec.service, port } } }];
}
