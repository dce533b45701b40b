import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRecord } from './process.ts';

/** What a cluster leaves in its scratch folder, so that any later process can show or end it. */
export interface ClusterState {
  readonly name: string;
  readonly folder: string;
  readonly dataFolder: string;
  readonly serverUrl: string;
  readonly kubeconfig: string;
  readonly kubectl: string;
  /** In the order of their start. */
  readonly processes: readonly ProcessRecord[];
}

/** The scratch folder of the cluster of that name. */
export function clusterFolder(cache: string, name: string): string {
  return join(cache, 'clusters', name);
}

/** The state of the cluster in that folder; undefined when there is none. */
export async function readState(folder: string): Promise<ClusterState | undefined> {
  const text = await readFile(stateFile(folder), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
}

/** Replaces the state as a whole, so that no reader sees half of it. */
export async function writeState(state: ClusterState): Promise<void> {
  await mkdir(state.folder, { recursive: true });
  await writeFile(`${stateFile(state.folder)}.new`, JSON.stringify(state, null, 2), { mode: 0o600 });
  await rename(`${stateFile(state.folder)}.new`, stateFile(state.folder));
}

/** The states of all clusters of this cache. */
export async function listStates(cache: string): Promise<readonly ClusterState[]> {
  const names = await readdir(join(cache, 'clusters')).catch(() => []);
  const states = await Promise.all(names.map((name) => readState(clusterFolder(cache, name))));
  return states.filter((state) => state !== undefined);
}

function stateFile(folder: string): string {
  return join(folder, 'state.json');
}
