import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Accounting, ContainerAccount, ContainerAllowance, UsageOrigin, UsageReading } from './accounting.ts';
import type { GroupParents } from './cgroup-hierarchies.ts';
import { RESIDENT_COUNTER, readResidentBytes, residentFile, startTicksOf } from './proc-accounting.ts';

/** The kernel's and the kubelet's: a limit of 500m is 50 ms of CPU in every 100 ms. */
const PERIOD_US = 100_000;
/** Least that the kernel takes. */
const QUOTA_US_MIN = 1_000;
const SHARES_PER_CORE = 1_024;
const SHARES_MIN = 2;
const SHARES_MAX = 262_144;
/** What is left behind after these the next lab removes. */
const REMOVAL_ATTEMPTS_MAX = 25;
const REMOVAL_PAUSE_MS = 10;
const LAB_GROUP = /^podtide-lab-(\d+)-(\d+)$/;

/**
 * Limits and counts containers by cgroups below the given folders. Throws what the system says when the user may make none.
 * Groups of labs that ended without a word are removed first, with whatever is still in them.
 */
export function createCgroupAccounting(parents: GroupParents, pid = process.pid): Accounting {
  const folders = foldersOf(parents);
  for (const folder of folders) removeDeadLabs(folder);
  const lab = `podtide-lab-${pid}-${startTicksOf(pid) ?? 0}`;
  const made: string[] = [];
  const close = (): void => {
    for (const folder of folders) removeGroup(join(folder, lab));
  };
  try {
    for (const folder of folders) {
      mkdirSync(join(folder, lab));
      made.push(folder);
    }
    if (parents.version === 2) giveControllers(join(parents.folder, lab), parents.hasMemory);
  } catch (thrown) {
    close();
    throw thrown;
  }
  return {
    kind: parents.version === 2 ? 'cgroup v2' : 'cgroup v1',
    isLimitCooperative: false,
    open: (name, containerPid, allowance) => openGroup(parents, join(lab, name), containerPid, allowance),
    close,
  };
}

/** The hierarchies that the lab has a group in, each once: CPU and its accounting are often one. */
function foldersOf(parents: GroupParents): readonly string[] {
  if (parents.version === 2) return [parents.folder];
  const { cpu, cpuacct, memory } = parents;
  return [...new Set([cpu, cpuacct, ...(memory === null ? [] : [memory])])];
}

function openGroup(parents: GroupParents, path: string, pid: number, allowance: ContainerAllowance): ContainerAccount {
  const groups = foldersOf(parents).map((folder) => join(folder, path));
  for (const group of groups) mkdirSync(group);
  if (parents.version === 2) limitUnified(join(parents.folder, path), allowance);
  else limitLegacy(join(parents.cpu, path), allowance);
  for (const group of groups) writeFileSync(join(group, 'cgroup.procs'), String(pid));
  const origin = originOf(parents, path, pid);
  return {
    origin,
    read: () => readGroup(parents, origin, pid),
    close: () => {
      for (const group of groups) removeGroup(group);
    },
  };
}

function giveControllers(folder: string, hasMemory: boolean): void {
  writeFileSync(join(folder, 'cgroup.subtree_control'), hasMemory ? '+cpu +memory' : '+cpu');
}

function limitLegacy(group: string, { limitCores, requestCores }: ContainerAllowance): void {
  writeFileSync(join(group, 'cpu.shares'), String(sharesOf(requestCores)));
  writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_US));
  writeFileSync(join(group, 'cpu.cfs_quota_us'), String(limitCores === null ? -1 : quotaUs(limitCores)));
}

function limitUnified(group: string, { limitCores, requestCores }: ContainerAllowance): void {
  // Shares of 2 to 262144 become a weight of 1 to 10000, as the kubelet has it.
  const weight = 1 + Math.floor(((sharesOf(requestCores) - SHARES_MIN) * 9_999) / (SHARES_MAX - SHARES_MIN));
  writeFileSync(join(group, 'cpu.weight'), String(weight));
  writeFileSync(join(group, 'cpu.max'), `${limitCores === null ? 'max' : quotaUs(limitCores)} ${PERIOD_US}`);
}

function sharesOf(requestCores: number): number {
  return Math.min(SHARES_MAX, Math.max(SHARES_MIN, Math.floor(requestCores * SHARES_PER_CORE)));
}

function quotaUs(limitCores: number): number {
  return Math.max(QUOTA_US_MIN, Math.floor(limitCores * PERIOD_US));
}

function originOf(parents: GroupParents, path: string, pid: number): UsageOrigin {
  const cgroupPath = `/${path}`;
  if (parents.version === 2) {
    const group = join(parents.folder, path);
    const memory = parents.hasMemory
      ? { memoryFile: join(group, 'memory.current'), memoryCounter: 'bytes, less inactive_file of memory.stat' }
      : { memoryFile: residentFile(pid), memoryCounter: RESIDENT_COUNTER };
    return { cgroupPath, cpuFile: join(group, 'cpu.stat'), cpuCounter: 'usage_usec, µs', ...memory };
  }
  const memory =
    parents.memory === null
      ? { memoryFile: residentFile(pid), memoryCounter: RESIDENT_COUNTER }
      : {
          memoryFile: join(parents.memory, path, 'memory.usage_in_bytes'),
          memoryCounter: 'bytes, less total_inactive_file of memory.stat',
        };
  return { cgroupPath, cpuFile: join(parents.cpuacct, path, 'cpuacct.usage'), cpuCounter: 'ns', ...memory };
}

/** The kubelet's reading (specification of metrics, 4.6): the working set is what is used less the file cache that is idle. */
function readGroup(parents: GroupParents, { cpuFile, memoryFile }: UsageOrigin, pid: number): UsageReading | undefined {
  try {
    const cpuText = readFileSync(cpuFile, 'utf8');
    const cpuNs = parents.version === 2 ? (counterOf(cpuText, 'usage_usec') ?? 0) * 1_000 : Number(cpuText);
    const hasMemoryGroup = parents.version === 2 ? parents.hasMemory : parents.memory !== null;
    if (!hasMemoryGroup) {
      const workingSetBytes = readResidentBytes(pid);
      return workingSetBytes === undefined ? undefined : { cpuNs, workingSetBytes };
    }
    const stat = readFileSync(join(memoryFile, '..', 'memory.stat'), 'utf8');
    const idleBytes = counterOf(stat, parents.version === 2 ? 'inactive_file' : 'total_inactive_file') ?? 0;
    return { cpuNs, workingSetBytes: Math.max(0, Number(readFileSync(memoryFile, 'utf8')) - idleBytes) };
  } catch {
    // The group went with its process.
    return undefined;
  }
}

function counterOf(text: string, name: string): number | undefined {
  const value = new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value);
}

/** Labs whose process is gone, or whose number belongs to another one now. */
function removeDeadLabs(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid, startTicks] = LAB_GROUP.exec(name) ?? [];
    if (pid !== undefined && startTicksOf(Number(pid)) !== Number(startTicks)) removeGroup(join(folder, name));
  }
}

/** Removes a group, those below it first, and ends what is left in them: nothing but containers is ever put there. */
function removeGroup(group: string): void {
  for (const entry of foldersIn(group)) removeGroup(join(group, entry));
  for (let attempt = 0; attempt < REMOVAL_ATTEMPTS_MAX; attempt++) {
    try {
      for (const pid of processesIn(group)) kill(pid);
      rmdirSync(group);
      return;
    } catch (thrown) {
      // A process that was killed stays in its group until the kernel has taken it apart.
      if ((thrown as NodeJS.ErrnoException).code !== 'EBUSY') return;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REMOVAL_PAUSE_MS);
    }
  }
}

function processesIn(group: string): readonly number[] {
  try {
    return readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}

function foldersIn(group: string): readonly string[] {
  try {
    return readdirSync(group, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}
