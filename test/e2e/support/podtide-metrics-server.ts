import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../../scripts/cluster/ports.ts';
import type { ProcessRecord } from '../../../scripts/cluster/process.ts';

const MANIFEST = 'deploy/metrics-server.yaml';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: {
    readonly service?: object;
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly [
          {
            readonly args: readonly string[];
            readonly env: readonly { readonly name: string; readonly value: string }[];
          },
        ];
      };
    };
  };
}

/** How a metrics server is started. */
export interface PodtideMetricsServerOptions {
  /** Behind those of the manifest, so that they win. */
  readonly flags: readonly string[];
  /** A way to the API server other than its own address. */
  readonly serverUrl?: string;
  /** Distinguishes a second one in the logs. */
  readonly name?: string;
}

/** A metrics server as a process of this machine. */
export interface PodtideMetricsServer {
  readonly record: ProcessRecord;
  readonly url: string;
  readonly port: number;
}

/**
 * Applies deploy/metrics-server.yaml but for two things that a process on loopback needs: the Service is an alias of
 * localhost, since Endpoints refuse loopback addresses, and there is no Deployment, whose account, flags and environment
 * the process gets.
 */
export async function startPodtideMetricsServer(
  cluster: Cluster,
  options: PodtideMetricsServerOptions,
): Promise<PodtideMetricsServer> {
  const manifests = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document): Manifest => document.toJS());
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error(`${MANIFEST} has no Deployment`);
  const [port = 0] = await findFreePorts(1);
  if (options.name === undefined) {
    const items = manifests.filter((item) => item !== deployment).map((item) => onLoopback(item, port));
    await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }
  const { serviceAccountName, containers } = deployment.spec.template.spec;
  const account = { namespace: deployment.metadata.namespace, name: serviceAccountName };
  const kubeconfig = await cluster.kubeconfigFor(account, options.serverUrl);
  const record = await cluster.run({
    name: options.name ?? 'podtide-metrics-server',
    program: process.execPath,
    args: [
      resolve('src/app/cli/main.ts'),
      ...containers[0].args,
      `--kubeconfig=${kubeconfig}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      ...options.flags,
    ],
    environment: Object.fromEntries(containers[0].env.map(({ name, value }) => [name, value])),
  });
  return { record, url: `https://127.0.0.1:${port}`, port };
}

function onLoopback(item: Manifest, port: number): object {
  if (item.kind === 'Service') {
    return { ...item, spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] } };
  }
  if (item.kind !== 'APIService') return item;
  return { ...item, spec: { ...item.spec, service: { ...item.spec.service, port } } };
}
