import { describe, expect, test } from 'vitest';
import {
  EPOCH_SECONDS,
  MIB,
  readingsOf,
  servedNode,
  servedOf,
  storeAnswer,
  storeOf,
} from '../../../test/kubelet/stored-scrapes.ts';
import { UsageStore } from './usage-store.ts';

describe('UsageStore', () => {
  test.each([
    {
      title: 'two samples',
      why: 'a rate',
      node: [
        [100, 10, 4],
        [110, 20, 3],
      ],
      expected: '1 3Mi over 10 at 110',
    },
    { title: 'one sample', why: 'no rate', node: [[100, 10, 4]], expected: null },
    {
      title: 'the same sample',
      why: 'no second point',
      node: [
        [100, 10, 4],
        [100, 10, 4],
      ],
      expected: null,
    },
    {
      title: 'a sample between the two',
      why: 'counts from the earlier one',
      node: [
        [100, 10, 4],
        [120, 50, 4],
        [110, 20, 4],
      ],
      expected: '1 4Mi over 10 at 110',
    },
    {
      title: 'a sample before both',
      why: 'nothing is earlier',
      node: [
        [100, 10, 4],
        [120, 50, 4],
        [90, 5, 4],
      ],
      expected: null,
    },
    {
      title: 'a reboot',
      why: 'the counter began anew, and a node has no start to tell by',
      node: [
        [100, 10, 4],
        [120, 1, 4],
      ],
      expected: null,
    },
    {
      title: 'after a reboot',
      why: 'both points are of the new run',
      node: [
        [100, 10, 4],
        [120, 1, 4],
        [130, 2, 4],
      ],
      expected: '100m 4Mi over 10 at 130',
    },
    {
      title: 'no memory',
      why: 'the sample is incomplete',
      node: [
        [100, 10, 4],
        [110, 20, 0],
      ],
      expected: null,
    },
    {
      title: 'after no memory',
      why: 'the earlier point is lost',
      node: [
        [100, 10, 4],
        [110, 20, 0],
        [120, 30, 4],
      ],
      expected: null,
    },
  ])('node, $title: $why', ({ node, expected }) => {
    const store = storeOf(60);
    for (const [at = 0, cpuSeconds = 0, mib = 0] of node) {
      storeAnswer(store, [], { cpuSeconds, memoryBytes: mib * MIB, atSeconds: EPOCH_SECONDS + at });
    }
    expect(servedNode(store.get('n1', 0))).toBe(expected);
  });

  test.each([
    { why: 'upstream’s way: a failed scrape makes the node unknown', staleAfterMs: 0, nowMs: 20_000, isServed: false },
    { why: 'one failed scrape is bridged', staleAfterMs: 40_000, nowMs: 54_999, isServed: true },
    { why: 'not for longer than it is told', staleAfterMs: 40_000, nowMs: 55_000, isServed: false },
  ])('$why', ({ staleAfterMs, nowMs, isServed }) => {
    const store = new UsageStore({ resolutionMs: 15_000, staleAfterMs, isStopped: () => false });
    storeAnswer(store, readingsOf({ c: [0, 100, 1, 4] }), {}, 0);
    storeAnswer(store, readingsOf({ c: [0, 115, 4, 4] }), {}, 15_000);
    store.failed('n1', nowMs);
    expect(store.get('n1', nowMs) !== undefined).toBe(isServed);
  });

  test('after a bridged failure the rate counts over both periods', () => {
    const store = new UsageStore({ resolutionMs: 15_000, staleAfterMs: 40_000, isStopped: () => false });
    storeAnswer(store, readingsOf({ c: [0, 100, 1, 4] }), {}, 0);
    store.failed('n1', 15_000);
    storeAnswer(store, readingsOf({ c: [0, 130, 7, 4] }), {}, 30_000);
    expect(servedOf(store)).toEqual(['c: 200m 4Mi over 30 at 130']);
    expect(store.pointCounts()).toEqual({ node: 0, container: 1 });
    const usage = store.get('n1', 30_000);
    expect(usage?.scrapedBeforeAtMs).toBe(0);
  });
});
