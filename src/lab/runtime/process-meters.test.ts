import { expect, test } from 'vitest';
import { type MeteredPod, ProcessMeters } from './process-meters.ts';

const pod = (key: string, cpuMs: number, changes: Partial<MeteredPod> = {}): MeteredPod => ({
  key,
  nodeName: 'node-1',
  startedAtMs: 500,
  cpuNs: cpuMs * 1e6,
  memoryBytes: 1_000,
  ...changes,
});

test('counters are read at any instant between two readings, from the start of the process on', () => {
  const meters = new ProcessMeters(0);
  meters.note(1_000, [pod('a/b', 100)]);
  meters.note(2_000, [pod('a/b', 300)]);
  const read = (atMs: number) => (meters.podAt('a/b', atMs)?.cpuNs ?? 0) / 1e6;
  expect([500, 750, 1_000, 1_500, 2_000, 9_000].map(read)).toEqual([0, 50, 100, 200, 300, 300]);
  expect(meters.readableToMs()).toBe(2_000);
  expect(meters.podAt('a/other', 1_000)).toBeUndefined();
});

test('a process that was started again has a counter that begins anew, and its node’s goes on', () => {
  const meters = new ProcessMeters(0);
  meters.note(1_000, [pod('a/b', 100), pod('a/c', 10)]);
  meters.note(2_000, [pod('a/b', 30, { startedAtMs: 1_500 }), pod('a/c', 20)]);
  expect(meters.podAt('a/b', 1_500)?.cpuNs).toBe(0);
  expect(meters.podAt('a/b', 2_000)?.cpuNs).toBe(30e6);
  expect(meters.nodeAt('node-1', 2_000)).toEqual({ atMs: 2_000, cpuNs: 150e6, memoryBytes: 2_000 });
});

test('a node keeps what pods used that are gone; they themselves are forgotten', () => {
  const meters = new ProcessMeters(0);
  meters.note(1_000, [pod('a/b', 100)]);
  meters.note(2_000, []);
  meters.note(2_000, [pod('a/b', 999)]);
  expect(meters.podAt('a/b', 1_000)).toBeUndefined();
  expect(meters.nodeAt('node-1', 2_000)).toEqual({ atMs: 2_000, cpuNs: 100e6, memoryBytes: 0 });
});
