import { describe, expect, test } from 'vitest';
import type { PodTrouble } from '../../../core/episode/observation.ts';
import { PodCrowd } from './pod-crowd.ts';
import type { PodStanding } from './pod-trouble.ts';

const READY: PodStanding = { isActive: true, isReady: true, trouble: null };
const LEAVING: PodStanding = { isActive: false, isReady: false, trouble: null };

function inTrouble(podName: string, cause: PodTrouble['cause'], message = ''): PodStanding {
  return { isActive: true, isReady: false, trouble: { podName, cause, message } };
}

/** A change of one pod: from what it was, if it was there, to what it is, if it is there still. */
type Change = readonly [key: string, after: PodStanding | undefined];

describe('the pods of a workload', () => {
  test.each<{
    why: string;
    changes: readonly Change[];
    podCount: number;
    readyCount: number;
    worst: string | undefined;
  }>([
    { why: 'none', changes: [], podCount: 0, readyCount: 0, worst: undefined },
    {
      why: 'those on their way out do not count',
      changes: [
        ['a', READY],
        ['b', READY],
        ['b', LEAVING],
      ],
      podCount: 1,
      readyCount: 1,
      worst: undefined,
    },
    {
      why: 'the trouble that comes first explains the others',
      changes: [
        ['a', inTrouble('a', 'NotReady')],
        ['b', inTrouble('b', 'Unschedulable')],
      ],
      podCount: 2,
      readyCount: 0,
      worst: 'b',
    },
    {
      why: 'of one trouble, the pod that has been in it for longest, whatever more is said of it',
      changes: [
        ['a', inTrouble('a', 'Unschedulable')],
        ['b', inTrouble('b', 'Unschedulable')],
        ['a', inTrouble('a', 'Unschedulable', '0/4 nodes are available')],
      ],
      podCount: 2,
      readyCount: 0,
      worst: 'a 0/4 nodes are available',
    },
    {
      why: 'one that went into another trouble has left the first',
      changes: [
        ['a', inTrouble('a', 'Unschedulable')],
        ['a', inTrouble('a', 'ImagePull')],
        ['b', inTrouble('b', 'CrashLoop')],
        ['a', READY],
      ],
      podCount: 2,
      readyCount: 1,
      worst: 'b',
    },
    {
      why: 'one that is gone is no trouble',
      changes: [
        ['a', inTrouble('a', 'Unschedulable')],
        ['a', undefined],
      ],
      podCount: 0,
      readyCount: 0,
      worst: undefined,
    },
  ])('$why', ({ changes, podCount, readyCount, worst }) => {
    const crowd = new PodCrowd();
    const standings = new Map<string, PodStanding>();
    for (const [key, after] of changes) {
      const before = standings.get(key);
      if (after === undefined) standings.delete(key);
      else standings.set(key, after);
      if (before === undefined && after !== undefined) crowd.add(key, after);
      else if (before !== undefined && after === undefined) crowd.remove(key, before);
      else if (before !== undefined && after !== undefined) crowd.change(key, before, after);
    }
    const sight = crowd.sight();
    const shown = sight.worst && `${sight.worst.podName} ${sight.worst.message}`.trim();
    expect([sight.podCount, sight.readyCount, shown]).toEqual([podCount, readyCount, worst]);
  });
});
