import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import type { ProcessRecord } from '../../../scripts/cluster/process.ts';
import type { WalkthroughTiming } from './walkthrough.ts';

const MANIFEST = 'deploy/controller.yaml';
/** The objects that an observer leaves out. */
const CONTROL_OBJECTS = 'podtide-controller-control';

interface Manifest {
  readonly kind: string;
  readonly subjects?: readonly { readonly kind: string; readonly namespace: string; readonly name: string }[];
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly [ManifestContainer];
      };
    };
  };
}

interface ManifestContainer {
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/** The user that the API server knows the controller as. */
export const PODTIDE_USER = 'system:serviceaccount:podtide-system:podtide-controller';

/** How a controller is started. */
export interface PodtideControllerOptions extends WalkthroughTiming {
  readonly mode: 'observe' | 'control';
  readonly flags?: readonly string[];
  /** A way to the API server other than its own address. */
  readonly serverUrl?: string;
  /** A ServiceAccount of its own with the same rights, so that the audit log tells two processes apart. */
  readonly account?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What Node is given before the command: its flags and the program, the sources when absent. */
  readonly program?: readonly string[];
}

/**
 * Applies the controller's manifest and runs the program as a process of this machine, with the account and the flags
 * of the manifest's Deployment; an observer gets the observer's rights only.
 */
export async function startPodtideController(
  cluster: Cluster,
  options: PodtideControllerOptions,
): Promise<ProcessRecord> {
  return await cluster.run(await installPodtideController(cluster, options));
}

/** The same without the start: a command that may be run again and again. */
export async function installPodtideController(cluster: Cluster, options: PodtideControllerOptions) {
  const all = readManifests();
  const granted = all.filter(({ metadata }) => options.mode === 'control' || metadata.name !== CONTROL_OBJECTS);
  const items =
    options.account === undefined ? granted : granted.flatMap((item) => shared(item, options.account ?? ''));
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const deployment = deploymentOf(all);
  const { serviceAccountName, containers } = deployment.spec.template.spec;
  const { namespace } = deployment.metadata;
  const name = options.account ?? serviceAccountName;
  const kubeconfig = await cluster.kubeconfigFor({ namespace, name }, options.serverUrl);
  const kept = containers[0].args.filter((arg) => !/^--(mode|listen)=/.test(arg));
  const args = [
    ...kept,
    `--mode=${options.mode}`,
    '--listen=127.0.0.1:0',
    `--kubeconfig=${kubeconfig}`,
    ...timingFlags(options),
    ...(options.flags ?? []),
  ];
  return {
    name: `${name}-${options.mode}`,
    program: process.execPath,
    args: [...(options.program ?? [resolve('src/app/cli/main.ts')]), ...args],
    environment: { ...environmentOf(deployment), ...options.environment },
  };
}

/** The object for a second account besides the manifest's own: an account more, and a subject more in each binding. */
function shared(item: Manifest, account: string): readonly Manifest[] {
  if (item.kind === 'ServiceAccount') return [item, { ...item, metadata: { ...item.metadata, name: account } }];
  const [subject] = item.subjects ?? [];
  return subject === undefined ? [item] : [{ ...item, subjects: [subject, { ...subject, name: account }] }];
}

/** The environment that the manifest gives the controller. */
export function manifestEnvironment(): Readonly<Record<string, string>> {
  return environmentOf(deploymentOf(readManifests()));
}

function readManifests(): readonly Manifest[] {
  return parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document): Manifest => document.toJS());
}

function deploymentOf(manifests: readonly Manifest[]): Manifest {
  const deployment = manifests.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error(`${MANIFEST} has no Deployment`);
  return deployment;
}

function environmentOf({ spec }: Manifest): Readonly<Record<string, string>> {
  return Object.fromEntries(spec.template.spec.containers[0].env.map(({ name, value }) => [name, value]));
}

/** The walkthrough's times as flags, which are called alike in kube-controller-manager and in podtide. */
export function timingFlags({ syncPeriodMs, downscaleStabilizationMs }: WalkthroughTiming): readonly string[] {
  return [
    `--horizontal-pod-autoscaler-sync-period=${syncPeriodMs / 1000}s`,
    `--horizontal-pod-autoscaler-downscale-stabilization=${downscaleStabilizationMs / 1000}s`,
  ];
}
