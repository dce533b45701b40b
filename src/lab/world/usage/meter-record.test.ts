import { expect, test } from 'vitest';
import { METER_POINTS_COUNT_MAX } from '../../../base/limits.ts';
import { MeterRecord } from './meter-record.ts';

function recordOf(points: readonly (readonly [atMs: number, cpuNs: number, cpuMilli: number])[]): MeterRecord {
  const record = new MeterRecord();
  for (const [atMs, cpuNs, cpuMilli] of points) record.note('a', { atMs, cpuNs, cpuMilli, memoryBytes: atMs });
  return record;
}

test('between two points CPU time grows evenly, and memory is what the stretch left', () => {
  const record = recordOf([
    [1_000, 0, 0],
    [2_000, 500, 1],
    [4_000, 900, 2],
  ]);
  expect([500, 1_000, 1_500, 2_000, 3_000, 4_000, 9_000].map((atMs) => record.at('a', atMs))).toEqual([
    { atMs: 500, cpuNs: 0, memoryBytes: 1_000 },
    { atMs: 1_000, cpuNs: 0, memoryBytes: 1_000 },
    { atMs: 1_500, cpuNs: 250, memoryBytes: 2_000 },
    { atMs: 2_000, cpuNs: 500, memoryBytes: 2_000 },
    { atMs: 3_000, cpuNs: 700, memoryBytes: 4_000 },
    { atMs: 4_000, cpuNs: 900, memoryBytes: 4_000 },
    { atMs: 4_000, cpuNs: 900, memoryBytes: 4_000 },
  ]);
});

test('a meter that never was, and one that is forgotten, show nothing', () => {
  const record = recordOf([[1_000, 0, 0]]);
  expect(record.at('b', 1_000)).toBeUndefined();
  record.forget('a');
  expect(record.at('a', 1_000)).toBeUndefined();
});

test('two minutes are kept, and never more points than the bound', () => {
  const record = recordOf(Array.from({ length: 3_000 }, (_, index) => [index * 1_000, index * 10, index % 2] as const));
  expect(record.at('a', 2_999_000 - 119_500)?.cpuNs).toBe(28_795);
  expect(record.at('a', 0)?.cpuNs).toBeGreaterThan(28_000);
  const dense = recordOf(Array.from({ length: 3_000 }, (_, index) => [index, index * 10, index % 2] as const));
  expect(dense.at('a', 0)?.cpuNs).toBe((3_000 - METER_POINTS_COUNT_MAX) * 10);
});
