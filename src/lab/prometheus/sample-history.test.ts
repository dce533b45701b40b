import { describe, expect, test } from 'vitest';
import { InvariantError } from '../../base/failure.ts';
import { LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX } from '../../base/limits.ts';
import { SampleHistory } from './sample-history.ts';

/** A value for each of the instants; null ends the series there. */
function historyOf(samples: Readonly<Record<number, number | null>>): SampleHistory {
  const history = new SampleHistory();
  for (const [atMs, value] of Object.entries(samples)) history.add(Number(atMs), value);
  return history;
}

describe('SampleHistory', () => {
  const ended = historyOf({ 10: 1, 20: 2, 30: null, 40: 4 });

  test.each([
    { why: 'before the first', startMs: 0, endMs: 9, newest: undefined },
    { why: 'at a sample', startMs: 0, endMs: 20, newest: { atMs: 20, value: 2 } },
    { why: 'after a sample', startMs: 0, endMs: 29, newest: { atMs: 20, value: 2 } },
    { why: 'as old as it may be', startMs: 20, endMs: 29, newest: { atMs: 20, value: 2 } },
    { why: 'older than it may be', startMs: 21, endMs: 29, newest: undefined },
    { why: 'ended', startMs: 0, endMs: 39, newest: undefined },
    { why: 'begun again', startMs: 0, endMs: 99, newest: { atMs: 40, value: 4 } },
  ])('the newest: $why', ({ startMs, endMs, newest }) => {
    expect(ended.newest(startMs, endMs)).toEqual(newest);
  });

  test.each([
    { why: 'both ends are included, marks are left out', startMs: 20, endMs: 40, values: [2, 4] },
    { why: 'nothing between samples', startMs: 21, endMs: 39, values: [] },
    { why: 'everything', startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY, values: [1, 2, 4] },
  ])('between: $why', ({ startMs, endMs, values }) => {
    expect(ended.between(startMs, endMs).map(({ value }) => value)).toEqual(values);
  });

  test('beyond the bound the oldest give way, and the others stay as they are', () => {
    const history = new SampleHistory();
    const addedCount = 2 * LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX + 5;
    for (let index = 0; index < addedCount; index += 1) history.add(index, index % 7 === 0 ? null : index * 2);
    expect(history.count).toBe(LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX);
    const firstAtMs = addedCount - LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX;
    const kept = Array.from({ length: LAB_PROMETHEUS_SAMPLES_PER_SERIES_COUNT_MAX }, (_, index) => firstAtMs + index);
    expect(history.between(0, addedCount)).toEqual(
      kept.filter((atMs) => atMs % 7 !== 0).map((atMs) => ({ atMs, value: atMs * 2 })),
    );
    expect(history.newest(0, firstAtMs - 1)).toBeUndefined();
  });

  test('a sample that is not newer is a bug of whoever adds it', () => {
    expect(() => historyOf({ 10: 1 }).add(10, 2)).toThrow(InvariantError);
  });
});
