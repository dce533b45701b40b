import { describe, expect, test } from 'vitest';
import { ListingPlan } from './listing-plan.ts';

const DOWN = new Error('connection refused');
const INTERVAL_MS = 60_000;

function selectors(...keys: readonly string[]) {
  return new Map(
    keys.map((key) => {
      const [backend, seriesQuery] = key.includes('/') ? key.split('/') : [null, key];
      return [key, { backend: backend ?? null, seriesQuery: seriesQuery ?? '' }] as const;
    }),
  );
}

const keysOf = (begun: ReturnType<ListingPlan['begin']>) => begun.map((each) => [...each.keys()]);

describe('when selectors are listed', () => {
  test('each backend’s by themselves, and none again while it is under way', () => {
    const plan = new ListingPlan(INTERVAL_MS);
    plan.replan(selectors('a', 'team/a', 'b'), 0);
    expect(keysOf(plan.begin(0))).toEqual([['a', 'b'], ['team/a']]);
    expect([keysOf(plan.begin(1)), plan.dueAtMs, plan.areAllAsked]).toEqual([[], null, false]);
    plan.end(['a', 'b'], [], 5);
    expect([plan.dueAtMs, plan.areAllAsked, plan.listedAtMs]).toEqual([5 + INTERVAL_MS, false, null]);
    plan.end(['team/a'], [], 9);
    expect([plan.areAllAsked, plan.listedAtMs]).toEqual([true, 5]);
    plan.replan(selectors('a', 'team/a', 'b', 'new'), 10);
    expect([plan.dueAtMs, plan.areAllAsked]).toEqual([10, false]);
    expect(keysOf(plan.begin(10))).toEqual([['new']]);
  });

  test('after a failure sooner, then less often, and a change of how it goes is told once', () => {
    const plan = new ListingPlan(INTERVAL_MS);
    plan.replan(selectors('a'), 0);
    const [selector] = selectors('a').values();
    const told: unknown[] = [];
    const dues: (number | null)[] = [];
    let nowMs = 0;
    for (const thrown of [DOWN, DOWN, DOWN, DOWN, DOWN, DOWN, null, null]) {
      plan.begin(nowMs);
      told.push(...plan.end(['a'], thrown === null ? [] : [{ key: 'a', thrown }], nowMs));
      dues.push((plan.dueAtMs ?? 0) - nowMs);
      nowMs = plan.dueAtMs ?? 0;
    }
    expect(dues).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000, 60_000]);
    expect(told).toEqual([
      { selector, problem: 'connection refused', thrown: DOWN },
      { selector, problem: '', thrown: undefined },
    ]);
  });

  test('what is not planned any more is nobody’s, whenever its listing ends', () => {
    const plan = new ListingPlan(INTERVAL_MS);
    plan.replan(selectors('a', 'b'), 0);
    plan.begin(0);
    plan.replan(selectors('b'), 1);
    expect(plan.end(['a', 'b'], [{ key: 'a', thrown: DOWN }], 2)).toEqual([]);
    expect([plan.has('a'), plan.has('b'), plan.failingCount, plan.listedAtMs]).toEqual([false, true, 0, 2]);
  });
});
