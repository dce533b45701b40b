import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../scripts/cluster/ports.ts';
import type { ProcessRecord } from '../../scripts/cluster/process.ts';
import { startUpstreamServer } from '../../test/e2e/resource-metrics/upstream-server.ts';

/** Who is measured. */
export type ServerName = 'podtide' | 'metrics-server';

export const SERVERS: readonly ServerName[] = ['podtide', 'metrics-server'];

export interface RunningServer {
  readonly url: string;
  readonly process: ProcessRecord;
}

export interface ServerOptions {
  readonly resolutionSeconds: number;
  /** Flags of Node for Podtide's process, such as those of its profilers. */
  readonly nodeFlags: readonly string[];
}

interface Manifest {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly containers: readonly [{ readonly env: readonly { readonly name: string; readonly value: string }[] }];
      };
    };
  };
}

const MANIFEST = 'deploy/metrics-server.yaml';
const ACCOUNT = { namespace: 'kube-system', name: 'metrics-server' };
/** Nobody runs Deployments here, and both servers are asked without the aggregation layer. */
const LEFT_OUT: readonly string[] = ['Deployment', 'Service', 'APIService'];

/** Starts a server with the account and the rights of its own manifests; both with the same flags. */
export async function startServer(cluster: Cluster, name: ServerName, options: ServerOptions): Promise<RunningServer> {
  const flags = [`--metric-resolution=${options.resolutionSeconds}s`, '--kubelet-request-timeout=9s'];
  return name === 'podtide' ? startPodtide(cluster, flags, options) : startUpstreamServer(cluster, flags);
}

/** Podtide as npm ships it, in the environment of its manifest. */
async function startPodtide(
  cluster: Cluster,
  flags: readonly string[],
  { nodeFlags }: ServerOptions,
): Promise<RunningServer> {
  const documents = parseAllDocuments(await readFile(MANIFEST, 'utf8')).map((document): Manifest => document.toJS());
  const items = documents.filter((item) => item !== null && !LEFT_OUT.includes(item.kind));
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const deployment = documents.find((item) => item?.kind === 'Deployment');
  const [port = 0] = await findFreePorts(1);
  const process = await cluster.run({
    name: 'podtide-metrics-server',
    program: globalThis.process.execPath,
    args: [
      ...nodeFlags,
      resolve('dist/main.js'),
      'metrics-server',
      `--kubeconfig=${await cluster.kubeconfigFor(ACCOUNT)}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--kubelet-use-node-status-port',
      `--kubelet-certificate-authority=${cluster.caFile}`,
      ...flags,
    ],
    environment: Object.fromEntries(
      (deployment?.spec.template.spec.containers[0].env ?? []).map(({ name, value }) => [name, value]),
    ),
  });
  return { url: `https://127.0.0.1:${port}`, process };
}
