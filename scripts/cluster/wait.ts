import { setTimeout as delay } from 'node:timers/promises';
import { errorText, Failure } from '../../src/base/failure.ts';
import { runningProcesses } from './end.ts';
import { type ProcessRecord, readTail } from './process.ts';

const POLL_MS = 100;

/**
 * Waits until `isReady` answers true; an error of it counts as "not yet". Throws Failure `unavailable`, with the end of
 * the log of the process to blame, when the deadline passes or when one of the processes has ended meanwhile.
 */
export async function waitUntil(
  what: string,
  options: {
    readonly blame: string;
    readonly processes: readonly ProcessRecord[];
    readonly timeoutMs: number;
    readonly isReady: () => Promise<boolean>;
  },
): Promise<void> {
  const { blame, processes, timeoutMs, isReady } = options;
  const deadlineMs = performance.now() + timeoutMs;
  let lastError = '';
  for (;;) {
    const isDone = await isReady().catch((error: unknown) => {
      lastError = errorText(error);
      return false;
    });
    if (isDone) return;
    const running = await runningProcesses(processes);
    const ended = processes.find((record) => !running.includes(record));
    if (ended !== undefined) throw await logFailure(`${ended.name} ended while waiting until ${what}`, ended);
    if (performance.now() > deadlineMs) {
      const suspect = processes.find((record) => record.name === blame);
      const because = lastError === '' ? '' : ` (${lastError})`;
      throw await logFailure(`waited ${timeoutMs / 1000} s until ${what}${because}`, suspect);
    }
    await delay(POLL_MS);
  }
}

async function logFailure(message: string, record: ProcessRecord | undefined): Promise<Failure> {
  if (record === undefined) return new Failure('unavailable', message);
  const tail = await readTail(record.logFile);
  return new Failure('unavailable', message, { hint: `the end of ${record.logFile}:\n${tail}` });
}
