import { expect, test } from 'vitest';
import { DutyCycle } from './duty-cycle.ts';

/** A process whose work costs CPU time and as much real time, on a clock of its own. */
function worker(cores: number) {
  let [cpuMs, nowMs] = [0, 0];
  const duty = new DutyCycle(cores, {
    cpuMs: () => cpuMs,
    nowMs: () => nowMs,
    wait: async (delayMs) => {
      nowMs += delayMs;
    },
  });
  return {
    work: async (costMs: number) => {
      await duty.turn();
      cpuMs += costMs;
      nowMs += costMs;
    },
    idle: (durationMs: number) => {
      nowMs += durationMs;
    },
    usedCores: () => cpuMs / nowMs,
    nowMs: () => nowMs,
  };
}

test.each([0.1, 0.2, 0.5, 1])('work without end comes to %d cores', async (cores) => {
  const { work, usedCores } = worker(cores);
  for (let count = 0; count < 1_000; count++) await work(10);
  expect(usedCores()).toBeGreaterThan(cores * 0.98);
  expect(usedCores()).toBeLessThan(cores * 1.02);
});

test('a process that rested works at once, and saves up no more than a period', async () => {
  const { work, idle, nowMs } = worker(0.2);
  await work(10);
  idle(10_000);
  const startedAtMs = nowMs();
  for (let count = 0; count < 3; count++) await work(10);
  // 100 ms of rest pay for the piece before and for one of these: the first two begin at once, the third does not.
  expect(nowMs() - startedAtMs).toBe(60);
  await work(10);
  expect(nowMs() - startedAtMs).toBe(110);
});
