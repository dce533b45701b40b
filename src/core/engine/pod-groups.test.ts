import { expect, it } from 'vitest';
import { NOW_MS, readyPod } from '../../../test/fixtures/engine-facts.ts';
import type { PodFact, PodSample } from './facts.ts';
import { groupPods } from './pod-groups.ts';

const RULES = { nowMs: NOW_MS, cpuInitializationPeriodMs: 300_000, initialReadinessDelayMs: 30_000 };
const SAMPLE: PodSample = { milli: 100, atMs: NOW_MS, windowMs: 15_000 };
const YOUNG = NOW_MS - 60_000;

it.each<{ why: string; pod: Partial<PodFact>; sample?: PodSample | null; resource?: string; group: string }>([
  { why: 'ready with a sample', pod: {}, group: 'ready' },
  { why: 'being deleted', pod: { isDeleted: true, phase: 'Pending' }, group: 'ignored Deleted' },
  { why: 'failed', pod: { phase: 'Failed' }, group: 'ignored Failed' },
  { why: 'pending, even with a sample', pod: { phase: 'Pending' }, group: 'unready Pending' },
  { why: 'pending without a sample', pod: { phase: 'Pending' }, sample: null, group: 'unready Pending' },
  { why: 'pending, whatever the metric', pod: { phase: 'Pending' }, resource: '', group: 'unready Pending' },
  { why: 'without a sample', pod: {}, sample: null, group: 'missing' },
  { why: 'finished pods still count as missing', pod: { phase: 'Succeeded' }, sample: null, group: 'missing' },
  { why: 'a sample that holds no integer is none', pod: {}, sample: { ...SAMPLE, milli: 0.5 }, group: 'missing' },
  { why: 'no Ready condition', pod: { ready: null }, group: 'unready NotStarted' },
  { why: 'no start time', pod: { startAtMs: null }, group: 'unready NotStarted' },
  { why: 'memory asks nobody about readiness', pod: { ready: null }, resource: 'memory', group: 'ready' },
  {
    why: 'young and not ready',
    pod: { startAtMs: YOUNG, ready: { status: 'False', sinceMs: YOUNG } },
    group: 'unready NotReadyWhileInitializing',
  },
  {
    why: 'young, its sample began before it was ready',
    pod: { startAtMs: YOUNG, ready: { status: 'True', sinceMs: NOW_MS - 14_999 } },
    group: 'unready SampleBeforeReady',
  },
  {
    why: 'young, its sample began when it became ready',
    pod: { startAtMs: YOUNG, ready: { status: 'True', sinceMs: NOW_MS - 15_000 } },
    group: 'ready',
  },
  {
    why: 'Unknown is not False',
    pod: { startAtMs: YOUNG, ready: { status: 'Unknown', sinceMs: YOUNG } },
    group: 'ready',
  },
  {
    why: 'old and never ready',
    pod: { ready: { status: 'False', sinceMs: NOW_MS - 3_570_001 } },
    group: 'unready NeverReady',
  },
  {
    why: 'old, was ready once',
    pod: { ready: { status: 'False', sinceMs: NOW_MS - 3_570_000 } },
    group: 'ready',
  },
])('$why: $group', ({ pod, sample = SAMPLE, resource = 'cpu', group }) => {
  const groups = groupPods([readyPod('p', pod)], sample === null ? {} : { p: sample }, resource, RULES);
  const found = [
    ...groups.ready.map(() => 'ready'),
    ...groups.unready.map(({ reason }) => `unready ${reason}`),
    ...groups.missing.map(() => 'missing'),
    ...groups.ignored.map(({ reason }) => `ignored ${reason}`),
  ];
  expect(found).toEqual([group]);
});

it('keeps samples of names that are not listed', () => {
  const other: PodSample = { ...SAMPLE, milli: 7 };
  const broken: PodSample = { ...SAMPLE, milli: Number.NaN };
  const groups = groupPods([readyPod('p')], { p: SAMPLE, gone: other, broken }, 'cpu', RULES);
  expect(groups.strangers).toEqual([other]);
});

it('takes no inherited property for a sample', () => {
  const groups = groupPods([readyPod('constructor'), readyPod('__proto__')], {}, 'cpu', RULES);
  expect(groups.missing.map(({ name }) => name)).toEqual(['constructor', '__proto__']);
});
