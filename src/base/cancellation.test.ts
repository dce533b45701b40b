import { describe, expect, test } from 'vitest';
import { orAborted, untilAborted } from './cancellation.ts';

describe('a wait that a signal ends', () => {
  const rows: readonly {
    why: string;
    settle: 'resolved' | 'rejected' | 'pending';
    isAborted: boolean;
    result: string;
  }[] = [
    { why: 'the promise comes first', settle: 'resolved', isAborted: false, result: 'done' },
    { why: 'its failure comes first', settle: 'rejected', isAborted: false, result: 'failed' },
    { why: 'the signal comes first', settle: 'pending', isAborted: true, result: 'aborted' },
    {
      why: 'the signal had aborted: a later failure is nobody’s',
      settle: 'rejected',
      isAborted: true,
      result: 'aborted',
    },
  ];
  for (const { why, settle, isAborted, result } of rows) {
    test(`${why}: ${result}`, async () => {
      const controller = new AbortController();
      const work = Promise.withResolvers<string>();
      if (isAborted) controller.abort('aborted');
      const waited = orAborted(work.promise, controller.signal).catch((reason: unknown) => reason);
      if (settle === 'resolved') work.resolve('done');
      if (settle === 'rejected') work.reject('failed');
      expect(await waited).toBe(result);
    });
  }

  test('an abort while waiting ends it, and no listener stays behind', async () => {
    const listeners = new Set<() => void>();
    const signal = {
      aborted: false,
      reason: 'enough',
      addEventListener: (_type: 'abort', listener: () => void) => void listeners.add(listener),
      removeEventListener: (_type: 'abort', listener: () => void) => void listeners.delete(listener),
    };
    const work = Promise.withResolvers<void>();
    const ended = untilAborted(signal);
    const waited = orAborted(work.promise, signal);
    for (const listener of [...listeners]) listener();
    await expect(waited).rejects.toBe('enough');
    await ended;
    work.resolve();
    await work.promise;
    await Promise.resolve();
    expect(listeners.size).toBe(0);
  });
});
