import { expect, test } from 'vitest';
import { RequestWindow } from './request-window.ts';

const rounded = (load: ReturnType<RequestWindow['loadAt']>) => ({
  ...load,
  latencyP95Ms: load.latencyP95Ms === null ? null : Math.round(load.latencyP95Ms),
});

test('nothing came, nothing is said of response times', () => {
  expect(new RequestWindow().loadAt(10_000)).toEqual({ requestsPerSecond: 0, failedPerSecond: 0, latencyP95Ms: null });
});

test('the last five whole seconds count, not the one that runs', () => {
  const window = new RequestWindow();
  for (let second = 0; second < 7; second++) {
    for (let count = 0; count < 10; count++) window.note(second * 1000 + count, 20, false);
  }
  expect(rounded(window.loadAt(6_500))).toEqual({ requestsPerSecond: 10, failedPerSecond: 0, latencyP95Ms: 20 });
  expect(rounded(window.loadAt(9_000)).requestsPerSecond).toBe(6);
  expect(window.loadAt(12_000).requestsPerSecond).toBe(0);
});

test('failures are requests too, and have no response time', () => {
  const window = new RequestWindow();
  for (let count = 0; count < 5; count++) window.note(100, 10, false);
  for (let count = 0; count < 5; count++) window.note(200, 30_000, true);
  expect(rounded(window.loadAt(1_000))).toEqual({ requestsPerSecond: 2, failedPerSecond: 1, latencyP95Ms: 10 });
});

test.each([
  ['one slow in twenty is not the 95th percentile', 19, 1, 10],
  ['two in twenty are', 18, 2, 1_000],
])('%s', (_why, fastCount, slowCount, expectedMs) => {
  const window = new RequestWindow();
  for (let count = 0; count < fastCount; count++) window.note(0, 10, false);
  for (let count = 0; count < slowCount; count++) window.note(0, 1_000, false);
  const { latencyP95Ms } = window.loadAt(1_000);
  expect((latencyP95Ms ?? 0) / expectedMs).toBeGreaterThanOrEqual(1);
  expect((latencyP95Ms ?? 0) / expectedMs).toBeLessThan(1.05);
});

test.each([0, 0.01, 5_000_000])('%d ms falls into a class', (latencyMs) => {
  const window = new RequestWindow();
  window.note(0, latencyMs, false);
  expect(window.loadAt(1_000).latencyP95Ms).not.toBeNull();
});
