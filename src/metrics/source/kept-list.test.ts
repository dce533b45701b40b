import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { KeptList } from './kept-list.ts';

const SIGNAL = new AbortController().signal;
const KEPT_MS = 30_000;
const DEADLINE_MS = 5_000;

/** A list whose readings the test answers one by one. */
function keptList() {
  const clock = new VirtualClock();
  const readings: PromiseWithResolvers<readonly string[]>[] = [];
  const list = new KeptList({
    read: () => {
      const reading = Promise.withResolvers<readonly string[]>();
      readings.push(reading);
      return reading.promise;
    },
    keptMs: KEPT_MS,
    deadlineMs: DEADLINE_MS,
    ioClock: clock,
  });
  return { clock, readings, list };
}

/** Lets promises that are settled be noticed. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

describe('a list that is read from somewhere else', () => {
  test('the first reading is waited for, by all who ask, and stands for a while', async () => {
    const { clock, readings, list } = keptList();
    const asked = [list.current(SIGNAL), list.current(SIGNAL)];
    expect(readings.length).toBe(1);
    readings[0]?.resolve(['a']);
    const [first, second] = await Promise.all(asked);
    expect([first, second]).toEqual([['a'], ['a']]);
    clock.advanceBy(KEPT_MS - 1);
    expect(await list.current(SIGNAL)).toBe(first);
    expect(readings.length).toBe(1);
  });

  test('an old one is answered with while the next is read; the same array when nothing changed', async () => {
    const { clock, readings, list } = keptList();
    const waiting = list.current(SIGNAL);
    readings[0]?.resolve(['a']);
    const first = await waiting;
    clock.advanceBy(KEPT_MS);
    expect(await list.current(SIGNAL)).toBe(first);
    readings[1]?.resolve(['a']);
    await settled();
    expect(await list.current(SIGNAL)).toBe(first);
    clock.advanceBy(KEPT_MS);
    await list.current(SIGNAL);
    readings[2]?.resolve(['b']);
    await settled();
    expect(await list.current(SIGNAL)).toEqual(['b']);
  });

  test('a reading that fails is told of until the next, and what was known is not forgotten', async () => {
    const { clock, readings, list } = keptList();
    const waiting = list.current(SIGNAL);
    readings[0]?.reject(new Error('refused'));
    await expect(waiting).rejects.toThrow('refused');
    await expect(list.current(SIGNAL)).rejects.toThrow('refused');
    expect(readings.length).toBe(1);
    clock.advanceBy(KEPT_MS);
    await expect(list.current(SIGNAL)).rejects.toThrow('refused');
    readings[1]?.resolve(['a']);
    await settled();
    expect(await list.current(SIGNAL)).toEqual(['a']);
  });

  test('a reading that never ends is given up', async () => {
    const { clock, list } = keptList();
    const waiting = list.current(SIGNAL);
    clock.advanceBy(DEADLINE_MS);
    await expect(waiting).rejects.toThrow('context deadline exceeded');
  });

  test('who waits for the first reading may leave; it goes on', async () => {
    const { readings, list } = keptList();
    const leaving = new AbortController();
    const waiting = list.current(leaving.signal);
    leaving.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    readings[0]?.resolve(['a']);
    await settled();
    expect(await list.current(SIGNAL)).toEqual(['a']);
  });
});
