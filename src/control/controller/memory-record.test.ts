import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTROLLER_SYNC_MS_MAX } from '../../base/limits.ts';
import type { Memory } from '../../core/engine/memory.ts';
import type { MemoryFlaw } from '../facts/report.ts';
import { type MemoryRecord, readMemoryRecord, restoreMemory, staleMsOf, writeMemoryRecord } from './memory-record.ts';

const NOW = 1_800_000_000_000;
const MEMORY: Memory = {
  version: 1,
  recommendations: [
    [7, NOW - 50_000],
    [4, NOW - 10_000],
  ],
  scaleUpEvents: [[2, NOW - 40_000, 0]],
  scaleDownEvents: [],
  failingSinceMs: { cpu: NOW - 20_000 },
};
const RECORD: MemoryRecord = {
  hpa: 'shop/web',
  atMs: NOW - 10_000,
  horizon: { upWindowMs: 0, downWindowMs: 60_000, policyPeriodMs: 120_000 },
  intent: null,
  doubt: null,
  memory: MEMORY,
};

it('what is stored is one short line that a person can read', () => {
  const doubt = { earliestAtMs: null, latestAtMs: NOW - 30_000 };
  expect(writeMemoryRecord({ ...RECORD, intent: [4, 6, NOW - 10_000.4, '812'], doubt })).toBe(
    '{"v":1,"hpa":"shop/web","at":1799999990000,"windows":[0,60000,120000],' +
      '"intent":[4,6,1799999990000,"812"],"doubt":[null,1799999970000],' +
      '"recommendations":[[7,1799999950000],[4,1799999990000]],"up":[[2,1799999960000,0]],"down":[],' +
      '"failing":{"cpu":1799999980000}}',
  );
});

describe('reading', () => {
  const whole = JSON.parse(writeMemoryRecord(RECORD));

  it.each<{ why: string; text: string; flaw: MemoryFlaw }>([
    { why: 'no JSON', text: '{"v":1,', flaw: 'corrupt' },
    { why: 'no object', text: '[1]', flaw: 'corrupt' },
    { why: 'null', text: 'null', flaw: 'corrupt' },
    { why: 'a later version', text: JSON.stringify({ ...whole, v: 2 }), flaw: 'newerVersion' },
    { why: 'a field is missing', text: JSON.stringify({ ...whole, up: undefined }), flaw: 'corrupt' },
    { why: 'a tuple too short', text: JSON.stringify({ ...whole, recommendations: [[7]] }), flaw: 'corrupt' },
    { why: 'a count that is text', text: JSON.stringify({ ...whole, recommendations: [['7', NOW]] }), flaw: 'corrupt' },
    { why: 'an intent without its instant', text: JSON.stringify({ ...whole, intent: [4, 6] }), flaw: 'corrupt' },
    { why: 'a doubt without an end', text: JSON.stringify({ ...whole, doubt: [NOW, null] }), flaw: 'corrupt' },
    { why: 'an instant that is none', text: JSON.stringify({ ...whole, failing: { cpu: null } }), flaw: 'corrupt' },
  ])('$why', ({ text, flaw }) => {
    expect(readMemoryRecord(text)).toBe(flaw);
  });

  it('law: what was written comes back, whatever the counts and instants', () => {
    const count = fc.integer({ min: 0, max: 2_000_000_000 });
    const instant = fc.integer({ min: NOW - 3_600_000, max: NOW });
    const events = fc.array(fc.tuple(count, instant, fc.constantFrom<0 | 1>(0, 1)), { maxLength: 5 });
    fc.assert(
      fc.property(count, instant, events, events, (newest, atMs, scaleUpEvents, scaleDownEvents) => {
        const recommendations = [[newest, atMs]] as const;
        const record: MemoryRecord = {
          ...RECORD,
          memory: { ...MEMORY, recommendations, scaleUpEvents, scaleDownEvents },
        };
        expect(readMemoryRecord(writeMemoryRecord(record))).toEqual(record);
      }),
    );
  });

  it.each<{ why: string; left: Pick<MemoryRecord, 'intent' | 'doubt'> }>([
    { why: 'an open write', left: { intent: [4, 6, NOW - 10_000, null], doubt: null } },
    { why: 'one that may have been made', left: { intent: null, doubt: { earliestAtMs: null, latestAtMs: NOW } } },
    { why: 'one made some time', left: { intent: null, doubt: { earliestAtMs: NOW - 9_000, latestAtMs: NOW } } },
  ])('what is left to be found out comes back: $why', ({ left }) => {
    expect(readMemoryRecord(writeMemoryRecord({ ...RECORD, ...left }))).toEqual({ ...RECORD, ...left });
  });

  it('a hold that was told of is known to the next leader; one of a later version is told anew', () => {
    for (const heldBy of ['Paused', 'CorrelatedScaleDown'] as const) {
      const record: MemoryRecord = { ...RECORD, memory: { ...MEMORY, heldBy } };
      expect(readMemoryRecord(writeMemoryRecord(record))).toEqual(record);
    }
    expect(readMemoryRecord(JSON.stringify({ ...whole, held: 'Frozen' }))).toEqual(RECORD);
  });

  it('law: no text makes it fail', () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((object) => JSON.stringify({ ...whole, ...object })),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        const read = readMemoryRecord(text);
        expect(typeof read === 'string' || typeof read.memory === 'object').toBe(true);
      }),
    );
  });
});

describe('restoring', () => {
  const { recommendations: _, ...others } = MEMORY;

  it.each<{ why: string; record?: Partial<MemoryRecord>; laterMs: number; restored: Memory | MemoryFlaw }>([
    {
      why: 'the newest recommendation is taken to have been repeated as long as that may go unstored',
      laterMs: 30_000,
      restored: {
        ...others,
        recommendations: [
          [7, NOW - 50_000],
          [4, NOW - 4_000],
        ],
      },
    },
    {
      why: 'unless the sync that noted it recommended nothing: its metrics failed',
      record: { atMs: NOW - 5_000 },
      laterMs: 30_000,
      restored: {
        ...others,
        recommendations: [
          [7, NOW - 50_000],
          [4, NOW - 10_000],
        ],
      },
    },
    {
      why: 'but never beyond now',
      laterMs: -7_000,
      restored: {
        ...others,
        recommendations: [
          [7, NOW - 50_000],
          [4, NOW - 7_000],
        ],
      },
    },
    {
      why: 'away for longer than the window: held as at a first sight, while the budget counts on',
      laterMs: 56_001,
      restored: { ...others, recommendations: null },
    },
    {
      why: 'the change of an open intent is left out, and no other of the same instant',
      record: {
        intent: [6, 7, NOW - 10_000, '812'],
        memory: {
          ...MEMORY,
          scaleUpEvents: [
            [2, NOW - 10_000, 0],
            [1, NOW - 10_000.3, 0],
          ],
        },
      },
      laterMs: -10_000,
      restored: { ...MEMORY, scaleUpEvents: [[2, NOW - 10_000, 0]] },
    },
    { why: 'nothing in it counts any longer', laterMs: 80_001, restored: 'tooOld' },
    {
      why: 'a doubt counts for as long as a policy reaches back to it',
      record: { doubt: { earliestAtMs: null, latestAtMs: NOW } },
      laterMs: 120_000,
      restored: { ...others, recommendations: null },
    },
    {
      why: 'and no longer',
      record: { doubt: { earliestAtMs: null, latestAtMs: NOW } },
      laterMs: 120_001,
      restored: 'tooOld',
    },
    {
      why: 'an intent may have come through as late as a sync can end',
      record: { intent: [6, 7, NOW - 10_000, '812'] },
      laterMs: 110_000 + CONTROLLER_SYNC_MS_MAX,
      restored: { ...others, recommendations: null },
    },
    {
      why: 'and no later',
      record: { intent: [6, 7, NOW - 10_000, '812'] },
      laterMs: 110_001 + CONTROLLER_SYNC_MS_MAX,
      restored: 'tooOld',
    },
    {
      why: 'without windows there is nothing to hold, however old',
      record: { horizon: { upWindowMs: 0, downWindowMs: 0, policyPeriodMs: 0 } },
      laterMs: 3_600_000,
      restored: {
        ...others,
        recommendations: [
          [7, NOW - 50_000],
          [4, NOW - 5_000],
        ],
      },
    },
    {
      why: 'clocks differ a little',
      laterMs: -20_000,
      restored: {
        ...others,
        recommendations: [
          [7, NOW - 50_000],
          [4, NOW - 10_000],
        ],
      },
    },
    { why: 'a clock that is far behind', laterMs: -20_001, restored: 'future' },
    {
      why: 'an instant beyond the note’s own',
      record: { memory: { ...MEMORY, scaleUpEvents: [[2, NOW + 3_600_000, 0]] } },
      laterMs: 0,
      restored: 'future',
    },
  ])('$why', ({ record, laterMs, restored }) => {
    const given = { ...RECORD, ...record };
    expect(restoreMemory(given, staleMsOf(given.horizon), NOW + laterMs)).toEqual(restored);
  });
});

it.each([
  { why: 'a tenth of the window', windowMs: 120_000, staleMs: 12_000 },
  { why: 'no more than half a minute', windowMs: 3_600_000, staleMs: 30_000 },
  { why: 'no less than a ConfigMap may be written', windowMs: 0, staleMs: 5_000 },
])('a repetition waits: $why', ({ windowMs, staleMs }) => {
  expect(staleMsOf({ upWindowMs: 0, downWindowMs: windowMs, policyPeriodMs: 0 })).toBe(staleMs);
});
