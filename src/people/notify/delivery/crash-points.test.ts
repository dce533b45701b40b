import { expect, test } from 'vitest';
import { DeliveryStage, type Reception } from '../../../../test/notify/delivery-stage.ts';
import { noticeOf, stageOf } from '../../../../test/notify/notices.ts';
import { RequestWindow } from '../../../../test/sinks/request-window.ts';
import type { StoreChanges } from '../../../platform/store/store.ts';

const started = noticeOf('scale.up.started');

/** What a write is about, by what it holds. */
function aboutOf(changes: StoreChanges): string {
  const texts = [...changes.values()].join('');
  if (texts.includes('"inFlight":{')) return 'mark';
  if (texts.includes('"settledAtMs"')) return 'settled';
  return texts.includes('"rows"') ? 'journal' : '';
}

test.each<{ point: string; says: readonly string[]; isStored: boolean; why: string }>([
  { point: 'before journal', says: [], isStored: false, why: 'nothing has happened: whoever watches finds it again' },
  { point: 'after journal', says: ['ding +0s scale.up.started'], isStored: true, why: 'it was to be told, and is' },
  { point: 'before mark', says: ['ding +0s scale.up.started'], isStored: true, why: 'no request can have begun' },
  {
    point: 'after mark',
    says: ['ding +0s scale.up.started possible duplicate'],
    isStored: true,
    why: 'a request may have begun; it had not, and nobody can know',
  },
  {
    point: 'request lost',
    says: ['ding +0s scale.up.started possible duplicate'],
    isStored: true,
    why: 'the request did not arrive',
  },
  {
    point: 'request sent',
    says: ['ding +0s scale.up.started', 'ding +0s scale.up.started possible duplicate'],
    isStored: true,
    why: 'it arrived, and the answer did not',
  },
  {
    point: 'before settled',
    says: ['ding +0s scale.up.started', 'ding +0s scale.up.started possible duplicate'],
    isStored: true,
    why: 'the answer came, and could not be stored any more',
  },
  { point: 'after settled', says: ['ding +0s scale.up.started'], isStored: true, why: 'everything was done' },
])('a process that ends $point: $why', async ({ point, says, isStored }) => {
  const stage = new DeliveryStage();
  let left = point;
  const isNow = (instant: string): boolean => {
    if (instant !== left) return false;
    left = '';
    return true;
  };
  stage.watch = (changes, moment) => isNow(`${moment} ${aboutOf(changes)}`);
  stage.receive = () => {
    if (isNow('request sent')) return { kind: 'killed', hasArrived: true };
    return isNow('request lost') ? { kind: 'killed', hasArrived: false } : undefined;
  };
  await stage.begin();
  await stage.tell(started);
  expect([stage.isDead, left]).toEqual([true, '']);
  const states = await stage.begin();
  await stage.runFor(3_600_000);
  expect([stage.story(), states.has('uid-web.state')]).toEqual([says, isStored]);
});

test('a crash in the middle of a digest sends the same digest again, under the same id', async () => {
  const stage = new DeliveryStage();
  await stage.begin();
  stage.receive = () => ({ kind: 'throttled', detail: '130101', pauseMs: 60_000 });
  await stage.tell(started);
  const others = ['limit.max.entered', 'metrics.lost', 'target.unreachable', 'flapping.started'] as const;
  await stage.tell(...others.map((type) => noticeOf(type)));
  stage.receive = () => ({ kind: 'killed', hasArrived: true });
  await stage.runFor(60_000);
  stage.receive = () => undefined;
  await stage.begin();
  await stage.tell(noticeOf('scale.stuck'));
  await stage.runFor(3_600_000);
  const [first, second, third] = stage.arrivals;
  expect(second).toEqual({ ...first, atMs: second?.atMs, isPossibleDuplicate: true, isDigest: false });
  expect([first?.notices.length, third?.notices]).toEqual([5, ['scale.stuck']]);
});

test('a store that is away stops requests and loses nothing', async () => {
  const stage = new DeliveryStage();
  await stage.begin();
  stage.store.isAway = true;
  await expect(stage.tell(started)).rejects.toMatchObject({ kind: 'unavailable' });
  stage.store.isAway = false;
  await stage.tell(started);
  stage.store.isAway = true;
  await stage.runFor(1_000);
  const completed = noticeOf('scale.up.completed');
  await expect(stage.tell(completed)).rejects.toMatchObject({ kind: 'unavailable' });
  await stage.runFor(60_000);
  stage.store.isAway = false;
  await stage.tell(completed);
  await stage.runFor(60_000);
  expect(stage.story()).toEqual(['ding +0s scale.up.started', 'ding +61s scale.up.completed']);
});

test('who may not act sends nothing, and goes on when it may again', async () => {
  const stage = new DeliveryStage();
  await stage.begin();
  stage.mayLead = false;
  await stage.tell(started);
  await stage.runFor(30_000);
  expect(stage.requests).toEqual([]);
  stage.mayLead = true;
  await stage.runFor(1_000);
  expect(stage.story()).toEqual(['ding +31s scale.up.started']);
});

test('what was about to go out when the Lease was lost has not gone out: the next leader says nothing of a duplicate', async () => {
  const stage = new DeliveryStage();
  stage.watch = (changes, moment) => {
    if (moment === 'after' && aboutOf(changes) === 'mark') stage.mayLead = false;
    return false;
  };
  await stage.begin();
  await stage.tell(started);
  stage.watch = () => false;
  stage.mayLead = true;
  await stage.begin();
  await stage.runFor(60_000);
  expect(stage.story()).toEqual(['ding +0s scale.up.started']);
});

test('two sinks down for ten minutes, three kills, two hundred episodes: nothing is lost, and little is told twice', async () => {
  const stage = new DeliveryStage({ sinks: ['ding', 'mail'], random: alternating() });
  const down = (sink: string): Reception =>
    sink === 'ding' ? { kind: 'hangs' } : { kind: 'transient', detail: 'connection refused', retryAfterMs: undefined };
  await stage.begin();
  stage.receive = down;
  for (let index = 0; index < 200; index++) {
    await stage.tell(stageOf(index, 'scale.up.started'), stageOf(index, 'scale.up.completed'));
    await stage.runFor(3_000);
    if (index % 60 !== 59) continue;
    stage.kill();
    await stage.begin();
  }
  stage.receive = () => undefined;
  const recoveredAtMs = stage.clock.nowMs();
  await stage.runFor(900_000);
  expect(stage.deliveries.statuses().map(({ openCount }) => openCount)).toEqual([0, 0]);
  for (const sink of ['ding', 'mail']) {
    const arrivals = stage.arrivals.filter((arrival) => arrival.sink === sink);
    const told = arrivals.flatMap(({ noticeIds }) => noticeIds).filter((id) => id.startsWith('scale.'));
    expect(new Set(told).size).toBe(400);
    expect(told.length).toBe(400);
    const times = stage.requests.filter((request) => request.sink === sink).map(({ atMs }) => atMs);
    const busiest = times.map((from) => times.filter((atMs) => atMs >= from && atMs <= from + 60_000).length);
    expect(Math.max(...busiest)).toBeLessThanOrEqual(18);
    expect(arrivals.filter(({ atMs }) => atMs >= recoveredAtMs).length).toBeLessThan(30);
  }
});

test('five hundred starts at once, completions after them, and three kills: the robot never says that it is too much', async () => {
  const stage = new DeliveryStage();
  const window = new RequestWindow({ countMax: 20, periodMs: 60_000, banMs: 600_000 });
  const kills = new Set([2, 5, 20]);
  stage.receive = (): Reception | undefined => {
    if (!window.admits(stage.clock.nowMs())) return { kind: 'throttled', detail: '130101', pauseMs: 600_000 };
    return kills.delete(stage.requests.length) ? { kind: 'killed', hasArrived: true } : undefined;
  };
  await stage.begin();
  const notices = Array.from({ length: 500 }, (_, index) => stageOf(index, 'scale.up.started'));
  for (const notice of notices) {
    await stage.tell(notice);
    while (stage.isDead) {
      await stage.begin();
      await stage.tell(notice);
    }
  }
  for (let index = 0; index < 500; index++) {
    if (stage.isDead) await stage.begin();
    await stage.tell(stageOf(index, 'scale.up.completed'));
    await stage.runFor(400);
  }
  await stage.runFor(300_000);
  const told = stage.arrivals.flatMap(({ noticeIds }) => noticeIds);
  expect([stage.count('throttled'), new Set(told).size, kills.size]).toEqual([0, 1_000, 0]);
});

/** Anything but always the same, and the same in each run. */
function alternating(): () => number {
  let count = 0;
  return () => {
    count += 1;
    return [0.1, 0.9, 0.5, 0.7][count % 4] ?? 0;
  };
}

test('a bug of ours costs a rest and not the message', async () => {
  const stage = new DeliveryStage();
  let count = 0;
  await stage.begin({
    listener: (_, event) => {
      count += event === 'sent' ? 1 : 0;
      if (event === 'sent' && count === 1) throw new Error('a listener that throws');
    },
  });
  await stage.tell(started);
  await stage.runFor(60_000);
  expect(stage.story()).toEqual(['ding +0s scale.up.started', 'ding +10s scale.up.started possible duplicate']);
});
