import { readdirSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What is read when somebody asks; undefined where the system does not say. */
interface ProcessReading {
  readonly name: string;
  readonly help: string;
  read(): number | undefined;
}

const TOTALS: readonly ProcessReading[] = [
  {
    name: 'process_cpu_user_seconds_total',
    help: 'Total user CPU time spent in seconds.',
    read: () => process.cpuUsage().user / 1e6,
  },
  {
    name: 'process_cpu_system_seconds_total',
    help: 'Total system CPU time spent in seconds.',
    read: () => process.cpuUsage().system / 1e6,
  },
  {
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    read: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  },
  {
    name: 'podtide_event_loop_active_seconds_total',
    help: 'Time for which the event loop of the program did something; its rate is how busy the program is.',
    read: () => performance.eventLoopUtilization().active / 1000,
  },
];

const LEVELS: readonly ProcessReading[] = [
  {
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    read: () => performance.timeOrigin / 1000,
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    read: () => process.memoryUsage.rss(),
  },
  { name: 'process_virtual_memory_bytes', help: 'Virtual memory size in bytes.', read: virtualBytes },
  { name: 'process_open_fds', help: 'Number of open file descriptors.', read: openFilesCount },
  { name: 'process_max_fds', help: 'Maximum number of open file descriptors.', read: openFilesCountMax },
  {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Process heap size from Node.js in bytes.',
    read: () => process.memoryUsage().heapTotal,
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Process heap size used from Node.js in bytes.',
    read: () => process.memoryUsage().heapUsed,
  },
  {
    name: 'nodejs_external_memory_bytes',
    help: 'Node.js external memory size in bytes.',
    read: () => process.memoryUsage().external,
  },
];

/**
 * Adds what Prometheus' client libraries say about a process, under their names, and how busy its event loop is. All of it is
 * read when it is asked for. prom-client's own set wakes the process a hundred times a second to see whether it is late, and
 * is told of each collection of garbage: that was four fifths of the CPU of a server with nothing to do.
 */
export function measureProcess(registry: Registry): void {
  const registers = [registry];
  for (const { name, help, read } of TOTALS) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read() ?? 0);
      },
    });
  }
  for (const { name, help, read } of LEVELS) {
    if (read() === undefined) continue;
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read() ?? 0);
      },
    });
  }
  const version = { name: 'nodejs_version_info', help: 'Node.js version info.', labelNames: ['version'], registers };
  new Gauge(version).set({ version: process.version }, 1);
}

function virtualBytes(): number | undefined {
  const kilobytes = /^VmSize:\s+(\d+) kB$/m.exec(ofSelf('status'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

function openFilesCount(): number | undefined {
  try {
    // One of them is the folder's own.
    return readdirSync('/proc/self/fd').length - 1;
  } catch {
    return undefined;
  }
}

function openFilesCountMax(): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(ofSelf('limits'))?.[1];
  return soft === undefined ? undefined : Number(soft);
}

/** What Linux says about this process; empty elsewhere. */
function ofSelf(file: string): string {
  try {
    return readFileSync(`/proc/self/${file}`, 'utf8');
  } catch {
    return '';
  }
}
