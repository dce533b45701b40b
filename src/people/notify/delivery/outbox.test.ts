import { describe, expect, test } from 'vitest';
import { CrashableStore, StoredEntries } from '../../../../test/notify/crashable-store.ts';
import { DeliveryStage } from '../../../../test/notify/delivery-stage.ts';
import { noticeOf, stageOf, subjectOf } from '../../../../test/notify/notices.ts';
import { SILENT_LOG } from '../../../base/log.ts';
import {
  INHIBITORS_COUNT_MAX,
  OUTBOX_NOTICES_COUNT_MAX,
  OUTBOX_SETTLED_COUNT_MAX,
  SILENCES_COUNT_MAX,
} from '../../../base/notifier-limits.ts';
import type { Severity } from '../../../core/episode/notice.ts';
import { newRow } from './admission.ts';
import type { Routing } from './delivery-port.ts';
import { inhibit } from './inhibition.ts';
import { Outbox } from './outbox.ts';
import { type OutboxRow, readEntry, writeEntry } from './outbox-row.ts';
import type { Silence } from './silence.ts';
import { SilenceBook } from './silence-book.ts';

const NEVER = new AbortController().signal;
const DAY_MS = 86_400_000;

function rowOf(index: number, overrides: Partial<OutboxRow> = {}): OutboxRow {
  const routing: Pick<Routing, 'expireAfterMs'> = { expireAfterMs: DAY_MS };
  const notice = stageOf(index, 'scale.up.started');
  const row = newRow(`uid-${index}`, notice, 'ding', { routing: routing as Routing, nowMs: 0 });
  return { ...row, ...overrides };
}

async function opened(): Promise<{ readonly outbox: Outbox; readonly stored: StoredEntries }> {
  const stored = new StoredEntries();
  const store = new CrashableStore(stored);
  await store.claim();
  return { outbox: new Outbox(store), stored };
}

describe('the stored form of an entry', () => {
  const row = rowOf(1, { attemptCount: 2, doubtfulCount: 1, doubt: 'd', lastOutcome: 'reset', form: 'brief' });

  test('is read as it was written, but for what is under way', () => {
    const inflight = { ...row, state: 'inflight' as const };
    expect(readEntry(row.entryKey, writeEntry({ kind: 'open', rows: [inflight] }))).toEqual({
      kind: 'open',
      rows: [row],
    });
    const settled = { kind: 'settled', atMs: 5, states: { ding: 'sent' } } as const;
    expect(readEntry(row.entryKey, writeEntry(settled))).toEqual(settled);
  });

  const text = writeEntry({ kind: 'open', rows: [row] });
  test.each([
    { why: 'no JSON', stored: text.slice(1) },
    { why: 'a later version', stored: text.replace('"v":1', '"v":2') },
    { why: 'a type of notice that nobody knows', stored: text.replace('scale.up.started"', 'scale.sideways"') },
    { why: 'a severity that there is none of', stored: text.replace('"severity":"info"', '"severity":"dire"') },
    { why: 'a state that there is none of', stored: text.replace('"pending"', '"lost"') },
    { why: 'no rows', stored: writeEntry({ kind: 'open', rows: [row] }).replace(/"rows":\[.*\]/, '"rows":[]') },
    { why: 'an instant that is none', stored: text.replace('"createdAtMs":0', '"createdAtMs":"0"') },
  ])('$why is none', ({ stored }) => expect(readEntry(row.entryKey, stored)).toBeUndefined());

  test('what cannot be read is counted, and the rest is there', async () => {
    const { outbox } = await opened();
    expect(
      outbox.restore([
        ['uid-2.notice.x', '{'],
        [row.entryKey, text],
      ]),
    ).toBe(1);
    expect([...outbox.openRowsOf('ding')]).toEqual([row]);
  });
});

describe('what is remembered of what was told', () => {
  test('for a day', async () => {
    const { outbox, stored } = await opened();
    const row = rowOf(1);
    await outbox.add([row], new Map(), NEVER);
    outbox.update([{ ...row, state: 'sent' }], 1_000);
    await outbox.keep([row.entryKey], NEVER);
    outbox.forgetOld(1_000 + DAY_MS - 1);
    expect([outbox.knows(row.entryKey), outbox.hasOpenRows('ding')]).toEqual([true, false]);
    outbox.forgetOld(1_000 + DAY_MS);
    await outbox.add([rowOf(2)], new Map(), NEVER);
    expect([outbox.knows(row.entryKey), stored.entries.has(row.entryKey)]).toEqual([false, false]);
  });

  test('of so many at most, the oldest being forgotten first', async () => {
    const { outbox } = await opened();
    const rows = Array.from({ length: OUTBOX_SETTLED_COUNT_MAX + 1 }, (_, index) => rowOf(index));
    await outbox.add(rows, new Map(), NEVER);
    outbox.update(
      rows.map((row) => ({ ...row, state: 'sent' })),
      0,
    );
    outbox.forgetOld(1);
    const known = rows.map(({ entryKey }) => outbox.knows(entryKey));
    expect([known[0], known[1], known.at(-1)]).toEqual([false, true, true]);
  });
});

test('a process that cannot begin sends nothing', async () => {
  const stage = new DeliveryStage();
  await stage.begin();
  stage.kill();
  const row = rowOf(1, { expiresAtMs: Number.MAX_SAFE_INTEGER });
  stage.stored.entries.set(row.entryKey, writeEntry({ kind: 'open', rows: [row] }));
  stage.stored.entries.set('uid-2.notice.x', '{');
  const error = (): void => {
    // From here on, with what cannot be read still to be told of.
    stage.store.isAway = true;
  };
  await expect(stage.begin({ log: { ...SILENT_LOG, error } })).rejects.toMatchObject({ kind: 'unavailable' });
  stage.store.isAway = false;
  await stage.runFor(60_000);
  expect(stage.requests).toEqual([]);
});

test('when too many notices wait, the least important give way, the oldest first', async () => {
  const stage = new DeliveryStage();
  stage.receive = () => ({ kind: 'throttled', detail: '130101', pauseMs: 600_000 });
  await stage.begin();
  const severities: readonly Severity[] = ['critical', 'warning', 'info'];
  const notices = Array.from({ length: OUTBOX_NOTICES_COUNT_MAX }, (_, index) => {
    return stageOf(index, 'scale.up.started', severities[Math.min(index, 2)]);
  });
  await stage.deliveries.record({ place: 'cluster', entries: new Map(), notices }, NEVER);
  await stage.tell(stageOf(20_000, 'scale.up.started'), stageOf(20_001, 'scale.up.started'));
  expect([stage.count('overflowed'), stage.deliveries.statuses()[0]?.openCount]).toEqual([2, OUTBOX_NOTICES_COUNT_MAX]);
  stage.receive = () => undefined;
  await stage.runFor(700_000);
  const told = new Set(stage.arrivals.flatMap(({ noticeIds }) => noticeIds));
  const isTold = (index: number): boolean => told.has(`scale.up.started e${index}`);
  expect([0, 1, 2, 3, 4, 20_001].map(isTold)).toEqual([true, true, false, false, true, true]);
});

test('of HPAs at their maximum so many are remembered, the newest', () => {
  let inhibitors: ReadonlySet<string> = new Set();
  for (let index = 0; index <= INHIBITORS_COUNT_MAX; index++) {
    const subject = subjectOf(`web-${index}`);
    ({ inhibitors } = inhibit(noticeOf('limit.max.entered', { subject }), inhibitors));
  }
  expect([inhibitors.size, inhibitors.has('max/uid-web-0'), inhibitors.has('max/uid-web-1')]).toEqual([
    INHIBITORS_COUNT_MAX,
    false,
    true,
  ]);
});

test('a silence beyond the bound is refused, until others have ended', async () => {
  const store = new CrashableStore(new StoredEntries());
  await store.claim();
  const book = new SilenceBook(store);
  const match = { clusters: [], namespaces: [], labels: null, kinds: [], types: ['scale.*'], severities: [] };
  const silence = (index: number): Silence => {
    return { id: `s${index}`, match, startsAtMs: 0, endsAtMs: 1_000, author: 'li', comment: '' };
  };
  for (let index = 0; index < SILENCES_COUNT_MAX; index++) await book.add(silence(index), 0, NEVER);
  await expect(book.add(silence(SILENCES_COUNT_MAX), 0, NEVER)).rejects.toMatchObject({
    kind: 'invalid',
    message: `there are ${SILENCES_COUNT_MAX} silences, and there must not be more`,
  });
  await book.add(silence(0), 0, NEVER);
  expect(await book.end('s1', NEVER)).toBe(true);
  expect(await book.end('s1', NEVER)).toBe(false);
  await book.add(silence(SILENCES_COUNT_MAX), 0, NEVER);
  expect([book.current(999).length, book.current(1_000).length]).toEqual([SILENCES_COUNT_MAX, 0]);
});
