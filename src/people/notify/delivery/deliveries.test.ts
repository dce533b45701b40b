import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { STARTS_AT_MS } from '../../../../test/fixtures/api-server.ts';
import { DeliveryStage, type Reception, stageMeeting } from '../../../../test/notify/delivery-stage.ts';
import { noticeOf, stageOf } from '../../../../test/notify/notices.ts';
import { STORE_SLICE_BYTES_MAX } from '../../../base/limits.ts';
import { MESSAGE_NOTICES_COUNT_MAX, OUTBOX_NOTICES_COUNT_MAX } from '../../../base/notifier-limits.ts';
import type { DeliveryOutcome } from '../../sink/sink.ts';

const started = noticeOf('scale.up.started');
const completed = noticeOf('scale.up.completed');
const critical = noticeOf('limit.max.entered', { severity: 'critical' });

test('a start and a completion are told, each once, at once', async () => {
  const stage = await stageMeeting();
  await stage.tell(started);
  await stage.runFor(60_000);
  await stage.tell(completed);
  await stage.runFor(3_600_000);
  expect(stage.story()).toEqual(['ding +0s scale.up.started', 'ding +60s scale.up.completed']);
});

test('nothing listens to what could have ended a request, once that is over', async () => {
  const stage = await stageMeeting({ kind: 'transient', detail: 'away', retryAfterMs: undefined });
  await stage.tell(started);
  await stage.runFor(60_000);
  expect(stage.signals.map((signal) => getEventListeners(signal, 'abort').length)).toEqual([0, 0]);
});

test('a notice that is recorded again, by the same process or a later one, is not told again', async () => {
  const stage = await stageMeeting();
  await stage.tell(started, started);
  await stage.begin();
  await stage.tell(started);
  await stage.runFor(3_600_000);
  expect(stage.story()).toEqual(['ding +0s scale.up.started']);
});

test('the caller’s entries are stored with the notices, and are there for the next process', async () => {
  const stage = await stageMeeting();
  await stage.tell(started);
  expect(await stage.begin()).toEqual(new Map([['uid-web.state', `after ${started.id}`]]));
});

describe('what comes of an attempt', () => {
  test.each<{ why: string; receptions: readonly Reception[]; says: readonly string[] }>([
    {
      why: 'what was not taken goes out again after a wait that grows',
      receptions: [
        { kind: 'transient', detail: 'busy', retryAfterMs: undefined },
        { kind: 'transient', detail: 'busy', retryAfterMs: undefined },
      ],
      says: ['ding +1.5s scale.up.started'],
    },
    {
      why: 'a wait that the receiver asks for is kept',
      receptions: [{ kind: 'transient', detail: 'later', retryAfterMs: 90_000 }],
      says: ['ding +90s scale.up.started'],
    },
    {
      why: 'what may have arrived goes out again, and says so',
      receptions: [{ kind: 'arrived' }],
      says: ['ding +0s scale.up.started', 'ding +0.5s scale.up.started possible duplicate'],
    },
    {
      why: 'a receiver that hangs is left after fifteen seconds',
      receptions: [{ kind: 'hangs' }],
      says: ['ding +15.5s scale.up.started possible duplicate'],
    },
    {
      why: 'a credential that is told to rest rests',
      receptions: [{ kind: 'throttled', detail: '130101', pauseMs: 600_000 }],
      says: ['ding +600s scale.up.started'],
    },
    {
      why: 'what is too large goes out again with less in it',
      receptions: [{ kind: 'tooLarge', detail: '460101' }],
      says: ['ding +0s scale.up.started brief'],
    },
    {
      why: 'what is too large whatever is left out is given up',
      receptions: [
        { kind: 'tooLarge', detail: '460101' },
        { kind: 'tooLarge', detail: '460101' },
      ],
      says: [],
    },
    {
      why: 'content that is refused goes out again plain',
      receptions: [{ kind: 'contentRefused', detail: '430102' }],
      says: ['ding +0s scale.up.started plain'],
    },
    {
      why: 'content that is refused even so is given up',
      receptions: [
        { kind: 'contentRefused', detail: '430102' },
        { kind: 'contentRefused', detail: '430102' },
      ],
      says: [],
    },
    {
      why: 'a wrong setting makes messages wait, and others are told of it',
      receptions: [{ kind: 'misconfigured', detail: 'sign not match', hint: 'see the secret' }],
      says: ['mail +0s watcher.sink_down', 'ding +300s scale.up.started', 'mail +300s watcher.sink_recovered'],
    },
    {
      why: 'a destination that is gone costs the message where there is no fallback, and others are told of it',
      receptions: [{ kind: 'deadDestination', detail: 'token is not exist' }],
      says: ['mail +0s watcher.sink_down'],
    },
  ])('$why', async ({ receptions, says }) => {
    const stage = await stageMeeting(...receptions);
    await stage.tell(started);
    await stage.runFor(7_200_000);
    expect(stage.story()).toEqual(says);
  });

  test('every outcome is counted by its class', async () => {
    const outcomes: readonly DeliveryOutcome[] = [
      { kind: 'transient', detail: '', retryAfterMs: undefined },
      { kind: 'throttled', detail: '', pauseMs: 1 },
      { kind: 'misconfigured', detail: '', hint: '' },
      { kind: 'unknown', detail: '' },
      { kind: 'tooLarge', detail: '' },
      { kind: 'contentRefused', detail: '' },
      { kind: 'sent' },
    ];
    const stage = await stageMeeting(...outcomes);
    await stage.tell(started);
    await stage.runFor(3_600_000);
    expect(outcomes.map(({ kind }) => [kind, stage.count(kind)])).toEqual(outcomes.map(({ kind }) => [kind, 1]));
    expect(stage.count('possibleDuplicate')).toBe(3);
  });

  test('a message that may have arrived keeps its id, so that its receiver can know it', async () => {
    const stage = await stageMeeting({ kind: 'arrived' }, { kind: 'arrived' });
    await stage.tell(started);
    await stage.tell(completed);
    await stage.runFor(60_000);
    const [first, second, third] = stage.arrivals;
    expect([second?.id, third?.id]).toEqual([first?.id, first?.id]);
    expect(new Set(stage.arrivals.map(({ id }) => id)).size).toBe(2);
  });

  test('where doubtful messages are to be dropped, they are', async () => {
    const stage = new DeliveryStage({ routing: { onDoubt: 'drop' } });
    stage.receive = () => ({ kind: 'lost' });
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(3_600_000);
    expect([stage.requests.length, stage.count('dead')]).toEqual([1, 1]);
  });

  test('after a day without success a message is given up', async () => {
    const stage = new DeliveryStage();
    stage.receive = () => ({ kind: 'transient', detail: 'down', retryAfterMs: undefined });
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(86_400_000 + 600_000);
    const tried = stage.requests.length;
    await stage.runFor(3_600_000);
    expect([stage.count('expired'), stage.requests.length - tried]).toEqual([1, 0]);
    // Half of five minutes each, on the whole.
    expect(tried).toBeGreaterThan(500);
    expect(tried).toBeLessThan(700);
  });

  test('what may have arrived again and again is tried ever more rarely', async () => {
    const stage = new DeliveryStage();
    stage.receive = () => ({ kind: 'lost' });
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(86_400_000);
    expect(stage.requests.length).toBeLessThan(80);
  });
});

describe('what waits together is told together', () => {
  test('the stages of an episode that gathered while nothing could go out are one message', async () => {
    const stage = await stageMeeting({ kind: 'transient', detail: 'down', retryAfterMs: 60_000 });
    await stage.tell(started);
    await stage.runFor(30_000);
    await stage.tell(completed);
    await stage.runFor(60_000);
    expect(stage.story()).toEqual(['ding +60s scale.up.started, scale.up.completed']);
    expect([stage.count('sent'), stage.count('coalesced')]).toEqual([1, 1]);
  });

  test('a start that expires is told in its completion', async () => {
    const stage = new DeliveryStage();
    stage.receive = () => ({ kind: 'transient', detail: 'down', retryAfterMs: undefined });
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(86_400_000 - 1_000);
    await stage.tell(completed);
    await stage.runFor(600_000);
    stage.receive = () => undefined;
    await stage.runFor(600_000);
    expect(stage.arrivals.map(({ notices }) => notices)).toEqual([['scale.up.started', 'scale.up.completed']]);
  });

  test('a beginning and an end of the same trouble are one message', async () => {
    const stage = await stageMeeting({ kind: 'transient', detail: 'down', retryAfterMs: 60_000 });
    await stage.tell(noticeOf('metrics.lost'), noticeOf('metrics.recovered'), noticeOf('limit.max.entered'));
    await stage.runFor(60_000);
    expect(stage.story()).toEqual(['ding +60s metrics.lost, metrics.recovered', 'ding +60s limit.max.entered']);
  });

  test('a group waits for its first notices, and for its interval', async () => {
    const group = { by: ['namespace'], waitMs: 5_000, intervalMs: 60_000 } as const;
    const stage = new DeliveryStage({ routes: [{ group }] });
    await stage.begin();
    await stage.tell(stageOf(1, 'scale.up.started'), stageOf(2, 'scale.up.started'));
    await stage.runFor(4_000);
    await stage.tell(stageOf(3, 'scale.up.started'));
    await stage.runFor(3_000);
    await stage.tell(stageOf(1, 'scale.up.completed'));
    await stage.runFor(120_000);
    expect(stage.story()).toEqual([
      'ding +5s scale.up.started web-1, scale.up.started web-2, scale.up.started web-3',
      'ding +65s scale.up.completed web-1',
    ]);
  });
});

describe('more than the quota has room for', () => {
  test('five hundred starts at once are two messages', async () => {
    const stage = await stageMeeting();
    await stage.tell(...Array.from({ length: 500 }, (_, index) => stageOf(index, 'scale.up.started')));
    await stage.runFor(120_000);
    expect(stage.arrivals.map(({ notices, isDigest }) => [notices.length, isDigest])).toEqual([
      ...Array.from({ length: 6 }, () => [1, false]),
      [494, true],
    ]);
  });

  test('critical messages have places of their own, and go first', async () => {
    const stage = await stageMeeting();
    for (let index = 0; index < 14; index++) {
      await stage.tell(stageOf(index, 'scale.up.started'));
      await stage.runFor(1_000);
    }
    await stage.tell(stageOf(14, 'scale.up.started'), critical);
    await stage.runFor(10_000);
    expect(stage.story().slice(14)).toEqual(['ding +14s limit.max.entered']);
    await stage.runFor(60_000);
    expect(stage.story().slice(15)).toEqual(['ding +61.001s scale.up.started web-14']);
  });

  test('after a ban at most three digests tell everything that waited', async () => {
    const stage = await stageMeeting({ kind: 'throttled', detail: '130101', pauseMs: 600_000 });
    for (let index = 0; index < 40; index++) {
      await stage.tell(stageOf(index, 'scale.up.started', index % 7 === 0 ? 'critical' : 'info'));
      await stage.runFor(10_000);
    }
    await stage.runFor(1_200_000);
    expect(stage.requests.map(({ atMs }) => atMs - STARTS_AT_MS)).toEqual([0, 600_000]);
    expect(stage.arrivals.map(({ notices }) => notices.length)).toEqual([40]);
  });

  test('one message stands for so many notices that what is stored of it fits into a ConfigMap', async () => {
    const stage = await stageMeeting({ kind: 'throttled', detail: '130101', pauseMs: 600_000 });
    const lanes: number[] = [];
    stage.watch = (changes) => {
      for (const [key, text] of changes) if (key.startsWith('lane-')) lanes.push(text?.length ?? 0);
      return false;
    };
    const notices = Array.from({ length: OUTBOX_NOTICES_COUNT_MAX }, (_, index) => stageOf(index, 'scale.up.started'));
    await stage.deliveries.record({ place: 'cluster', entries: new Map(), notices }, new AbortController().signal);
    await stage.runFor(700_000);
    expect(stage.arrivals.map(({ noticeIds }) => noticeIds.length)).toEqual([
      MESSAGE_NOTICES_COUNT_MAX,
      MESSAGE_NOTICES_COUNT_MAX,
      OUTBOX_NOTICES_COUNT_MAX - 2 * MESSAGE_NOTICES_COUNT_MAX,
    ]);
    // A notice's key with the uid of an HPA is some thirty bytes longer than with this place.
    expect(Math.max(...lanes) + 30 * MESSAGE_NOTICES_COUNT_MAX).toBeLessThan(STORE_SLICE_BYTES_MAX / 2);
  });

  test('a digest that is too large is told in parts', async () => {
    const stage = await stageMeeting();
    stage.receive = (_, { notices }) => (notices.length > 100 ? { kind: 'tooLarge', detail: '460101' } : undefined);
    await stage.tell(...Array.from({ length: 306 }, (_, index) => stageOf(index, 'scale.up.started')));
    await stage.runFor(300_000);
    expect(stage.arrivals.map(({ noticeIds }) => noticeIds.length).reduce((sum, count) => sum + count)).toBe(306);
    expect(Math.max(...stage.arrivals.map(({ noticeIds }) => noticeIds.length))).toBeLessThanOrEqual(100);
  });
});
