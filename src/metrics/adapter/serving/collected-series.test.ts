import { describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { ADAPTER_MISSED_SERIES_COUNT_MAX } from '../../../base/limits.ts';
import type { SeriesFold } from '../../prometheus/answers.ts';
import { isThere } from '../series.ts';
import { CollectedSeries } from './collected-series.ts';

const SIGNAL = new AbortController().signal;
const SELECTORS = new Map([['q', { backend: null, seriesQuery: 'q' }]]);
const DOWN = new Failure('unavailable', 'connection refused');

/** Lists in turn what the test says, for one selector; null cannot be reached. */
function collecting(keptListsCount: number) {
  let names: readonly string[] | null = [];
  const collected = new CollectedSeries({
    prometheus: {
      get: () => ({
        series: async () => {
          if (names === null) throw DOWN;
          const value = names.map((name): SeriesFold => ({ name, labelNames: ['pod'], seriesCount: 2 }));
          return { value, warnings: [], infos: [] };
        },
      }),
    },
    clock: { nowMs: () => 0 },
    maxAgeMs: 0,
    keptListsCount,
  });
  const shown = (): readonly string[] =>
    (collected.found.get('q') ?? []).map((fold) => (isThere(fold) ? fold.name : `(${fold.name})`));
  const list = async (...listed: readonly string[]) => {
    names = listed;
    const { isChanged } = await collected.list(SELECTORS, SIGNAL);
    return { shown: shown(), isChanged };
  };
  const fail = async () => {
    names = null;
    const { failures, isChanged } = await collected.list(SELECTORS, SIGNAL);
    return { shown: shown(), isChanged, failuresCount: failures.length };
  };
  return { collected, list, fail };
}

describe('series that newer lists do not have', () => {
  test('go at once, as upstream, when none is kept', async () => {
    const { list } = collecting(0);
    await list('a', 'b');
    expect(await list('b')).toEqual({ shown: ['b'], isChanged: true });
  });

  test('stay for as many further lists, before those that are there, and count from the last list that had them', async () => {
    const { collected, list } = collecting(2);
    await list('a', 'b');
    expect(await list('b')).toEqual({ shown: ['(a)', 'b'], isChanged: true });
    expect(collected.seriesCount).toBe(2);
    expect(await list('b')).toEqual({ shown: ['(a)', 'b'], isChanged: false });
    expect(await list('a', 'b')).toEqual({ shown: ['a', 'b'], isChanged: true });
    for (const expected of [['(a)', 'b'], ['(a)', 'b'], ['b'], ['b']])
      expect((await list('b')).shown).toEqual(expected);
    expect((await list()).shown).toEqual(['(b)']);
  });

  test('are not counted by a list that fails: what was there stays as it was', async () => {
    const { list, fail } = collecting(1);
    await list('a', 'b');
    await list('b');
    for (let time = 0; time < 5; time += 1)
      expect(await fail()).toEqual({ shown: ['(a)', 'b'], isChanged: false, failuresCount: 1 });
    expect((await list('b')).shown).toEqual(['b']);
  });

  test('are bounded; those missed longest go first', async () => {
    const { list } = collecting(5);
    await list('oldest');
    await list(...Array.from({ length: ADAPTER_MISSED_SERIES_COUNT_MAX }, (_, index) => `m${index}`));
    const { shown } = await list('new');
    expect(shown).toHaveLength(ADAPTER_MISSED_SERIES_COUNT_MAX + 1);
    expect([shown[0], shown.at(-1)]).toEqual(['(m0)', 'new']);
  });
});
