import { expect, test } from 'vitest';
import { MomentaryMeters } from './momentary-meters.ts';

const MEMORY_BYTES = 64 * 1024 * 1024;

test('a rate over two samples, or since the start, is the usage of the later moment', () => {
  const meters = new MomentaryMeters();
  const rows: readonly [why: string, second: number, startSecond: number, cpuMilli: number, rateMilli: number][] = [
    ['since the start', 14, 0.5, 610, 610],
    ['whatever was used in between', 29, 0.5, 153, 153],
    ['nothing', 44, 0.5, 0, 0],
    ['a pod made again under its name begins anew', 59, 45.5, 87, 87],
  ];
  let [fromMs, fromNs] = [500, 0];
  for (const [why, second, startSecond, cpuMilli, rateMilli] of rows) {
    const [nowMs, startedAtMs] = [second * 1_000, startSecond * 1_000];
    if (startedAtMs > fromMs) [fromMs, fromNs] = [startedAtMs, 0];
    meters.sample(nowMs, [{ key: 'd/a', startedAtMs, cpuMilli, memoryBytes: MEMORY_BYTES }]);
    const reading = meters.of('d/a');
    expect(reading, why).toMatchObject({ atMs: nowMs, cpuNanocores: cpuMilli * 1e6, memoryBytes: MEMORY_BYTES });
    const cpuNs = reading?.cpuNs ?? 0;
    expect(Math.trunc((cpuNs - fromNs) / ((nowMs - fromMs) / 1000)), why).toBe(rateMilli * 1e6);
    [fromMs, fromNs] = [nowMs, cpuNs];
  }
});

test('an idle pod has used something, and one that is not sampled is forgotten', () => {
  const meters = new MomentaryMeters();
  meters.sample(14_000, [{ key: 'd/a', startedAtMs: 500, cpuMilli: 0, memoryBytes: MEMORY_BYTES }]);
  expect(meters.of('d/a')?.cpuNs).toBeGreaterThan(0);
  meters.sample(29_000, []);
  expect(meters.of('d/a')).toBeUndefined();
});
