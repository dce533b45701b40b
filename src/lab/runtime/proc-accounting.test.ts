import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createProcAccounting, startTicksOf } from './proc-accounting.ts';

let proc: string;
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'podtide-proc-'));
});
afterEach(() => rmSync(proc, { recursive: true }));

/** Fields as the kernel writes them; the name may hold blanks and parentheses. */
function write(pid: number, { state = 'S', utime = 150, stime = 50, startTicks = 777 } = {}): void {
  const fields = [state, 1, 1, 1, 0, -1, 0, 0, 0, 0, 0, utime, stime, 0, 0, 20, 0, 1, 0, startTicks, 0];
  mkdirSync(join(proc, String(pid)), { recursive: true });
  writeFileSync(join(proc, String(pid), 'stat'), `${pid} (a ) b) ${fields.join(' ')}\n`);
  writeFileSync(join(proc, String(pid), 'status'), 'Name:\tnode\nVmRSS:\t   60000 kB\n');
}

test('a process is counted in ticks of 10 ms and by what of it is in memory', () => {
  write(42);
  const account = createProcAccounting(proc).open('web', 42, { limitCores: 0.2, requestCores: 0.1 });
  expect(account.read()).toEqual({ cpuNs: 2e9, workingSetBytes: 60_000 * 1024 });
  expect(account.origin).toEqual({
    cgroupPath: null,
    cpuFile: join(proc, '42/stat'),
    cpuCounter: 'utime + stime, 10 ms',
    memoryFile: join(proc, '42/status'),
    memoryCounter: 'VmRSS, kB',
  });
});

test.each([
  ['is gone', () => rmSync(join(proc, '42'), { recursive: true })],
  ['has ended and waits to be reaped', () => write(42, { state: 'Z' })],
  ['has left its number to another one', () => write(42, { startTicks: 999 })],
])('a process that %s has no usage', (_why, change) => {
  write(42);
  const account = createProcAccounting(proc).open('web', 42, { limitCores: null, requestCores: 0 });
  change();
  expect(account.read()).toBeUndefined();
});

test('nobody has started when there is no process', () => {
  expect(startTicksOf(42, proc)).toBeUndefined();
});
