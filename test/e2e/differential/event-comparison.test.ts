import { expect, test } from 'vitest';
import { type AuditEntry, UPSTREAM_USER } from './audit-trail.ts';
import { compareEvents, type ToldEvent } from './event-comparison.ts';

const UID = 'hpa-1';
const FAILED: ToldEvent = { uid: UID, type: 'Warning', reason: 'FailedGetResourceMetric', message: 'no metrics' };
const RESCALED: ToldEvent = { uid: UID, type: 'Normal', reason: 'SuccessfulRescale', message: 'New size: 4' };

function written(event: ToldEvent, count: number): AuditEntry {
  const { uid, type, reason, message } = event;
  const responseObject = {
    involvedObject: { uid },
    lastTimestamp: '2026-01-01T00:00:00Z',
    type,
    reason,
    message,
    count,
  };
  return { user: UPSTREAM_USER, subject: 'events', status: 201, responseObject } as unknown as AuditEntry;
}

test.each([
  {
    why: 'the less likely reading told a thing twice, and it was written twice',
    told: [[[FAILED], [FAILED, FAILED]], [[RESCALED]]],
    entries: [written(FAILED, 1), written(FAILED, 2), written(RESCALED, 1)],
    expected: { differences: [], lostCount: 0 },
  },
  {
    why: 'what explains the most at first may leave the next one without its event',
    told: [[[FAILED, FAILED], [FAILED]], [[FAILED]], [[RESCALED]]],
    entries: [written(FAILED, 1), written(FAILED, 2), written(RESCALED, 1)],
    expected: { differences: [], lostCount: 0 },
  },
  {
    why: 'an event that upstream’s full queue dropped',
    told: [[[RESCALED]], [[FAILED]]],
    entries: [written(FAILED, 1)],
    expected: { differences: [], lostCount: 1 },
  },
  {
    why: 'an event that no reading of ours tells',
    told: [[[FAILED], []]],
    entries: [written(FAILED, 1), written(RESCALED, 1)],
    expected: { differences: ['only upstream: event 1 Normal SuccessfulRescale New size: 4'], lostCount: 0 },
  },
])('$why', ({ told, entries, expected }) => {
  const reconciles = told.map((alternatives, index) => ({ atMs: index * 1_000, alternatives }));
  expect(compareEvents(entries, reconciles, 60_000)).toEqual(expected);
});
