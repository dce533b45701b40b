import type { Cluster, ClusterOptions } from '../../../scripts/cluster/cluster.ts';
import { Failure } from '../../../src/base/failure.ts';
import { PODTIDE_USER, startPodtideController, timingFlags } from './podtide-controller.ts';
import type { WalkthroughTiming } from './walkthrough.ts';

/** Who scales: the same walkthrough is played with each, and upstream's run proves the test itself. */
export interface ControllerUnderTest {
  readonly name: 'upstream' | 'podtide';
  /** The user that the API server knows it as. */
  readonly user: string;
  clusterOptions(timing: WalkthroughTiming): ClusterOptions;
  start(cluster: Cluster, timing: WalkthroughTiming): Promise<void>;
}

/** The HPA controller inside kube-controller-manager; it runs as soon as the cluster does. */
const UPSTREAM: ControllerUnderTest = {
  name: 'upstream',
  user: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
  clusterOptions: (timing) => ({ withHpaController: true, controllerManagerFlags: timingFlags(timing) }),
  start: async () => {},
};

/** `podtide controller` as a process of its own, with exactly the account that its manifest makes. */
const PODTIDE: ControllerUnderTest = {
  name: 'podtide',
  user: PODTIDE_USER,
  clusterOptions: () => ({}),
  async start(cluster, timing) {
    await startPodtideController(cluster, { ...timing, mode: 'control' });
  },
};

/** In the order that a test plays them: upstream first, since its run proves the test. */
export const CONTROLLERS: readonly ControllerUnderTest[] = [UPSTREAM, PODTIDE];

/** The controller of that name; throws Failure `invalid` for any other. */
export function controllerNamed(name: string): ControllerUnderTest {
  const found = CONTROLLERS.find((controller) => controller.name === name);
  if (found === undefined) throw new Failure('invalid', `there is no controller ${name}: upstream or podtide`);
  return found;
}
