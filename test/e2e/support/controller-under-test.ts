import type { Cluster, ClusterOptions } from '../../../scripts/cluster/cluster.ts';
import type { WalkthroughTiming } from './walkthrough.ts';

/** Who scales: the same walkthrough is played with each, and upstream's run proves the test itself. */
export interface ControllerUnderTest {
  readonly name: 'upstream' | 'podtide';
  clusterOptions(timing: WalkthroughTiming): ClusterOptions;
  start(cluster: Cluster, timing: WalkthroughTiming): Promise<void>;
}

/** The HPA controller inside kube-controller-manager; it runs as soon as the cluster does. */
export const UPSTREAM: ControllerUnderTest = {
  name: 'upstream',
  clusterOptions: (timing) => ({ withHpaController: true, controllerManagerFlags: timingFlags(timing) }),
  start: async () => {},
};

function timingFlags({ syncPeriodMs, downscaleStabilizationMs }: WalkthroughTiming): readonly string[] {
  return [
    `--horizontal-pod-autoscaler-sync-period=${syncPeriodMs / 1000}s`,
    `--horizontal-pod-autoscaler-downscale-stabilization=${downscaleStabilizationMs / 1000}s`,
  ];
}
