import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import type { Notice } from '../../../core/episode/notice.ts';
import { heartbeatNotice } from '../../../core/episode/watcher-notice.ts';
import type { DailyTime } from '../local-time.ts';
import { Heartbeat } from './heartbeat.ts';

const at = (text: string): number => Date.parse(text);
const NINE_IN_SHANGHAI: DailyTime = { minute: 540, timeZone: 'Asia/Shanghai' };
const BEGUN = '2026-11-22T00:30:00Z';

function stage({ from = BEGUN, when = NINE_IN_SHANGHAI as DailyTime | null } = {}) {
  const clock = new VirtualClock({ startAtMs: at(from) });
  const notices: Notice[] = [];
  let isInSight = true;
  const heartbeat = new Heartbeat({
    cluster: 'prod',
    when: when ?? undefined,
    clock,
    isInSight: () => isInSight,
    journal: { keep: (change) => notices.push(...change.notices) },
  });
  return {
    heartbeat,
    runTo: (text: string) => clock.advanceTo(at(text)),
    see: (value: boolean) => {
      isInSight = value;
    },
    notices,
    told: () => notices.map(({ type, atMs }) => `${type} ${new Date(atMs).toISOString()}`),
  };
}

describe('a sign of life', () => {
  test('comes every day at its time in its zone, and says since when somebody has watched', () => {
    const { heartbeat, runTo, notices } = stage();
    heartbeat.begin(undefined);
    runTo('2026-11-25T00:59:59Z');
    expect(notices).toEqual(
      ['22', '23', '24'].map((day) => heartbeatNotice('prod', at(`2026-11-${day}T01:00:00Z`), at(BEGUN))),
    );
    expect(new Set(notices.map(({ id }) => id)).size).toBe(3);
  });

  test('is off unless it is asked for, and as it is asked for from then on', () => {
    const { heartbeat, runTo, told } = stage({ when: null });
    heartbeat.begin(undefined);
    runTo('2026-11-24T00:30:00Z');
    expect(told()).toEqual([]);
    heartbeat.configure(NINE_IN_SHANGHAI);
    runTo('2026-11-24T01:30:00Z');
    heartbeat.configure({ minute: 90, timeZone: 'UTC' });
    runTo('2026-11-25T01:40:00Z');
    expect(told()).toEqual([
      'watcher.heartbeat 2026-11-24T01:00:00.000Z',
      'watcher.heartbeat 2026-11-25T01:30:00.000Z',
    ]);
    heartbeat.configure(undefined);
    runTo('2026-11-30T00:00:00Z');
    expect(told()).toHaveLength(2);
  });

  test.each<{ why: string; from: string; unwatchedSince: string | undefined; told: readonly string[] }>([
    { why: 'a first start tells nothing of times gone by', from: '01:10:00', unwatchedSince: undefined, told: [] },
    {
      why: 'whoever takes over gives what fell due in between',
      from: '01:00:20',
      unwatchedSince: '00:59:40',
      told: ['watcher.heartbeat 2026-11-22T01:00:00.000Z'],
    },
    { why: 'but not what the one before has given', from: '01:02:00', unwatchedSince: '01:01:00', told: [] },
    { why: 'nor what fell due too long ago', from: '02:00:01', unwatchedSince: '00:10:00', told: [] },
  ])('$why', ({ from, unwatchedSince, told: expected }) => {
    const instant = (time: string): string => `2026-11-22T${time}Z`;
    const { heartbeat, runTo, told } = stage({ from: instant(from) });
    heartbeat.begin(unwatchedSince === undefined ? undefined : at(instant(unwatchedSince)));
    runTo('2026-11-22T12:00:00Z');
    expect(told()).toEqual(expected);
  });

  test('is the same for two who both give it', () => {
    const [first, second] = [stage(), stage({ from: '2026-11-22T00:45:00Z' })];
    for (const { heartbeat, runTo } of [first, second]) {
      heartbeat.begin(undefined);
      runTo('2026-11-22T01:30:00Z');
    }
    expect(first.notices.map(({ id }) => id)).toEqual(second.notices.map(({ id }) => id));
  });

  test('does not come from somebody who does not see the cluster, but as soon as they do', () => {
    const { heartbeat, runTo, told, see } = stage();
    heartbeat.begin(undefined);
    see(false);
    runTo('2026-11-22T01:29:30Z');
    expect(told()).toEqual([]);
    see(true);
    runTo('2026-11-22T01:30:00Z');
    expect(told()).toEqual(['watcher.heartbeat 2026-11-22T01:00:00.000Z']);
    see(false);
    runTo('2026-11-23T02:00:30Z');
    see(true);
    runTo('2026-11-23T12:00:00Z');
    expect(told()).toHaveLength(1);
  });

  test('ends with whoever gives it', () => {
    const { heartbeat, runTo, told } = stage();
    heartbeat.begin(undefined);
    heartbeat.end();
    heartbeat.configure(NINE_IN_SHANGHAI);
    runTo('2026-11-23T12:00:00Z');
    expect(told()).toEqual([]);
  });

  test.each<{ why: string; when: DailyTime; told: readonly string[] }>([
    {
      why: 'a time that the clocks leave out is the instant of their change',
      when: { minute: 150, timeZone: 'Europe/Berlin' },
      told: ['2027-03-27T01:30:00.000Z', '2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z'],
    },
    {
      why: 'a day of another length has its time once',
      when: { minute: 540, timeZone: 'Europe/Berlin' },
      told: ['2027-03-27T08:00:00.000Z', '2027-03-28T07:00:00.000Z', '2027-03-29T07:00:00.000Z'],
    },
  ])('$why', ({ when, told: expected }) => {
    const { heartbeat, runTo, told } = stage({ from: '2027-03-27T00:00:00Z', when });
    heartbeat.begin(undefined);
    runTo('2027-03-29T23:00:00Z');
    expect(told()).toEqual(expected.map((instant) => `watcher.heartbeat ${instant}`));
  });
});
