import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import { findFreePorts } from '../../scripts/cluster/ports.ts';
import type { ProcessRecord } from '../../scripts/cluster/process.ts';
import { readManifest } from '../../test/fixtures/manifest-objects.ts';
import type { ToldEvents } from './told-events.ts';

/** By which manifest the notifier runs. */
export type ContenderName = 'notifier' | 'notifier-hpas-only';

/** With all rights, two replicas of which one runs here; and with the right to read HPAs alone. */
export const CONTENDERS: readonly ContenderName[] = ['notifier', 'notifier-hpas-only'];

/** Nobody runs Deployments here, and nobody asks for their pods. */
const LEFT_OUT: ReadonlySet<string> = new Set(['Deployment', 'PodDisruptionBudget', 'Service', 'ConfigMap']);

export interface ContenderOptions {
  /** The way to the API server. */
  readonly serverUrl: string;
  readonly told: ToldEvents;
  /** Flags of Node, such as those of its profilers. */
  readonly nodeFlags: readonly string[];
}

/** A notifier at work. */
export interface RunningContender {
  readonly record: ProcessRecord;
  readonly readyUrl: string;
}

/**
 * Starts `podtide notifier` compiled as npm ships it, with the account, the rights, the flags and the environment of its
 * manifest. Outside of a pod four of them are others: whom it tells, where it listens, where the API server is, and the
 * file that stands for its volume.
 */
export async function startContender(
  cluster: Cluster,
  name: ContenderName,
  { serverUrl, told, nodeFlags }: ContenderOptions,
): Promise<RunningContender> {
  const manifest = readManifest(`deploy/${name}.yaml`);
  const items = manifest.objects.filter(({ kind }) => !LEFT_OUT.has(kind));
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const deployment = manifest.only('Deployment');
  const { serviceAccountName, containers } = deployment.spec.template.spec;
  const { env, args } = containers[0] as {
    readonly env: readonly { readonly name: string; readonly value: string }[];
    readonly args: readonly string[];
  };
  const account = { namespace: deployment.metadata.namespace ?? 'default', name: serviceAccountName };
  const kubeconfig = await cluster.kubeconfigFor(account, serverUrl);
  const [port = 0] = await findFreePorts(1);
  const stateFile = join(cluster.folder, `${name}.db`);
  const kept = args
    .filter((arg) => !/^--(config|listen)=/.test(arg))
    .map((arg) => (arg.startsWith('--state=file:') ? `--state=file:${stateFile}` : arg));
  const flags = [
    ...kept,
    `--config=${await writeConfig(cluster.folder, told)}`,
    `--sink-ca-file=${join(cluster.folder, 'sinks.pem')}`,
    `--kubeconfig=${kubeconfig}`,
    `--listen=127.0.0.1:${port}`,
  ];
  const record = await cluster.run({
    name,
    program: process.execPath,
    args: [...nodeFlags, resolve('dist/main.js'), ...flags],
    environment: Object.fromEntries(env.map((variable) => [variable.name, variable.value])),
  });
  return { record, readyUrl: `http://127.0.0.1:${port}/readyz` };
}

async function writeConfig(folder: string, { url, authority }: ToldEvents): Promise<string> {
  await writeFile(join(folder, 'sinks.pem'), authority);
  await writeFile(join(folder, 'hook-url'), `${url}/hook`);
  const path = join(folder, 'notifier.json');
  const hook = { type: 'webhook', urlRef: { file: 'hook-url' }, allowedOrigins: [url] };
  await writeFile(path, JSON.stringify({ cluster: { id: 'bench' }, sinks: { hook }, routes: [{ sinks: ['hook'] }] }));
  return path;
}
