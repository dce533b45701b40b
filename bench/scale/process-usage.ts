import { readFile } from 'node:fs/promises';

/** What a process has used so far. */
export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** What of it are pages of files: the program's own code above all, which all processes of it share. */
  readonly rssFileBytes: number;
  /** The largest that it ever was. */
  readonly rssBytesMax: number;
}

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/** Reads /proc of a running process. */
export async function readUsage(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // The second field is the program's name in brackets, which may hold blanks and brackets of its own.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    rssBytes: kilobytes('VmRSS') * 1024,
    rssFileBytes: kilobytes('RssFile') * 1024,
    rssBytesMax: kilobytes('VmHWM') * 1024,
  };
}

/** When a process started, epoch ms; its start is written down in ticks from boot. */
export async function readStartMs(startTicks: string): Promise<number> {
  const uptimeSeconds = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]);
  return Date.now() - (uptimeSeconds - Number(startTicks) / TICKS_PER_SECOND) * 1000;
}

/** Reads several at once, under the same names. */
export async function readUsages<Name extends string>(
  pids: Readonly<Record<Name, number>>,
): Promise<Readonly<Record<Name, ProcessUsage>>> {
  const entries = Object.entries(pids) as [Name, number][];
  const usages = await Promise.all(entries.map(async ([name, pid]) => [name, await readUsage(pid)] as const));
  return Object.fromEntries(usages) as Record<Name, ProcessUsage>;
}
