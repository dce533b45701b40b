import { describe, expect, test } from 'vitest';
import { EPOCH_SECONDS, readingsOf, type Scrape, storeAnswer, storeOf } from '../../../test/kubelet/stored-scrapes.ts';
import { containerTraces, podMetrics, ZERO_TIME_MS } from './served-metrics.ts';

const POD = { namespace: 'shop', name: 'web', uid: 'u', labels: { app: 'web' }, nodeName: 'n1', stopped: [] };
const ALL_BACK: readonly Scrape[] = [{ a: [0, 100, 9, 4] }, { a: [0, 115, 3, 4] }];
const ONE_BACK: readonly Scrape[] = [
  { a: [0, 100, 9, 4], b: [0, 101, 1, 4] },
  { a: [0, 115, 3, 4], b: [0, 116, 4, 4] },
];

function usageOf(scrapes: readonly Scrape[]) {
  const store = storeOf(15);
  for (const one of scrapes) storeAnswer(store, readingsOf(one));
  const usage = store.get('n1', 0);
  if (usage === undefined) throw new Error('nothing is stored');
  return usage;
}

describe('podMetrics', () => {
  test.each([
    {
      why: 'upstream serves a pod without the container whose counter went back',
      scrapes: ONE_BACK,
      partialPods: 'served' as const,
      expected: {
        atMs: (EPOCH_SECONDS + 116) * 1000,
        windowMs: 15_000,
        containers: [{ name: 'b', usage: { cpu: '200m', memory: '4Mi' } }],
      },
    },
    {
      why: 'and a pod without any, with no instant',
      scrapes: ALL_BACK,
      partialPods: 'served' as const,
      expected: { atMs: ZERO_TIME_MS, windowMs: 0, containers: [] },
    },
    {
      why: 'half a pod is left out when asked for',
      scrapes: ONE_BACK,
      partialPods: 'leftOut' as const,
      expected: undefined,
    },
  ])('$why', ({ scrapes, partialPods, expected }) => {
    const identity = { namespace: 'shop', name: 'web', nodeName: 'n1', labels: { app: 'web' } };
    const metrics = podMetrics(POD, usageOf(scrapes), partialPods);
    expect(metrics).toEqual(expected === undefined ? undefined : { ...identity, ...expected });
  });
});

test('a trace of a young container counts from its start', () => {
  const startedAtMs = (EPOCH_SECONDS + 100) * 1000;
  expect(containerTraces(POD, usageOf([{ a: [100, 112, 3, 4] }]))).toEqual([
    {
      name: 'a',
      last: { atMs: startedAtMs + 12_000, cpuNanoseconds: 3e9, memoryBytes: 4 * 2 ** 20, startedAtMs },
      previous: { atMs: startedAtMs, cpuNanoseconds: 0, startedAtMs },
      isFromStart: true,
      rate: { windowMs: 12_000, cpuNanoseconds: 3e9, cpu: '250m', memory: '4Mi' },
    },
  ]);
});
