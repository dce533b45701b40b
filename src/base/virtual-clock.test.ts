import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holdWhile, sleep } from './clock.ts';
import { VirtualClock } from './virtual-clock.ts';

function recorder(clock: VirtualClock) {
  const runs: string[] = [];
  return { runs, mark: (name: string) => () => void runs.push(`${name}@${clock.nowMs()}`) };
}

describe('driven by hand', () => {
  test('timers run in order of time, those of one instant in the order they were set, each at its own due time', () => {
    const clock = new VirtualClock({ startAtMs: 1000 });
    const { runs, mark } = recorder(clock);
    clock.after(20, mark('late'));
    clock.after(10, mark('first of two'));
    clock.after(10, mark('second of two'));
    clock.after(-5, mark('overdue'));
    clock.after(10, () => clock.after(0, mark('set at its own instant')));
    clock.advanceBy(15);
    expect(runs).toEqual(['overdue@1000', 'first of two@1010', 'second of two@1010', 'set at its own instant@1010']);
    expect([clock.nowMs(), clock.wallMs(), clock.monotonicMs(), clock.timerCount]).toEqual([1015, 1015, 15, 1]);
  });

  test('a cancelled timer does not run, and cancelling after the run changes nothing', () => {
    const clock = new VirtualClock();
    const { runs, mark } = recorder(clock);
    const cancelBefore = clock.after(1, mark('cancelled'));
    const cancelAfter = clock.after(2, mark('kept'));
    cancelBefore();
    cancelBefore();
    clock.advanceTo(5);
    cancelAfter();
    expect({ runs, timerCount: clock.timerCount, next: clock.nextAtMs() }).toEqual({
      runs: ['kept@2'],
      timerCount: 0,
      next: undefined,
    });
  });

  test('runNext runs one timer alone and tells when there is none', () => {
    const clock = new VirtualClock();
    const { runs, mark } = recorder(clock);
    clock.after(7, mark('one'));
    clock.after(7, mark('two'));
    expect([clock.runNext(), [...runs], clock.runNext(), clock.runNext()]).toEqual([true, ['one@7'], true, false]);
  });

  test('time never goes backwards', () => {
    const clock = new VirtualClock({ startAtMs: 10 });
    expect(() => clock.advanceTo(9)).toThrow('a clock at 10 cannot go back to 9');
  });

  test('law: whatever is set and cancelled, runs come sorted by due time, then by order of setting', () => {
    const plan = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 20 }), isCancelled: fc.boolean() }), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(plan, (timers) => {
        const clock = new VirtualClock();
        const ran: number[] = [];
        const cancels = timers.map(({ delayMs }, index) => clock.after(delayMs, () => ran.push(index)));
        timers.forEach(({ isCancelled }, index) => {
          if (isCancelled) cancels[index]?.();
        });
        clock.advanceTo(20);
        const expected = timers
          .map((timer, index) => ({ ...timer, index }))
          .filter(({ isCancelled }) => !isCancelled)
          .sort((left, right) => left.delayMs - right.delayMs || left.index - right.index);
        expect(ran).toEqual(expected.map(({ index }) => index));
      }),
    );
  });
});

describe('driven while nobody holds it', () => {
  test('a promise that a callback returns holds the clock until it is settled', async () => {
    const clock = new VirtualClock();
    const { runs, mark } = recorder(clock);
    clock.after(1, async () => {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      mark('answered')();
    });
    clock.after(2, mark('next'));
    await clock.runTo(3);
    expect(runs).toEqual(['answered@1', 'next@2']);
  });

  test('what follows a sleep keeps the clock with holdWhile', async () => {
    const clock = new VirtualClock();
    const { runs, mark } = recorder(clock);
    const part = sleep(clock, 1).then(() =>
      holdWhile(clock, 'part', async () => {
        for (let turn = 0; turn < 50; turn++) await Promise.resolve();
        mark('part')();
      }),
    );
    clock.after(2, mark('next'));
    await clock.runBy(3);
    await part;
    expect({ runs, heldCount: clock.heldCount }).toEqual({ runs: ['part@1', 'next@2'], heldCount: 0 });
  });

  test('a rejection of a callback is thrown by whoever drives, and the hold is gone', async () => {
    const clock = new VirtualClock();
    clock.after(1, () => Promise.reject(new Error('bug')));
    await expect(clock.runTo(2)).rejects.toThrow('bug');
    await clock.runTo(2);
    expect(clock.heldCount).toBe(0);
  });

  test('a hold counts once, however often it is released, and holders are named', () => {
    const clock = new VirtualClock();
    const release = clock.hold('controller');
    clock.hold('controller');
    clock.hold('api server');
    release();
    release();
    expect(clock.holders()).toEqual([
      { holder: 'api server', count: 1 },
      { holder: 'controller', count: 1 },
    ]);
  });

  test('a sleep ends with the reason of its signal and leaves no timer behind', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const sleeping = sleep(clock, 10, abort.signal);
    abort.abort(new Error('stopped'));
    await expect(sleeping).rejects.toThrow('stopped');
    await expect(sleep(clock, 10, abort.signal)).rejects.toThrow('stopped');
    expect(clock.timerCount).toBe(0);
  });
});
