import { describe, expect, test } from 'vitest';
import { noticeOf, subjectOf } from '../../../test/notify/notices.ts';
import { routeOf } from '../../../test/notify/routes.ts';
import { NOTICE_BOARD_COUNT_MAX } from '../../base/notifier-limits.ts';
import type { Notice } from '../../core/episode/notice.ts';
import { NOTIFY_LABEL, ROUTE_LABEL } from './delivery/route.ts';
import { NoticeBoard, type PostedNotice } from './notice-board.ts';

const URGENT = routeOf({ name: 'urgent', match: { ...routeOf().match, severities: ['critical'] }, sinks: ['on-call'] });
const EVERYTHING = routeOf({ name: 'everything', sinks: ['team'] });

const placesOf = (posted: readonly PostedNotice[]) =>
  posted.map(({ notice, route, sink }) => `${notice.id}: ${route.name} → ${sink}`);

function labelled(labels: Readonly<Record<string, string>>): Notice {
  return noticeOf('scale.up.started', { id: 'n', subject: subjectOf('web', { hpaLabels: labels }) });
}

describe('where a notice stands', () => {
  const rows = [
    {
      why: 'by the first route that takes it',
      notice: noticeOf('scale.stuck', { id: 'n', severity: 'critical' }),
      to: ['n: urgent → on-call'],
    },
    { why: 'by the one for all others', notice: labelled({}), to: ['n: everything → team'] },
    {
      why: 'by the route of its label',
      notice: labelled({ [ROUTE_LABEL]: 'everything' }),
      to: ['n: everything → team'],
    },
    { why: 'nowhere by a route that there is not', notice: labelled({ [ROUTE_LABEL]: 'other' }), to: [] },
    { why: 'nowhere when its label keeps it from everybody', notice: labelled({ [NOTIFY_LABEL]: 'off' }), to: [] },
  ];
  for (const { why, notice, to } of rows) {
    test(why, () => {
      const board = new NoticeBoard([URGENT, EVERYTHING]);
      const heard: PostedNotice[] = [];
      board.watch((posted) => heard.push(posted));
      board.post(notice);
      board.post(notice);
      expect([placesOf(board.list()), placesOf(heard)]).toEqual([to, to]);
    });
  }

  test('once for each sink that it would go to', () => {
    const board = new NoticeBoard([{ ...EVERYTHING, sinks: ['team', 'mail'] }]);
    board.post(labelled({}));
    board.post(labelled({}));
    expect(placesOf(board.list())).toEqual(['n: everything → team', 'n: everything → mail']);
  });
});

test('the oldest makes room, and who left hears nothing more', () => {
  const board = new NoticeBoard([EVERYTHING]);
  const heard: string[] = [];
  const leave = board.watch(({ notice }) => heard.push(notice.id));
  board.post(noticeOf('scale.up.started', { id: '0' }));
  leave();
  for (let index = 1; index <= NOTICE_BOARD_COUNT_MAX; index++)
    board.post(noticeOf('scale.up.started', { id: `${index}` }));
  const ids = board.list().map(({ notice }) => notice.id);
  expect([ids.length, ids[0], ids.at(-1), heard]).toEqual([
    NOTICE_BOARD_COUNT_MAX,
    '1',
    `${NOTICE_BOARD_COUNT_MAX}`,
    ['0'],
  ]);
});
