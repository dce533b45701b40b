import { expect, test } from 'vitest';
import { lastSamples } from './cgroup-clock.ts';

const START_MS = 1_000_000;

function instants(seed: number, cgroup: string): readonly number[] {
  const found = new Set<number>();
  for (let nowMs = START_MS; nowMs < START_MS + 600_000; nowMs += 250) {
    const last = lastSamples(seed, cgroup, START_MS, nowMs);
    if (last === undefined) continue;
    expect(last.atMs).toBeLessThanOrEqual(nowMs);
    found.add(last.atMs);
  }
  return [...found];
}

test('samples are 10 s to 15 s apart, and the first comes within 2.5 s', () => {
  const seen = instants(1, 'a');
  expect((seen[0] ?? 0) - START_MS).toBeLessThan(2_500);
  const gaps = seen.slice(1).map((atMs, index) => atMs - (seen[index] ?? 0));
  expect(gaps.length).toBeGreaterThan(40);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(15_000);
  expect(new Set(gaps).size).toBeGreaterThan(30);
});

test('the same seed gives the same instants, another cgroup or seed others', () => {
  expect(instants(1, 'a')).toEqual(instants(1, 'a'));
  expect(instants(1, 'b')).not.toEqual(instants(1, 'a'));
  expect(instants(2, 'a')).not.toEqual(instants(1, 'a'));
});

test('the sample before is the one that was last before', () => {
  const seen = instants(1, 'a');
  expect(lastSamples(1, 'a', START_MS, seen[3] ?? 0)).toEqual({ atMs: seen[3], beforeMs: seen[2] });
  expect(lastSamples(1, 'a', START_MS, seen[0] ?? 0)).toEqual({ atMs: seen[0], beforeMs: undefined });
  expect(lastSamples(1, 'a', START_MS, START_MS - 1)).toBeUndefined();
});
