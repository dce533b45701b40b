import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { Cluster } from '../../scripts/cluster/cluster.ts';
import type { ProcessRecord } from '../../scripts/cluster/process.ts';
import { PODTIDE_USER, startPodtideController } from '../../test/e2e/support/podtide-controller.ts';

/** Who is measured. */
export type Contender = 'podtide' | 'upstream-default' | 'upstream-tuned';

export const CONTENDERS: readonly Contender[] = ['podtide', 'upstream-default', 'upstream-tuned'];

const UPSTREAM_USER = 'system:serviceaccount:kube-system:horizontal-pod-autoscaler';

/** As whom each speaks to the API server. */
export const CONTENDER_USERS: Readonly<Record<Contender, string>> = {
  podtide: PODTIDE_USER,
  'upstream-default': UPSTREAM_USER,
  'upstream-tuned': UPSTREAM_USER,
};

const TUNED_FLAGS = ['--concurrent-horizontal-pod-autoscaler-syncs=50', '--kube-api-qps=2000', '--kube-api-burst=4000'];

/** Both controllers' own defaults; said, because the tests' helper wants them. */
const DEFAULT_TIMING = { syncPeriodMs: 15_000, downscaleStabilizationMs: 300_000 };

export interface ContenderOptions {
  /** Further flags of Podtide's. */
  readonly flags: readonly string[];
  /** Flags of Node for Podtide's process, such as those of its profilers. */
  readonly nodeFlags: readonly string[];
}

/**
 * Starts a controller: Podtide compiled as npm ships it, with the account, flags and environment of its manifest; upstream's as a
 * kube-controller-manager of that one controller, so that its CPU is the HPA loop's. Podtide is told that nobody else
 * acts, or it would first look on for half a minute.
 */
export function startContender(
  cluster: Cluster,
  contender: Contender,
  options: ContenderOptions,
): Promise<ProcessRecord> {
  if (contender === 'podtide') {
    return startPodtideController(cluster, {
      ...DEFAULT_TIMING,
      mode: 'control',
      flags: ['--assume-sole-controller', ...options.flags],
      program: [...options.nodeFlags, resolve('dist/main.js')],
    });
  }
  const flags = contender === 'upstream-tuned' ? TUNED_FLAGS : [];
  return cluster.runControllers('horizontal-pod-autoscaler-controller', flags);
}

/** Compiles what is measured. */
export function buildPodtide(): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.ts'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('node scripts/build.ts failed');
}
