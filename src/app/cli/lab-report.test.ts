import { expect, test } from 'vitest';
import { loadText } from './lab-report.ts';

test.each([
  ['nothing is known', null, null],
  ['nobody asks', { requestsPerSecond: 0, failedPerSecond: 0, latencyP95Ms: null }, null],
  ['over the plant', { requestsPerSecond: 251.4, failedPerSecond: null, latencyP95Ms: null }, '251 req/s'],
  ['few requests', { requestsPerSecond: 7.24, failedPerSecond: 0, latencyP95Ms: 412.4 }, '7.2 req/s  p95 412 ms'],
  ['some fail', { requestsPerSecond: 20, failedPerSecond: 0.4, latencyP95Ms: 90 }, '20 req/s  p95 90 ms  err 0.4/s'],
] as const)('%s', (_why, load, expected) => {
  expect(loadText(load)).toBe(expected);
});
