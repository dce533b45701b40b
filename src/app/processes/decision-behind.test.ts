import { expect, test } from 'vitest';
import { WALKTHROUGH_STARTS_AT_MS } from '../../../test/fixtures/walkthrough-decisions.ts';
import { walkthroughHistory } from '../../../test/fixtures/walkthrough-history.ts';
import { episodeOf, noticeOf } from '../../../test/notify/notices.ts';
import type { DecisionSummary } from '../../control/history/feed.ts';
import type { NoticeType } from '../../core/episode/notice.ts';
import { decisionBehind } from './decision-behind.ts';

const changes = await walkthroughHistory().list({ isChangeOnly: true });
const moveTo = (count: number): DecisionSummary =>
  changes.find(({ scaledTo }) => scaledTo === count) as DecisionSummary;
const [toFour, toSeven] = [moveTo(4), moveTo(7)];

function scaling(
  type: NoticeType,
  steps: readonly (readonly [atMs: number, from: number, to: number])[],
  atMs: number,
) {
  const told = steps.map(([stepAtMs, fromReplicas, toReplicas]) => ({ atMs: stepAtMs, fromReplicas, toReplicas }));
  return noticeOf(type, { atMs, episode: episodeOf('e', { steps: told }) });
}

test.each([
  {
    why: 'a start is of its step',
    notice: scaling('scale.up.started', [[toFour.atMs + 40, 1, 4]], toFour.atMs + 40),
    id: toFour.id,
  },
  {
    why: 'a completion is of the last step, however late it is told',
    notice: scaling(
      'scale.up.completed',
      [
        [toFour.atMs, 1, 4],
        [toSeven.atMs, 4, 7],
      ],
      toSeven.atMs + 90_000,
    ),
    id: toSeven.id,
  },
  {
    why: 'a status names whole seconds',
    notice: scaling('scale.up.started', [[Math.floor(toFour.atMs / 1000) * 1000, 1, 4]], toFour.atMs),
    id: toFour.id,
  },
  {
    why: 'a step that nobody of ours decided',
    notice: scaling('scale.up.started', [[toFour.atMs, 1, 5]], toFour.atMs),
    id: undefined,
  },
  {
    why: 'a step before every decision',
    notice: scaling('scale.up.started', [[WALKTHROUGH_STARTS_AT_MS - 60_000, 1, 4]], toFour.atMs),
    id: undefined,
  },
  {
    why: 'what is no scaling is of the newest change before it',
    notice: noticeOf('limit.max.entered', { atMs: toSeven.atMs + 1 }),
    id: toSeven.id,
  },
])('$why', ({ notice, id }) => {
  expect(decisionBehind(notice, changes)).toBe(id);
});

test('a decision whose record has made room has no address', () => {
  const notice = scaling('scale.up.started', [[toFour.atMs, 1, 4]], toFour.atMs);
  expect(decisionBehind(notice, [{ ...toFour, hasRecord: false }])).toBeUndefined();
});
