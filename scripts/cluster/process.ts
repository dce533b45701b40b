import { spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../../src/base/failure.ts';

const POLL_MS = 50;
const LOG_TAIL_BYTES_MAX = 4096;

/** A started process, known well enough that a later run never signals another one that got its pid. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks from boot to the start of the process. */
  readonly startTicks: string;
  readonly program: string;
  readonly logFile: string;
}

/**
 * Starts a program in a session of its own with an environment of nothing but PATH, HOME and what the command names:
 * proxy variables would send loopback traffic away. Its output is appended to the log file.
 */
export async function startProcess(command: {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly logFile: string;
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<ProcessRecord> {
  const log = await open(command.logFile, 'a');
  try {
    const child = spawn(command.program, command.args, {
      cwd: command.folder,
      env: { PATH: '/usr/bin:/bin', HOME: command.folder, ...command.environment },
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const { pid } = child;
    const startTicks = pid === undefined ? undefined : (await readStat(pid))?.startTicks;
    if (pid === undefined || startTicks === undefined) {
      throw new Failure('unavailable', `${command.name} ended at once`, { hint: await readTail(command.logFile) });
    }
    return { name: command.name, pid, startTicks, program: command.program, logFile: command.logFile };
  } finally {
    await log.close();
  }
}

/** Whether that very process still runs; a zombie does not. */
export async function isRunning(record: ProcessRecord): Promise<boolean> {
  const stat = await readStat(record.pid);
  if (stat === undefined || stat.startTicks !== record.startTicks || stat.state === 'Z') return false;
  const commandLine = await readFile(`/proc/${record.pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.split('\0')[0] === record.program;
}

/** Asks the process to end, and kills it when it has not after `graceMs`. */
export async function stopProcess(record: ProcessRecord, graceMs: number): Promise<void> {
  await signal(record, 'SIGTERM');
  const killAtMs = performance.now() + graceMs;
  while (await isRunning(record)) {
    if (performance.now() >= killAtMs) await signal(record, 'SIGKILL');
    await delay(POLL_MS);
  }
}

/** The end of a log file, for messages. */
export async function readTail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.slice(-LOG_TAIL_BYTES_MAX).trim();
}

async function signal(record: ProcessRecord, name: NodeJS.Signals): Promise<void> {
  if (!(await isRunning(record))) return;
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function readStat(pid: number): Promise<{ readonly state: string; readonly startTicks: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in brackets, which may hold blanks and brackets of its own.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}
