import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../base/virtual-clock.ts';
import { CredentialMemory } from './credential-memory.ts';
import { EMPTY_LANE_RECORD, readLaneRecord, writeLaneRecord } from './lane-record.ts';
import { SlidingLog } from './sliding-log.ts';

const ROBOT = { key: 'robot', countMax: 18, periodMs: 60_000, burstCount: 6 };

describe('SlidingLog', () => {
  test.each<{
    why: string;
    quota: typeof ROBOT;
    usedAtMs: readonly number[];
    nowMs: number;
    waits: readonly [number, number];
  }>([
    { why: 'nothing was used', quota: ROBOT, usedAtMs: [], nowMs: 0, waits: [0, 0] },
    {
      why: 'six within five seconds are a burst',
      quota: ROBOT,
      usedAtMs: [0, 1, 2, 3, 4, 5],
      nowMs: 10,
      waits: [4_991, 4_991],
    },
    {
      why: 'four places are kept for what is critical',
      quota: ROBOT,
      usedAtMs: Array.from({ length: 14 }, (_, index) => index * 1_000),
      nowMs: 20_000,
      waits: [0, 40_001],
    },
    {
      why: 'eighteen within a minute are all',
      quota: ROBOT,
      usedAtMs: Array.from({ length: 18 }, (_, index) => index * 1_000),
      nowMs: 30_000,
      waits: [30_001, 34_001],
    },
    {
      why: 'both ends of a minute count',
      quota: { ...ROBOT, countMax: 1 },
      usedAtMs: [0],
      nowMs: 60_000,
      waits: [1, 1],
    },
    { why: 'and it is over then', quota: { ...ROBOT, countMax: 1 }, usedAtMs: [0], nowMs: 60_001, waits: [0, 0] },
    {
      why: 'a small quota keeps a quarter',
      quota: { ...ROBOT, countMax: 4 },
      usedAtMs: [0, 10_000, 20_000],
      nowMs: 30_000,
      waits: [0, 30_001],
    },
  ])('$why', ({ quota, usedAtMs, nowMs, waits }) => {
    const log = new SlidingLog(quota, usedAtMs);
    expect([log.waitMs(nowMs, true), log.waitMs(nowMs, false)]).toEqual(waits);
  });

  test('what is left of the quota', () => {
    const log = new SlidingLog(ROBOT, [0, 1_000, 2_000]);
    expect([log.freeCount(2_000, true), log.freeCount(2_000, false)]).toEqual([15, 11]);
    expect([log.freeCount(61_500, true), log.freeCount(61_500, false)]).toEqual([17, 13]);
    expect(log.uses(61_500)).toEqual([2_000]);
  });
});

/** What befalls a credential: wishes to use it, time, a restart after which the wall clock may have gone elsewhere. */
const events = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('wish' as const), isCritical: fc.boolean(), tookMs: fc.nat(9_000) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat(20_000) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('restart' as const),
        downMs: fc.nat(30_000),
        stepMs: fc.integer({ min: -40_000, max: 0 }),
      }),
    },
  ),
  { maxLength: 300 },
);

test('however it is wished for, over restarts and clocks that go back, no minute has more than the quota allows', () => {
  fc.assert(
    fc.property(events, (story) => {
      const clock = new VirtualClock({ startAtMs: 1_700_000_000_000 });
      let stepMs = 0;
      const ioClock = {
        monotonicMs: () => clock.monotonicMs(),
        wallMs: () => clock.nowMs() + stepMs,
        after: () => () => {},
      };
      let memory = new CredentialMemory(ROBOT, EMPTY_LANE_RECORD, ioClock);
      const arrivedAtMs: number[] = [];
      for (const event of story) {
        if (event.kind === 'time') clock.advanceBy(event.ms);
        else if (event.kind === 'restart') {
          const stored = writeLaneRecord(memory.record(null));
          clock.advanceBy(event.downMs);
          stepMs += event.stepMs;
          memory = new CredentialMemory(ROBOT, readLaneRecord(stored) ?? EMPTY_LANE_RECORD, ioClock);
        } else if (memory.log.waitMs(clock.monotonicMs(), event.isCritical) === 0) {
          memory.log.use(clock.monotonicMs());
          // Somewhere between the first byte and the answer the receiver counts it.
          clock.advanceBy(event.tookMs / 2);
          arrivedAtMs.push(clock.monotonicMs());
          clock.advanceBy(event.tookMs / 2);
          memory.log.answered(clock.monotonicMs());
        }
      }
      for (const [index, from] of arrivedAtMs.entries()) {
        const after = arrivedAtMs.slice(index);
        expect(after.filter((atMs) => atMs <= from + 60_000).length).toBeLessThanOrEqual(18);
        expect(after.filter((atMs) => atMs <= from + 5_000).length).toBeLessThanOrEqual(6);
      }
    }),
  );
});

describe('a rest', () => {
  test.each([
    { why: 'goes on after a restart', downMs: 100_000, stepMs: 0, leftMs: 500_000 },
    { why: 'is over when it ended meanwhile', downMs: 700_000, stepMs: 0, leftMs: 0 },
    {
      why: 'is never longer than it was, wherever the wall clock went',
      downMs: 0,
      stepMs: -86_400_000,
      leftMs: 600_000,
    },
  ])('$why', ({ downMs, stepMs, leftMs }) => {
    const clock = new VirtualClock({ startAtMs: 1_700_000_000_000 });
    const before = new CredentialMemory(ROBOT, EMPTY_LANE_RECORD, clock);
    before.ban(600_000);
    const stored = writeLaneRecord(before.record(null));
    clock.advanceBy(downMs);
    const stepped = { ...pick(clock), wallMs: () => clock.wallMs() + stepMs };
    const after = new CredentialMemory(ROBOT, readLaneRecord(stored) ?? EMPTY_LANE_RECORD, stepped);
    expect([after.banMs(), after.isAfterBan]).toEqual([leftMs, true]);
  });

  test.each([
    { why: 'a receiver that asks for nothing is left alone for a second', pauseMs: 0, leftMs: 1_000 },
    { why: 'and at most for a day', pauseMs: 10 ** 12, leftMs: 86_400_000 },
  ])('$why', ({ pauseMs, leftMs }) => {
    const memory = new CredentialMemory(ROBOT, EMPTY_LANE_RECORD, new VirtualClock());
    memory.ban(pauseMs);
    expect(memory.banMs()).toBe(leftMs);
  });
});

function pick(clock: VirtualClock) {
  return {
    monotonicMs: () => clock.monotonicMs(),
    wallMs: () => clock.wallMs(),
    after: clock.after.bind(clock),
  };
}

test.each([
  { why: 'no JSON', text: '{' },
  { why: 'no object', text: '[]' },
  { why: 'a later version', text: '{"v":2,"usedAtMs":[],"ban":null,"inFlight":null}' },
  { why: 'no list of instants', text: '{"v":1,"usedAtMs":["x"],"ban":null,"inFlight":null}' },
  { why: 'half a rest', text: '{"v":1,"usedAtMs":[],"ban":{"untilMs":1},"inFlight":null}' },
  { why: 'half a delivery', text: '{"v":1,"usedAtMs":[],"ban":null,"inFlight":{"id":"x"}}' },
])('a record that is $why is none', ({ text }) => expect(readLaneRecord(text)).toBeUndefined());
