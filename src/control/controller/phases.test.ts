import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ObjectKey } from '../../base/object-key.ts';
import { spreadOverPeriod } from './phases.ts';

const PERIOD_MS = 15_000;

function keysIn(namespace: string, count: number): readonly ObjectKey[] {
  return Array.from({ length: count }, (_, index) => ({ namespace, name: `hpa-${String(index).padStart(5, '0')}` }));
}

describe('spreadOverPeriod', () => {
  test('a single HPA is synced at once and then once a period', () => {
    const key = { namespace: 'shop', name: 'web' };
    expect(spreadOverPeriod([key], PERIOD_MS)).toEqual([{ key, offsetMs: 0, firstDelayMs: 0 }]);
  });

  test('a namespace that fits into one slot stays together, so that one LIST serves it', () => {
    const phases = spreadOverPeriod(keysIn('shop', 20), PERIOD_MS);
    expect(Math.max(...phases.map(({ offsetMs }) => offsetMs))).toBeLessThan(2_000);
  });

  test('a large namespace is cut into slices over the whole period', () => {
    const offsets = spreadOverPeriod(keysIn('shop', 3_000), PERIOD_MS).map(({ offsetMs }) => offsetMs);
    const perSlot = Map.groupBy(offsets, (offsetMs) => Math.floor(offsetMs / (PERIOD_MS / 8)));
    expect([...perSlot.values()].map((slot) => slot.length)).toEqual(Array(8).fill(375));
  });

  test('HPAs come in groups of sixteen, evenly within their slot', () => {
    const offsets = spreadOverPeriod(keysIn('shop', 320), PERIOD_MS).map(({ offsetMs }) => offsetMs);
    const countByOffset = [...Map.groupBy(offsets, (offsetMs) => offsetMs)].map(([at, { length }]) => [at, length]);
    expect(countByOffset.slice(0, 4)).toEqual([
      [0, 16],
      [750, 16],
      [1_500, 8],
      [1_875, 16],
    ]);
  });

  test('the first pass over 1,000 HPAs takes two seconds, over 5,000 ten, over any number no more than the period', () => {
    const lastDelayMs = (count: number): number | undefined =>
      spreadOverPeriod(keysIn('shop', count), PERIOD_MS).at(-1)?.firstDelayMs;
    expect(lastDelayMs(1_000)).toBe(1_998);
    expect(lastDelayMs(5_000)).toBe(9_998);
    expect(lastDelayMs(20_000)).toBeLessThan(PERIOD_MS);
  });

  test('law: every key has one place inside the period', () => {
    const names = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(500)), {
      selector: ([namespace, number]) => `${namespace}/${number}`,
    });
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 120_000 }), (pairs, periodMs) => {
        const keys = pairs.map(([namespace, number]) => ({ namespace, name: `n${number}` }));
        const phases = spreadOverPeriod(keys, periodMs);
        expect(new Set(phases.map(({ key }) => `${key.namespace}/${key.name}`)).size).toBe(keys.length);
        for (const { offsetMs, firstDelayMs } of phases) {
          expect(offsetMs).toBeGreaterThanOrEqual(0);
          expect(offsetMs).toBeLessThan(periodMs);
          expect(firstDelayMs).toBeLessThanOrEqual(periodMs);
        }
      }),
    );
  });
});
