import { expect, test } from 'vitest';
import { noticeOf, stageOf } from '../../../test/notify/notices.ts';
import { RECENT_NOTICES_BYTES_MAX, RECENT_NOTICES_COUNT_MAX } from '../../base/notifier-limits.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Notice } from '../../core/episode/notice.ts';
import { newestOf, RECENT_KEY, RecentNotices, readRecentNotices } from './recent-notices.ts';

function stage(stored?: string) {
  const clock = new VirtualClock();
  const puts: string[] = [];
  const put = (key: string, text: string): void => {
    expect(key).toBe(RECENT_KEY);
    puts.push(text);
  };
  return { clock, puts, recent: new RecentNotices({ put }, clock, stored) };
}

const started = (index: number): Notice => stageOf(index, 'scale.up.started');

test('many at once are written once, and the next process goes on with them', () => {
  const { clock, puts, recent } = stage();
  for (let index = 0; index < 3; index++) recent.add(started(index));
  expect(puts).toEqual([]);
  clock.advanceBy(1_000);
  expect(puts.map(readRecentNotices)).toEqual([[0, 1, 2].map(started)]);
  const next = stage(puts[0]);
  next.recent.add(started(3));
  next.recent.end();
  next.recent.end();
  next.clock.advanceBy(60_000);
  expect(next.puts.map(readRecentNotices)).toEqual([[0, 1, 2, 3].map(started)]);
});

test('they are bounded in number and in size, and the newest stay', () => {
  const { clock, puts, recent } = stage();
  for (let index = 0; index <= RECENT_NOTICES_COUNT_MAX; index++) recent.add(started(index));
  clock.advanceBy(1_000);
  const kept = readRecentNotices(puts[0] ?? '');
  expect([kept.length, kept[0]]).toEqual([RECENT_NOTICES_COUNT_MAX, started(1)]);
  const details = { kind: 'condition', reason: 'r', message: '扩'.repeat(10_000), metricNames: [] } as const;
  for (let index = 0; index < 10; index++) recent.add(noticeOf('metrics.lost', { details, id: `${index}` }));
  clock.advanceBy(1_000);
  const text = puts[1] ?? '';
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(RECENT_NOTICES_BYTES_MAX + 1);
  expect(readRecentNotices(text).map(({ id }) => id)).toEqual(['6', '7', '8', '9']);
});

test('what is no list of notices is none', () => {
  expect(['', '{', '{}', '[1, null, {"id": "x"}]'].map(readRecentNotices)).toEqual([[], [], [], []]);
});

test('an episode is known by the beginning of its id', () => {
  const notices = [started(1), stageOf(1, 'scale.up.completed'), noticeOf('metrics.lost'), started(2)];
  expect(newestOf('e1', notices)).toEqual(notices[1]);
  expect(() => newestOf('f', notices)).toThrow('#f: none of the last 4 notices is of this episode; there are #e1, #e2');
  expect(() => newestOf('f', [])).toThrow('#f: none of the last 0 notices is of this episode; there is none');
});
