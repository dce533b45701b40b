import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Schedule } from './schedule.ts';

const PERIOD_MS = 15_000;

/** Runs the schedule until `untilMs`, each sync taking `durationMs`; the starts of each key. */
function startsOf(schedule: Schedule, untilMs: number, durationMs = 0): readonly [string, number][] {
  const starts: [string, number][] = [];
  for (;;) {
    const nextAtMs = schedule.nextAtMs();
    if (nextAtMs === undefined || nextAtMs > untilMs) return starts;
    const due = schedule.take(nextAtMs);
    if (due === undefined) return starts;
    starts.push([due.keyText, nextAtMs]);
    schedule.finish(due.keyText, nextAtMs + durationMs);
  }
}

describe('Schedule', () => {
  test('a regular sync follows each period, however long the sync took', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0);
    expect(startsOf(schedule, 45_000, 4_000).map(([, atMs]) => atMs)).toEqual([0, 15_000, 30_000, 45_000]);
  });

  test('periods that a long sync missed are skipped, never caught up', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0);
    expect(startsOf(schedule, 100_000, 40_000).map(([, atMs]) => atMs)).toEqual([0, 45_000, 90_000]);
  });

  test('an early first sync neither repeats at once nor waits for two periods', () => {
    const rows: readonly [why: string, firstMs: number, anchorMs: number, secondMs: number][] = [
      ['its place comes soon: the one after it', 0, 4_000, 19_000],
      ['its place comes late in the period: that one', 0, 9_000, 9_000],
      ['its place is now', 0, 0, 15_000],
    ];
    for (const [why, firstMs, anchorMs, secondMs] of rows) {
      const schedule = new Schedule(PERIOD_MS);
      schedule.add('a/x', firstMs, anchorMs);
      expect(startsOf(schedule, secondMs).at(1)?.[1], why).toBe(secondMs);
    }
  });

  test('a spec change makes a waiting key due now, and its rhythm starts anew from there', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0);
    startsOf(schedule, 0);
    schedule.hasten('a/x', 7_000, 'specChanged');
    expect(schedule.take(7_000)).toEqual({ keyText: 'a/x', dueAtMs: 7_000, cause: 'specChanged' });
    schedule.finish('a/x', 7_100);
    expect(schedule.nextAtMs()).toBe(22_000);
  });

  test('a change while the key is being synced is synced as soon as that is over, and never twice at once', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0);
    schedule.take(0);
    schedule.hasten('a/x', 100, 'specChanged');
    expect(schedule.take(100)).toBeUndefined();
    schedule.finish('a/x', 300);
    expect(schedule.take(300)).toEqual({ keyText: 'a/x', dueAtMs: 300, cause: 'specChanged' });
  });

  test('a key removed while it is being synced is gone afterwards; created anew meanwhile it is synced again', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0);
    schedule.take(0);
    schedule.remove('a/x');
    expect(schedule.has('a/x')).toBe(false);
    schedule.add('a/x', 50, 50);
    expect(schedule.take(50)).toBeUndefined();
    schedule.finish('a/x', 80);
    expect(schedule.take(80)?.cause).toBe('created');
    schedule.remove('a/x');
    schedule.finish('a/x', 90);
    expect(schedule.size).toBe(0);
  });

  test('lateness is that of the key that has been due longest', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 1_000, 0);
    schedule.add('a/y', 4_000, 0);
    expect([schedule.latenessMs(500), schedule.latenessMs(5_000), schedule.dueCount(5_000)]).toEqual([0, 4_000, 2]);
  });

  test('a key may have a period of its own, beside the others', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0, 4_000);
    schedule.add('a/y', 0, 0);
    const starts = Map.groupBy(startsOf(schedule, 16_000), ([name]) => name);
    const instants = (name: string) => starts.get(name)?.map(([, atMs]) => atMs);
    expect([instants('a/x'), instants('a/y')]).toEqual([
      [0, 4_000, 8_000, 12_000, 16_000],
      [0, 15_000],
    ]);
  });

  test('a period that its syncs outlast is best effort: nothing queues up', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0, 1_000);
    expect(startsOf(schedule, 10_000, 2_500).map(([, atMs]) => atMs)).toEqual([0, 3_000, 6_000, 9_000]);
    expect(schedule.dueCount(10_000)).toBe(0);
  });

  test('a changed period counts from the sync that the change brings, waiting or running', () => {
    const schedule = new Schedule(PERIOD_MS);
    schedule.add('a/x', 0, 0);
    startsOf(schedule, 0);
    schedule.setPeriod('a/x', 2_000);
    schedule.hasten('a/x', 7_000, 'optionsChanged');
    expect(startsOf(schedule, 9_000).map(([, atMs]) => atMs)).toEqual([7_000, 9_000]);
    schedule.take(11_000);
    schedule.setPeriod('a/x', null);
    schedule.hasten('a/x', 11_100, 'optionsChanged');
    schedule.finish('a/x', 11_200);
    expect(startsOf(schedule, 26_200).map(([, atMs]) => atMs)).toEqual([11_200, 26_200]);
  });

  test('knows the shortest period, and forgets it with its last key', () => {
    const schedule = new Schedule(PERIOD_MS);
    const shortest: number[] = [schedule.shortestPeriodMs()];
    const then = (act: () => void): void => {
      act();
      shortest.push(schedule.shortestPeriodMs());
    };
    then(() => schedule.add('a/x', 0, 0, 3_000));
    then(() => schedule.add('a/y', 0, 0, 1_000));
    then(() => schedule.add('a/z', 0, 0, 60_000));
    then(() => schedule.setPeriod('a/y', 3_000));
    then(() => schedule.remove('a/x'));
    then(() => schedule.setPeriod('a/y', null));
    then(() => schedule.setPeriod('a/gone', 1_000));
    then(() => {
      schedule.setPeriod('a/y', 5_000);
      for (const due of [schedule.take(0), schedule.take(0)]) if (due?.keyText === 'a/y') schedule.remove('a/y');
    });
    then(() => schedule.finish('a/y', 0));
    expect(shortest).toEqual([15_000, 3_000, 1_000, 1_000, 3_000, 3_000, 15_000, 15_000, 5_000, 15_000]);
  });

  test('law: with room for all, no two syncs of a key are less than half a period apart or more than one and a half', () => {
    const key = fc.record({ firstMs: fc.nat(PERIOD_MS), anchorMs: fc.nat(PERIOD_MS) });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 20 }), (keys) => {
        const schedule = new Schedule(PERIOD_MS);
        for (const [index, { firstMs, anchorMs }] of keys.entries()) schedule.add(`a/${index}`, firstMs, anchorMs);
        const starts = Map.groupBy(startsOf(schedule, 10 * PERIOD_MS), ([name]) => name);
        expect(starts.size).toBe(keys.length);
        for (const ofKey of starts.values()) {
          for (let index = 1; index < ofKey.length; index++) {
            const gapMs = (ofKey[index]?.[1] ?? 0) - (ofKey[index - 1]?.[1] ?? 0);
            expect(gapMs).toBeGreaterThanOrEqual(PERIOD_MS / 2);
            expect(gapMs).toBeLessThanOrEqual(1.5 * PERIOD_MS);
          }
        }
      }),
    );
  });
});
