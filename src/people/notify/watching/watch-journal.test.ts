import { describe, expect, test } from 'vitest';
import { Failure } from '../../../base/failure.ts';
import { SILENT_LOG } from '../../../base/log.ts';
import { JOURNAL_WAITING_NOTICES_COUNT_MAX, JOURNAL_WRITES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import { exampleNotice } from '../example-notices.ts';
import { type WatchChange, WatchJournal } from './watch-journal.ts';

function noticeOf(id: string): Notice {
  return { ...exampleNotice('scale.up.started', 'prod', 0), id };
}

function changeOf(place: string, text: string, ...ids: readonly string[]): WatchChange {
  return { place, entries: new Map([[`${place}.watch`, text]]), notices: ids.map(noticeOf) };
}

function stage() {
  const clock = new VirtualClock();
  const stored: string[] = [];
  const lost: string[] = [];
  let isAway = false;
  let gate: Promise<void> | undefined;
  let failure = new Failure('unavailable', 'the store is away');
  const shown = (change: WatchChange): string =>
    `${change.place} ${[...change.entries.values()].join()} [${change.notices.map(({ id }) => id).join()}]`;
  const journal = new WatchJournal({
    record: async (change) => {
      await gate;
      if (isAway) throw failure;
      stored.push(shown(change));
    },
    put: (key, text) => stored.push(`put ${key} ${text}`),
    remove: (key) => stored.push(`remove ${key}`),
    ioClock: clock,
    log: { ...SILENT_LOG, error: (_message, fields) => void lost.push(String(fields?.['notice'])) },
  });
  return {
    clock,
    stored,
    lost,
    journal,
    away: (value: boolean, reason = failure) => {
      isAway = value;
      failure = reason;
    },
    close: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return resolve;
    },
  };
}

describe('the journal of a watch', () => {
  test('what tells nothing is put aside at leisure, what tells something is stored as one', async () => {
    const { clock, stored, journal } = stage();
    journal.keep(changeOf('a', '1'));
    journal.keep(changeOf('a', '2', 'n1'));
    await clock.settle();
    expect(stored).toEqual(['put a.watch 1', 'a 2 [n1]']);
  });

  test('changes of one place keep their order, and join while one is under way', async () => {
    const { clock, stored, journal, close } = stage();
    const open = close();
    journal.keep(changeOf('a', '1', 'n1'));
    journal.keep(changeOf('a', '2', 'n2'));
    journal.keep(changeOf('a', '3'));
    journal.keep(changeOf('b', '1', 'n3'));
    expect(journal.waitingCount).toBe(3);
    open();
    for (let turn = 0; turn < 20; turn++) await clock.settle();
    expect(stored).toEqual(['a 1 [n1]', 'b 1 [n3]', 'a 3 [n2]']);
    expect(journal.waitingCount).toBe(0);
  });

  test('a store that is away is tried again, with what came meanwhile', async () => {
    const { clock, stored, journal, away } = stage();
    away(true);
    journal.keep(changeOf('a', '1', 'n1'));
    await clock.runBy(3_000);
    journal.keep(changeOf('a', '2', 'n2'));
    away(false);
    await clock.runBy(3_000);
    expect(stored).toEqual(['a 2 [n1,n2]']);
  });

  test('a store that another process has taken over is not tried again', async () => {
    const { clock, stored, journal, away } = stage();
    away(true, new Failure('conflict', 'taken over'));
    journal.keep(changeOf('a', '1', 'n1'));
    await clock.runBy(5_000);
    away(false);
    await clock.runBy(60_000);
    expect(stored).toEqual([]);
  });

  test('so many places at once, and no more', async () => {
    const { clock, stored, journal, close } = stage();
    const open = close();
    for (let index = 0; index <= JOURNAL_WRITES_COUNT_MAX; index++)
      journal.keep(changeOf(`p${index}`, '1', `n${index}`));
    expect(journal.waitingCount).toBe(JOURNAL_WRITES_COUNT_MAX + 1);
    expect(stored).toEqual([]);
    open();
    for (let turn = 0; turn < 20; turn++) await clock.settle();
    expect(stored).toHaveLength(JOURNAL_WRITES_COUNT_MAX + 1);
  });

  test('when too many notices wait the oldest is given up, and that is said', async () => {
    const { clock, journal, lost, away } = stage();
    away(true);
    journal.keep(changeOf('busy', '0', 'first'));
    await clock.settle();
    for (let index = 0; index < JOURNAL_WAITING_NOTICES_COUNT_MAX; index++)
      journal.keep(changeOf('a', '1', `n${index}`));
    expect(lost).toEqual(['first']);
  });
});
