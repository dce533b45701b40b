import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster, ClusterOptions, ServiceAccountName } from '../../../scripts/cluster/cluster.ts';
import { Failure } from '../../../src/base/failure.ts';
import type { WalkthroughTiming } from './walkthrough.ts';

const MANIFEST = 'deploy/controller.yaml';

/** Who scales: the same walkthrough is played with each, and upstream's run proves the test itself. */
export interface ControllerUnderTest {
  readonly name: 'upstream' | 'podtide';
  clusterOptions(timing: WalkthroughTiming): ClusterOptions;
  start(cluster: Cluster, timing: WalkthroughTiming): Promise<void>;
}

/** The HPA controller inside kube-controller-manager; it runs as soon as the cluster does. */
const UPSTREAM: ControllerUnderTest = {
  name: 'upstream',
  clusterOptions: (timing) => ({ withHpaController: true, controllerManagerFlags: timingFlags(timing) }),
  start: async () => {},
};

/** `podtide controller` as a process of its own, with exactly the account that its manifest makes. */
const PODTIDE: ControllerUnderTest = {
  name: 'podtide',
  clusterOptions: () => ({}),
  async start(cluster, timing) {
    await cluster.kubectl(['apply', '-f', MANIFEST]);
    const kubeconfig = await cluster.kubeconfigFor(readServiceAccount());
    const flags = ['--mode', 'control', '--kubeconfig', kubeconfig, ...timingFlags(timing)];
    const args = [resolve('src/app/cli/main.ts'), 'controller', ...flags];
    await cluster.run({ name: 'podtide-controller', program: process.execPath, args });
  },
};

/** In the order that a test plays them: upstream first, since its run proves the test. */
export const CONTROLLERS: readonly ControllerUnderTest[] = [UPSTREAM];

/** The ServiceAccount of the manifest's Deployment. */
function readServiceAccount(): ServiceAccountName {
  const documents = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((document) => document.toJS());
  const deployment = documents.find(({ kind }) => kind === 'Deployment');
  return { namespace: deployment.metadata.namespace, name: deployment.spec.template.spec.serviceAccountName };
}

function timingFlags({ syncPeriodMs, downscaleStabilizationMs }: WalkthroughTiming): readonly string[] {
  return [
    `--horizontal-pod-autoscaler-sync-period=${syncPeriodMs / 1000}s`,
    `--horizontal-pod-autoscaler-downscale-stabilization=${downscaleStabilizationMs / 1000}s`,
  ];
}

/** The controller of that name; throws Failure `invalid` for any other. */
export function controllerNamed(name: string): ControllerUnderTest {
  const found = CONTROLLERS.find((controller) => controller.name === name);
  if (found === undefined) throw new Failure('invalid', `there is no controller ${name}: upstream or podtide`);
  return found;
}
