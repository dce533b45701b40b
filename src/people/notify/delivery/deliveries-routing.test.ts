import { describe, expect, test } from 'vitest';
import { DeliveryStage, type StageOptions, stageMeeting } from '../../../../test/notify/delivery-stage.ts';
import { noticeOf, stageOf, subjectOf } from '../../../../test/notify/notices.ts';
import type { Notice, NoticeType, StuckCause } from '../../../core/episode/notice.ts';

const started = noticeOf('scale.up.started');
const completed = noticeOf('scale.up.completed');
const critical = noticeOf('limit.max.entered', { severity: 'critical' });

describe('what nobody needs to be told', () => {
  test.each<{ why: string; types: readonly NoticeType[]; told: readonly string[] }>([
    {
      why: 'metrics of single HPAs while their provider is down',
      types: ['metrics.provider_down', 'metrics.lost', 'metrics.provider_recovered', 'metrics.partial'],
      told: ['metrics.provider_down', 'metrics.provider_recovered', 'metrics.partial'],
    },
    {
      why: 'other trouble meanwhile is told',
      types: ['metrics.provider_down', 'scale.stuck', 'limit.max.entered'],
      told: ['metrics.provider_down', 'scale.stuck', 'limit.max.entered'],
    },
  ])('$why', async ({ types, told }) => {
    const stage = await stageMeeting();
    for (const type of types) await stage.tell(noticeOf(type));
    await stage.runFor(10_000);
    expect(stage.arrivals.flatMap(({ notices }) => notices)).toEqual(told);
  });

  test('of scalings that nodes are missing for, five stand for all; when one of them ends, the next is told', async () => {
    const stage = new DeliveryStage({ quotas: { ding: { countMax: 100, burstCount: 100 } } });
    const stuck = (index: number, repeat: number, cause: StuckCause): Notice => {
      const notice = stageOf(index, 'scale.stuck', 'critical');
      const details = { kind: 'pods', availableReplicas: 1, cause, message: '' } as const;
      return { ...notice, id: `${notice.id} ${repeat}`, details };
    };
    const toldAt = async (...notices: readonly Notice[]): Promise<readonly string[]> => {
      const { length } = stage.arrivals;
      await stage.tell(...notices);
      await stage.runFor(1_800_000);
      return stage.arrivals.slice(length).flatMap((arrival) => arrival.notices);
    };
    const all = (repeat: number) => [1, 2, 3, 4, 5, 6, 7].map((index) => stuck(index, repeat, 'Unschedulable'));
    const five = [1, 2, 3, 4, 5].map((index) => `scale.stuck web-${index}`);
    await stage.begin();
    expect(await toldAt(...all(0))).toEqual(five);
    expect(stage.count('inhibited')).toBe(2);
    // Another cause is another matter.
    expect(await toldAt(stuck(8, 0, 'ImagePull'))).toEqual(['scale.stuck web-8']);
    await stage.begin();
    expect(await toldAt(...all(1))).toEqual(five);
    expect(await toldAt(stageOf(6, 'scale.up.completed'), stageOf(2, 'scale.up.completed'))).toEqual([
      'scale.up.completed web-6',
      'scale.up.completed web-2',
    ]);
    expect(await toldAt(stuck(7, 2, 'Unschedulable'))).toEqual(['scale.stuck web-7']);
    expect(await toldAt(stageOf(7, 'scale.aborted'), stageOf(1, 'scale.reverted'))).toHaveLength(2);
    expect(await toldAt(...[9, 10, 11].map((index) => stuck(index, 0, 'Unschedulable')))).toEqual([
      'scale.stuck web-9',
      'scale.stuck web-10',
    ]);
  });

  test('a sink is told of scalings that wait for nodes whatever others were told, and nobody’s place is taken by what is silenced', async () => {
    const stuck = (index: number, namespace: string): Notice => {
      const notice = stageOf(index, 'scale.stuck', 'critical');
      const details = { kind: 'pods', availableReplicas: 1, cause: 'Unschedulable', message: '' } as const;
      return { ...notice, subject: subjectOf(`web-${index}`, { namespace }), details };
    };
    const everything = { clusters: [], namespaces: [], labels: null, kinds: [], types: [], severities: [] };
    const only = (namespace: string) => ({ ...everything, namespaces: [namespace] });
    const stage = new DeliveryStage({
      sinks: ['ding', 'mail'],
      routes: [
        { match: only('shop'), sinks: ['ding'] },
        { match: only('pay'), sinks: ['mail'] },
      ],
    });
    await stage.begin();
    const startsAtMs = stage.clock.nowMs();
    const span = { startsAtMs, endsAtMs: startsAtMs + 60_000 };
    const silence = { id: 's1', match: only('shop'), ...span, author: 'li', comment: 'load test' };
    await stage.deliveries.silence(silence, new AbortController().signal);
    await stage.tell(...[1, 2, 3, 4, 5].map((index) => stuck(index, 'shop')));
    await stage.runFor(60_000);
    await stage.tell(...[6, 7, 8, 9, 10].map((index) => stuck(index, 'shop')), stuck(11, 'pay'));
    await stage.runFor(60_000);
    expect(
      new Set(stage.arrivals.flatMap(({ sink, notices }) => notices.map((notice) => `${sink} ${notice}`))),
    ).toEqual(
      new Set([...[6, 7, 8, 9, 10].map((index) => `ding scale.stuck web-${index}`), 'mail scale.stuck web-11']),
    );
  });

  test('what waits of single HPAs is left out once their provider is known to be down', async () => {
    const stage = await stageMeeting({ kind: 'transient', detail: 'down', retryAfterMs: 10_000 });
    await stage.tell(noticeOf('metrics.lost'), noticeOf('metrics.provider_down', { subject: undefined }));
    await stage.runFor(60_000);
    expect(stage.story()).toEqual(['ding +10s metrics.provider_down']);
  });

  test('a silence keeps back what it matches, over restarts, and no longer than it lasts', async () => {
    const stage = await stageMeeting();
    const match = { clusters: [], namespaces: ['sh*'], labels: null, kinds: [], types: ['scale.*'], severities: [] };
    const startsAtMs = stage.clock.nowMs();
    const silence = { id: 's1', match, startsAtMs, endsAtMs: startsAtMs + 60_000, author: 'li', comment: '压测' };
    await stage.deliveries.silence(silence, new AbortController().signal);
    await stage.begin();
    expect(stage.deliveries.silences()).toEqual([silence]);
    await stage.tell(started, critical);
    await stage.runFor(60_000);
    await stage.tell(completed);
    expect(stage.deliveries.silences()).toEqual([]);
    expect(stage.arrivals.flatMap(({ notices }) => notices)).toEqual(['limit.max.entered', 'scale.up.completed']);
    expect(stage.count('silenced', '')).toBe(1);
  });

  test('an HPA says by its label whether it is told of, and by which route', async () => {
    const routes = [{ name: 'all' }, { name: 'pay', sinks: ['mail'] }];
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes, routing: { mustAsk: true } });
    await stage.begin();
    const labels: readonly Readonly<Record<string, string>>[] = [
      {},
      { 'podtide.dev/notify': 'off' },
      { 'podtide.dev/notify': 'on' },
      { 'podtide.dev/notify': 'on', 'podtide.dev/notify-route': 'pay' },
    ];
    for (const [index, hpaLabels] of labels.entries()) {
      const notice = stageOf(index, 'scale.up.started');
      await stage.tell({
        ...notice,
        subject: notice.subject === undefined ? undefined : { ...notice.subject, hpaLabels },
      });
    }
    expect(stage.story()).toEqual(['ding +0s scale.up.started web-2', 'mail +0s scale.up.started web-3']);
    expect(stage.count('unwanted', '')).toBe(2);
  });
});

describe('quiet hours', () => {
  // It is 13:49 in Shanghai.
  const quiet = { days: [], fromMinute: 13 * 60, toMinute: 14 * 60, exceptSeverities: ['critical'] } as const;
  test.each<{ mode: 'queue' | 'drop' | 'digest'; says: readonly string[] }>([
    {
      mode: 'queue',
      says: ['ding +0s limit.max.entered', 'ding +660s scale.up.started web-1', 'ding +660s scale.up.started web-2'],
    },
    {
      mode: 'digest',
      says: ['ding +0s limit.max.entered', 'ding +660s scale.up.started web-1, scale.up.started web-2'],
    },
    { mode: 'drop', says: ['ding +0s limit.max.entered'] },
  ])('$mode', async ({ mode, says }) => {
    const stage = new DeliveryStage({ routes: [{ quiet: { ...quiet, mode } }] });
    await stage.begin();
    await stage.tell(stageOf(1, 'scale.up.started'), critical, stageOf(2, 'scale.up.started'));
    await stage.begin();
    await stage.runFor(3_600_000);
    expect(stage.story()).toEqual(says);
  });
});

describe('a sink that is down while the process or the configuration changes', () => {
  test.each<{ why: string; change: (stage: DeliveryStage) => Promise<unknown> }>([
    { why: 'another process', change: (stage) => stage.begin() },
    {
      why: 'another quota',
      change: (stage) => stage.deliveries.reconfigure(stage.routing({ quotas: { ding: { countMax: 10 } } })),
    },
  ])('is told to be well again only once it has taken a message: $why', async ({ change }) => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'] }] });
    let isWell = false;
    stage.receive = (sink) =>
      sink === 'ding' && !isWell ? { kind: 'misconfigured', detail: 'sign not match', hint: '' } : undefined;
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(2_000);
    await change(stage);
    await stage.runFor(58_000);
    expect(stage.story()).toEqual(['mail +0s watcher.sink_down']);
    isWell = true;
    await stage.runFor(300_000);
    expect(stage.arrivals.map(({ sink, notices }) => `${sink} ${notices}`)).toEqual([
      'mail watcher.sink_down',
      'ding scale.up.started',
      'mail watcher.sink_recovered',
    ]);
  });
});

describe('another configuration', () => {
  test('secrets, routes, languages and sinks that change under load lose nothing, and nothing is told twice (N19)', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'] }] });
    const changes: readonly StageOptions[] = [
      { quotas: { ding: { key: 'renewed' } } },
      { routes: [{ sinks: ['ding'], language: 'zh-CN', timeZone: 'Asia/Shanghai' }] },
      { sinks: ['mail'], routes: [{ sinks: ['mail'] }] },
      { routes: [{ sinks: ['ding'], group: { by: ['namespace'], waitMs: 2_000, intervalMs: 5_000 } }] },
      { quotas: { ding: { countMax: 10 } }, routes: [{ sinks: ['ding'], fallback: 'mail' }] },
      { routes: [{ sinks: ['ding'] }] },
    ];
    let count = 0;
    // Every fifth attempt fails, so that something always waits for another one.
    stage.receive = () => {
      count += 1;
      return count % 5 === 0 ? { kind: 'transient', detail: 'busy', retryAfterMs: undefined } : undefined;
    };
    await stage.begin();
    for (let index = 0; index < 240; index++) {
      await stage.tell(stageOf(index, 'scale.up.started'));
      await stage.runFor(250);
      const change = changes[index / 40];
      if (change !== undefined) await stage.deliveries.reconfigure(stage.routing(change));
    }
    await stage.runFor(600_000);
    const told = stage.arrivals.flatMap(({ noticeIds }) => noticeIds);
    expect([told.length, new Set(told).size]).toEqual([240, 240]);
    expect(stage.arrivals.some(({ isPossibleDuplicate }) => isPossibleDuplicate)).toBe(false);
    expect(new Set(stage.arrivals.map(({ sink }) => sink))).toEqual(new Set(['ding', 'mail']));
    expect(stage.deliveries.statuses().map(({ openCount }) => openCount)).toEqual([0, 0]);
  });

  test('a secret that was put right is used at once', async () => {
    const stage = await stageMeeting({ kind: 'misconfigured', detail: 'sign not match', hint: '' });
    await stage.tell(started);
    await stage.runFor(1_000);
    await stage.deliveries.reconfigure(stage.routing());
    await stage.runFor(1_000);
    expect(stage.story()).toContain('ding +1s scale.up.started');
  });

  test('what waits for a sink that is no longer there goes where the routes lead now', async () => {
    const stage = await stageMeeting({ kind: 'transient', detail: 'down', retryAfterMs: 60_000 });
    await stage.tell(started);
    await stage.deliveries.reconfigure(stage.routing({ sinks: ['mail'], routes: [{ sinks: ['mail'] }] }));
    await stage.runFor(1_000);
    expect(stage.story()).toEqual(['mail +0s scale.up.started']);
  });

  test('a rest outlives a change of the quota, and a credential that goes and comes back', async () => {
    const stage = await stageMeeting({ kind: 'throttled', detail: '130101', pauseMs: 600_000 });
    await stage.tell(started);
    await stage.deliveries.reconfigure(stage.routing({ quotas: { ding: { countMax: 10 } } }));
    await stage.runFor(60_000);
    await stage.deliveries.reconfigure(stage.routing({ sinks: ['mail'], routes: [{ sinks: ['mail'] }] }));
    await stage.runFor(60_000);
    await stage.deliveries.reconfigure(stage.routing());
    await stage.tell(completed);
    await stage.runFor(1_200_000);
    expect(stage.story()).toEqual(['mail +60s scale.up.started', 'ding +600s scale.up.completed']);
  });

  test('a credential that is replaced has a quota of its own, and the old one keeps its rest', async () => {
    const keys = ['old', 'new'];
    const stage = new DeliveryStage();
    await stage.begin();
    const quota = {
      get key() {
        return keys[0] ?? '';
      },
      countMax: 18,
      periodMs: 60_000,
      burstCount: 6,
    };
    const sink = {
      name: 'ding',
      quota,
      send: stage.routing().sinks.get('ding')?.send ?? (async () => ({ kind: 'sent' as const })),
    };
    await stage.deliveries.reconfigure({ ...stage.routing(), sinks: new Map([['ding', sink]]) });
    stage.receive = () => ({ kind: 'throttled', detail: '130101', pauseMs: 600_000 });
    await stage.tell(started);
    stage.receive = () => undefined;
    keys.shift();
    await stage.runFor(20_000);
    expect(stage.arrivals.map(({ notices }) => notices)).toEqual([['scale.up.started']]);
    keys.unshift('old');
    await stage.tell(completed);
    await stage.runFor(300_000);
    expect(stage.arrivals.length).toBe(1);
    await stage.runFor(400_000);
    expect(stage.arrivals.length).toBe(2);
  });
});
