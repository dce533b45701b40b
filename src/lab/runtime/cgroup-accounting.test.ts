import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContainerAllowance } from './accounting.ts';
import { createCgroupAccounting } from './cgroup-accounting.ts';
import { startTicksOf } from './proc-accounting.ts';

// Folders stand in for the kernel's: what is written where, and what is read from it, is the kernel's documentation of both
// versions. Limits that truly hold are for test/e2e.
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'podtide-cgroup-'));
  for (const folder of ['cpu', 'cpuacct', 'memory']) mkdirSync(join(root, folder));
});
afterEach(() => rmSync(root, { recursive: true }));

const LAB = `podtide-lab-${process.pid}-${startTicksOf(process.pid)}`;
const text = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8');

const v1 = (hasMemory = true) =>
  ({
    version: 1,
    cpu: join(root, 'cpu'),
    cpuacct: join(root, 'cpuacct'),
    memory: hasMemory ? join(root, 'memory') : null,
  }) as const;

test.each<readonly [why: string, allowance: ContainerAllowance, shares: string, quota: string]>([
  ['200m of 1, requests 100m', { limitCores: 0.2, requestCores: 0.1 }, '102', '20000'],
  ['no limit', { limitCores: null, requestCores: 0.5 }, '512', '-1'],
  ['no request: the least share', { limitCores: 2, requestCores: 0 }, '2', '200000'],
  ['a limit below what the kernel takes', { limitCores: 0.001, requestCores: 0.001 }, '2', '1000'],
])('v1: %s', (_why, allowance, shares, quota) => {
  createCgroupAccounting(v1()).open('pod1_web-0', 42, allowance);
  const group = ['cpu', LAB, 'pod1_web-0'];
  expect([
    text(...group, 'cpu.shares'),
    text(...group, 'cpu.cfs_period_us'),
    text(...group, 'cpu.cfs_quota_us'),
  ]).toEqual([shares, '100000', quota]);
  for (const controller of ['cpu', 'cpuacct', 'memory'])
    expect(text(controller, LAB, 'pod1_web-0', 'cgroup.procs')).toBe('42');
});

test('v1: the working set is what is used less the idle file cache, never below 0', () => {
  const account = createCgroupAccounting(v1()).open('web', 42, { limitCores: 1, requestCores: 1 });
  writeFileSync(join(root, 'cpuacct', LAB, 'web', 'cpuacct.usage'), '636578520\n');
  writeFileSync(join(root, 'memory', LAB, 'web', 'memory.usage_in_bytes'), '10000\n');
  writeFileSync(join(root, 'memory', LAB, 'web', 'memory.stat'), 'inactive_file 1\ntotal_inactive_file 4000\n');
  expect(account.read()).toEqual({ cpuNs: 636_578_520, workingSetBytes: 6_000 });
  writeFileSync(join(root, 'memory', LAB, 'web', 'memory.stat'), 'total_inactive_file 40000\n');
  expect(account.read()?.workingSetBytes).toBe(0);
  expect(account.origin).toEqual({
    cgroupPath: `/${LAB}/web`,
    cpuFile: join(root, 'cpuacct', LAB, 'web', 'cpuacct.usage'),
    cpuCounter: 'ns',
    memoryFile: join(root, 'memory', LAB, 'web', 'memory.usage_in_bytes'),
    memoryCounter: 'bytes, less total_inactive_file of memory.stat',
  });
});

test('v1: without a memory group, memory is what of the process is in memory', () => {
  const account = createCgroupAccounting(v1(false)).open('web', process.pid, { limitCores: 1, requestCores: 1 });
  writeFileSync(join(root, 'cpuacct', LAB, 'web', 'cpuacct.usage'), '5');
  expect(account.read()?.workingSetBytes).toBeGreaterThan(10 * 2 ** 20);
  expect(account.origin.memoryFile).toBe(`/proc/${process.pid}/status`);
  expect(existsSync(join(root, 'memory', LAB))).toBe(false);
});

test.each<readonly [why: string, hasMemory: boolean, control: string]>([
  ['with memory', true, '+cpu +memory'],
  ['without', false, '+cpu'],
])('v2 %s: limits, weight and counters', (_why, hasMemory, control) => {
  const accounting = createCgroupAccounting({ version: 2, folder: root, hasMemory });
  const account = accounting.open('web', process.pid, { limitCores: 0.2, requestCores: 0.1 });
  expect(text(LAB, 'cgroup.subtree_control')).toBe(control);
  // 102 shares, by the kubelet's formula.
  expect([text(LAB, 'web', 'cpu.max'), text(LAB, 'web', 'cpu.weight')]).toEqual(['20000 100000', '4']);
  writeFileSync(join(root, LAB, 'web', 'cpu.stat'), 'usage_usec 2500\nuser_usec 2000\n');
  writeFileSync(join(root, LAB, 'web', 'memory.current'), '10000\n');
  writeFileSync(join(root, LAB, 'web', 'memory.stat'), 'anon 1\ninactive_file 4000\n');
  expect(account.read()?.cpuNs).toBe(2_500_000);
  if (hasMemory) expect(account.read()?.workingSetBytes).toBe(6_000);
  else expect(account.read()?.workingSetBytes).toBeGreaterThan(10 * 2 ** 20);
});

test('v2 without a limit', () => {
  createCgroupAccounting({ version: 2, folder: root, hasMemory: true }).open('web', 42, {
    limitCores: null,
    requestCores: 1,
  });
  expect([text(LAB, 'web', 'cpu.max'), text(LAB, 'web', 'cpu.weight')]).toEqual(['max 100000', '39']);
});

test('a group that is gone has no usage', () => {
  const account = createCgroupAccounting(v1()).open('web', 42, { limitCores: 1, requestCores: 1 });
  expect(account.read()).toBeUndefined();
});

test('groups of a lab that was killed are removed at the next start, those of one that runs are not', () => {
  const dead = ['podtide-lab-999999999-5', `podtide-lab-${process.pid}-5`];
  for (const name of [...dead, `podtide-lab-1-${startTicksOf(1)}`, 'other']) mkdirSync(join(root, 'cpu', name));
  for (const name of dead) mkdirSync(join(root, 'cpu', name, 'pod1_web-0'));
  createCgroupAccounting(v1());
  expect(dead.map((name) => existsSync(join(root, 'cpu', name)))).toEqual([false, false]);
  expect(existsSync(join(root, 'cpu', `podtide-lab-1-${startTicksOf(1)}`))).toBe(true);
  expect(existsSync(join(root, 'cpu', 'other'))).toBe(true);
});

test('what cannot be made is taken back, and said', () => {
  rmSync(join(root, 'memory'), { recursive: true });
  writeFileSync(join(root, 'memory'), '');
  expect(() => createCgroupAccounting(v1())).toThrow(/ENOTDIR/);
  expect(existsSync(join(root, 'cpu', LAB))).toBe(false);
});
