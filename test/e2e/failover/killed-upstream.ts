import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { readState } from '../../../scripts/cluster/state.ts';
import type { KilledController } from './failover-story.ts';
import { KILL_POINTS } from './killed-podtide.ts';

const NAME = 'kube-controller-manager';
const BETWEEN_KILLS_MS = 12_000;
const DOWN_MS = 1_000;

/** kube-controller-manager, killed as often, in even steps, and started again with the same words. */
export const KILLED_UPSTREAM: KilledController = {
  withHpaController: true,
  async run(cluster: Cluster, signal: AbortSignal, onKill: (point: string) => void): Promise<void> {
    const record = (await readState(cluster.folder))?.processes.find(({ name }) => name === NAME);
    if (record === undefined) throw new Error(`the cluster has no ${NAME}`);
    const commandLine = await readFile(`/proc/${record.pid}/cmdline`, 'utf8');
    const args = commandLine.split('\0').slice(1, -1);
    let { pid } = record;
    for (const _ of KILL_POINTS) {
      await delay(BETWEEN_KILLS_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      process.kill(pid, 'SIGKILL');
      onKill('at any time');
      await delay(DOWN_MS);
      ({ pid } = await cluster.run({ name: NAME, program: record.program, args }));
    }
  },
};
