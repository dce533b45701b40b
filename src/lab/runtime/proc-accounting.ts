import { readFileSync } from 'node:fs';
import type { Accounting, UsageReading } from './accounting.ts';

/** Ticks a second of the times in `/proc/PID/stat`: USER_HZ, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Counts processes by `/proc` alone, which needs no rights. They keep to their limits themselves. */
export function createProcAccounting(procRoot = '/proc'): Accounting {
  return {
    kind: '/proc',
    isLimitCooperative: true,
    open: (_name, pid) => {
      const statFile = `${procRoot}/${pid}/stat`;
      const statusFile = residentFile(pid, procRoot);
      const startTicks = startTicksOf(pid, procRoot);
      return {
        origin: {
          cgroupPath: null,
          cpuFile: statFile,
          cpuCounter: 'utime + stime, 10 ms',
          memoryFile: statusFile,
          memoryCounter: RESIDENT_COUNTER,
        },
        read: (): UsageReading | undefined => {
          const stat = readStat(pid, procRoot);
          const workingSetBytes = readResidentBytes(pid, procRoot);
          // The number may have been given to another process since.
          if (stat === undefined || workingSetBytes === undefined || stat.startTicks !== startTicks) return undefined;
          return { cpuNs: (stat.cpuTicks * 1e9) / TICKS_PER_SECOND, workingSetBytes };
        },
        close: () => undefined,
      };
    },
    close: () => undefined,
  };
}

/** When a process started, in ticks since the machine did; undefined when there is none. With its id it is unique. */
export function startTicksOf(pid: number, procRoot = '/proc'): number | undefined {
  return readStat(pid, procRoot)?.startTicks;
}

/** Memory of a process where no cgroup of its own counts it: what of it is in memory, shared pages included. */
export function readResidentBytes(pid: number, procRoot = '/proc'): number | undefined {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readText(residentFile(pid, procRoot)) ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

export const RESIDENT_COUNTER = 'VmRSS, kB';

export function residentFile(pid: number, procRoot = '/proc'): string {
  return `${procRoot}/${pid}/status`;
}

function readStat(
  pid: number,
  procRoot: string,
): { readonly cpuTicks: number; readonly startTicks: number } | undefined {
  const text = readText(`${procRoot}/${pid}/stat`);
  // The second field is a name in parentheses, which may hold anything.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields.length < 20 || fields[0] === 'Z') return undefined;
  return { cpuTicks: Number(fields[11]) + Number(fields[12]), startTicks: Number(fields[19]) };
}

/** A file of a system that makes its content when it is read; undefined when it is gone. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
