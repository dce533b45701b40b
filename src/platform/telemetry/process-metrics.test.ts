import { closeSync, openSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTelemetry } from './registry.ts';

async function values(): Promise<ReadonlyMap<string, number>> {
  const { text } = await createTelemetry({ isProcessMeasured: true }).expose();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(samples.map((line) => [line.split(/[ {]/)[0] ?? '', Number(line.split(' ').at(-1))]));
}

test('a process tells its CPU, memory, files and start under the names of Prometheus’ client libraries', async () => {
  const told = await values();
  const { user, system } = process.cpuUsage();
  const seconds = (user + system) / 1e6;
  const cpu = told.get('process_cpu_seconds_total') ?? Number.NaN;
  expect(cpu).toBeGreaterThan(0);
  expect(cpu).toBeLessThanOrEqual(seconds);
  const parts = ['user', 'system'].map((part) => told.get(`process_cpu_${part}_seconds_total`) ?? Number.NaN);
  expect((parts[0] ?? 0) + (parts[1] ?? 0)).toBeLessThanOrEqual(seconds);
  const resident = told.get('process_resident_memory_bytes') ?? Number.NaN;
  expect(resident / process.memoryUsage.rss()).toBeCloseTo(1, 0);
  expect(told.get('process_virtual_memory_bytes')).toBeGreaterThan(resident);
  expect(told.get('nodejs_heap_size_used_bytes')).toBeLessThanOrEqual(told.get('nodejs_heap_size_total_bytes') ?? 0);
  expect(told.get('process_start_time_seconds')).toBeCloseTo(Date.now() / 1000 - process.uptime(), 0);
  expect(told.get('process_max_fds')).toBeGreaterThan(told.get('process_open_fds') ?? Number.NaN);
  expect(told.get('nodejs_version_info')).toBe(1);
});

test('it is read anew each time that it is asked for', async () => {
  const telemetry = createTelemetry({ isProcessMeasured: true });
  const filesOf = async () => Number(/^process_open_fds (\d+)$/m.exec((await telemetry.expose()).text)?.[1]);
  const before = await filesOf();
  const files = Array.from({ length: 20 }, () => openSync('package.json', 'r'));
  const during = await filesOf();
  for (const file of files) closeSync(file);
  expect(during - before).toBeGreaterThanOrEqual(15);
  const busyOf = async () =>
    Number(/^podtide_event_loop_active_seconds_total (\S+)$/m.exec((await telemetry.expose()).text)?.[1]);
  const busyBefore = await busyOf();
  const untilMs = performance.now() + 50;
  while (performance.now() < untilMs);
  await new Promise(setImmediate);
  expect((await busyOf()) - busyBefore).toBeGreaterThanOrEqual(0.04);
});
