import { describe, expect, test } from 'vitest';
import { STARTS_AT_MS } from '../../../../test/fixtures/api-server.ts';
import { DeliveryStage } from '../../../../test/notify/delivery-stage.ts';
import { noticeOf, stageOf } from '../../../../test/notify/notices.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import { watcherNotice } from '../../../core/episode/watcher-notice.ts';

const started = noticeOf('scale.up.started');

describe('sinks beside each other', () => {
  test('one that hangs holds up no other', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'] });
    stage.receive = (sink) => (sink === 'ding' ? { kind: 'hangs' } : undefined);
    await stage.begin();
    for (let index = 0; index < 5; index++) {
      await stage.tell(stageOf(index, 'scale.up.started'));
      await stage.runFor(1_000);
    }
    expect(stage.story()).toEqual([0, 1, 2, 3, 4].map((index) => `mail +${index}s scale.up.started web-${index}`));
  });

  test('two sinks with the same credential share its quota', async () => {
    const stage = new DeliveryStage({ sinks: ['text', 'card'], quotas: { text: { key: 'k' }, card: { key: 'k' } } });
    await stage.begin();
    for (let index = 0; index < 4; index++) await stage.tell(stageOf(index, 'scale.up.started'));
    await stage.runFor(4_999);
    expect(stage.requests.length).toBe(6);
  });

  test('a fallback takes over once its sink has been down for five minutes, and everything that waited', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'], fallback: 'mail' }] });
    stage.receive = (sink) =>
      sink === 'ding' ? { kind: 'transient', detail: 'down', retryAfterMs: undefined } : undefined;
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(299_000);
    expect(stage.arrivals).toEqual([]);
    await stage.runFor(30_000);
    expect(stage.arrivals.map(({ sink, notices }) => `${sink} ${notices}`)).toEqual([
      'mail scale.up.started',
      'mail watcher.sink_down',
    ]);
    expect(stage.count('movedToFallback')).toBe(1);
  });

  test('a destination that is gone is replaced at once', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'], fallback: 'mail' }] });
    stage.receive = (sink) => (sink === 'ding' ? { kind: 'deadDestination', detail: 'gone' } : undefined);
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(1_000);
    expect(new Set(stage.story())).toEqual(new Set(['mail +0s scale.up.started', 'mail +0s watcher.sink_down']));
  });

  test('two sinks that stand in for each other and are both down lose nothing', async () => {
    const routes = [
      { name: 'first', sinks: ['ding'], fallback: 'mail', isContinued: true },
      { name: 'second', sinks: ['mail'], fallback: 'ding' },
    ];
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes });
    stage.receive = () => ({ kind: 'transient', detail: 'down', retryAfterMs: undefined });
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(1_200_000);
    expect(stage.arrivals).toEqual([]);
    stage.receive = () => undefined;
    await stage.runFor(600_000);
    expect(stage.arrivals.flatMap(({ notices }) => notices)).toContain('scale.up.started');
  });

  test('a sink whose fallback took over is tried again with what comes later, and takes over again when it is well', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'], fallback: 'mail' }] });
    stage.receive = (sink) => (sink === 'ding' ? { kind: 'misconfigured', detail: 'sign', hint: '' } : undefined);
    await stage.begin();
    for (let index = 0; index < 3; index++) {
      await stage.tell(stageOf(index, 'scale.up.started'));
      await stage.runFor(200_000);
    }
    stage.receive = () => undefined;
    await stage.tell(stageOf(3, 'scale.up.started'));
    await stage.runFor(200_000);
    await stage.tell(stageOf(4, 'scale.up.started'));
    await stage.runFor(1_000);
    const told = stage.story().filter((line) => !line.includes('watcher'));
    expect(told).toEqual([
      'mail +0s scale.up.started web-0',
      'mail +200s scale.up.started web-1',
      'mail +400s scale.up.started web-2',
      'mail +600s scale.up.started web-3',
      'ding +800s scale.up.started web-4',
    ]);
    expect(stage.requests.filter(({ sink }) => sink === 'ding').length).toBe(3);
  });

  test('others are told of a sink that is down once an hour at most, however often it comes and goes', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'] }] });
    let count = 0;
    stage.receive = (sink) => {
      count += 1;
      return sink === 'ding' && count % 2 === 0 ? { kind: 'misconfigured', detail: 'sign', hint: '' } : undefined;
    };
    await stage.begin();
    for (let index = 0; index < 60; index++) {
      await stage.tell(stageOf(index, 'scale.up.started'));
      await stage.runFor(400_000);
    }
    const told = stage.arrivals.filter(({ notices }) => notices[0] === 'watcher.sink_down');
    expect(told.length).toBeLessThanOrEqual(7);
    expect(told.length).toBeGreaterThan(2);
    const gaps = told.slice(1).map(({ atMs }, index) => atMs - (told[index]?.atMs ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(3_600_000);
  });

  test('what is told of a sink is as severe as every notice of its type, and the same for whoever finds it', async () => {
    const stage = new DeliveryStage({ sinks: ['ding', 'mail'], routes: [{ sinks: ['ding'] }] });
    const told: Notice[] = [];
    stage.receive = (sink, { notices }) => {
      if (sink === 'mail') told.push(...notices);
      return sink === 'ding' && stage.clock.nowMs() < STARTS_AT_MS + 60_000
        ? { kind: 'misconfigured', detail: 'sign not match', hint: '' }
        : undefined;
    };
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(600_000);
    const news = { cluster: 'prod', about: 'ding', sinceMs: STARTS_AT_MS } as const;
    expect(told).toEqual([
      watcherNotice({ ...news, type: 'watcher.sink_down', atMs: STARTS_AT_MS, message: 'ding: sign not match' }),
      watcherNotice({ ...news, type: 'watcher.sink_recovered', atMs: STARTS_AT_MS + 300_000, message: 'ding' }),
    ]);
    expect(told.map(({ severity }) => severity)).toEqual(['critical', 'info']);
  });

  test('a sink that nobody else could tell of is told of by nobody', async () => {
    const stage = new DeliveryStage();
    stage.receive = () => ({ kind: 'misconfigured', detail: 'sign', hint: '' });
    await stage.begin();
    await stage.tell(started);
    await stage.runFor(3_600_000);
    expect(stage.requests.length).toBe(13);
  });
});
