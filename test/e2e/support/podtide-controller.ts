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
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly containers: readonly [{ readonly args: readonly string[] }];
      };
    };
  };
}

/** The user that the API server knows the controller as. */
export const PODTIDE_USER = 'system:serviceaccount:podtide-system:podtide-controller';

/** How a controller is started. */
export interface PodtideControllerOptions extends WalkthroughTiming {
  readonly mode: 'observe' | 'control';
  readonly flags?: readonly string[];
  /** A way to the API server other than its own address. */
  readonly serverUrl?: string;
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
  const all = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document): Manifest => document.toJS());
  const items = all.filter(({ metadata }) => options.mode === 'control' || metadata.name !== CONTROL_OBJECTS);
  await cluster.kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const deployment = all.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error(`${MANIFEST} has no Deployment`);
  const { serviceAccountName, containers } = deployment.spec.template.spec;
  const { namespace } = deployment.metadata;
  const kubeconfig = await cluster.kubeconfigFor({ namespace, name: serviceAccountName }, options.serverUrl);
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
    name: `podtide-controller-${options.mode}`,
    program: process.execPath,
    args: [resolve('src/app/cli/main.ts'), ...args],
  };
}

/** The walkthrough's times as flags, which are called alike in kube-controller-manager and in podtide. */
export function timingFlags({ syncPeriodMs, downscaleStabilizationMs }: WalkthroughTiming): readonly string[] {
  return [
    `--horizontal-pod-autoscaler-sync-period=${syncPeriodMs / 1000}s`,
    `--horizontal-pod-autoscaler-downscale-stabilization=${downscaleStabilizationMs / 1000}s`,
  ];
}
