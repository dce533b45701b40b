import { rm } from 'node:fs/promises';
import { isRunning, type ProcessRecord, stopProcess } from './process.ts';
import { readState } from './state.ts';

const GRACE_MS = 5_000;

/**
 * Ends the cluster of that scratch folder and removes what it left. The API server goes after its clients and before
 * etcd, without which it would hang. Returns whether there was one.
 */
export async function endCluster(folder: string, options: { readonly keepsFolder?: boolean } = {}): Promise<boolean> {
  const state = await readState(folder);
  if (state === undefined) return false;
  const isOneOf = (names: readonly string[]) => (record: ProcessRecord) => names.includes(record.name);
  const last = ['kube-apiserver', 'etcd'];
  await Promise.all(
    state.processes.filter((record) => !isOneOf(last)(record)).map((record) => stopProcess(record, GRACE_MS)),
  );
  for (const name of last) {
    for (const record of state.processes.filter(isOneOf([name]))) await stopProcess(record, GRACE_MS);
  }
  await rm(state.dataFolder, { recursive: true, force: true });
  if (options.keepsFolder !== true) await rm(state.folder, { recursive: true, force: true });
  return true;
}

/** Which of the cluster's processes still run. */
export async function runningProcesses(processes: readonly ProcessRecord[]): Promise<readonly ProcessRecord[]> {
  const isAlive = await Promise.all(processes.map(isRunning));
  return processes.filter((_, index) => isAlive[index]);
}
