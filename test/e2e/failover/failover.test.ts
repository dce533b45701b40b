import { beforeAll, describe, expect, test } from 'vitest';
import { mostAddedWithin } from '../support/scale-writes.ts';
import { type FailoverRecord, POLICY, playFailover, SYNC_PERIOD_MS, UP_FROM, WINDOW_MS } from './failover-story.ts';
import { KILL_POINTS, KILLED_PODTIDE } from './killed-podtide.ts';
import { KILLED_UPSTREAM } from './killed-upstream.ts';

/** From a sync's instant to its write's answer, which is what the audit log tells. */
const WRITE_MS = 500;
/** A kill, a start, a Lease that runs out, caches that fill, on a busy machine. */
const HAND_OVER_MS = 20_000;
/** What a repetition of a recommendation may wait to be stored: a tenth of the window. */
const STALE_MS = WINDOW_MS / 10;

let podtide: FailoverRecord;
let upstream: FailoverRecord;

beforeAll(async () => {
  [podtide, upstream] = await Promise.all([playFailover(KILLED_PODTIDE), playFailover(KILLED_UPSTREAM)]);
  console.log(`${tableOf('podtide', podtide)}\n${tableOf('kube-controller-manager', upstream)}`);
});

describe('podtide, killed ten times', () => {
  test('was killed at every point', () => {
    expect(podtide.kills).toEqual(KILL_POINTS.map(([name]) => name));
  });

  test('never adds more than two pods within sixty seconds', () => {
    const most = [...podtide.up].map(([name, writes]) => [name, mostAdded(writes)]);
    expect(most).toEqual(most.map(([name]) => [name, POLICY.podCount]));
  });

  test('loses no time by it either: each workload has grown again after its minute', () => {
    for (const [name, writes] of podtide.up) {
      const gaps = writes.slice(1).map(({ atMs }, index) => atMs - (writes[index]?.atMs ?? 0));
      // A write that may not have come through costs its minute.
      expect(Math.max(0, ...gaps), name).toBeLessThan(2 * POLICY.periodMs + SYNC_PERIOD_MS + HAND_OVER_MS);
    }
  });

  test('a scale-down window goes on where it was', () => {
    for (const downAfterMs of podtide.downAfterMs) {
      expect(downAfterMs).toBeGreaterThan(WINDOW_MS - SYNC_PERIOD_MS - WRITE_MS);
      expect(downAfterMs).toBeLessThan(WINDOW_MS + STALE_MS + 2 * SYNC_PERIOD_MS + HAND_OVER_MS);
    }
  });
});

test('the story bites: upstream exceeds the policy, and its windows begin anew', () => {
  expect(upstream.kills.length).toBe(KILL_POINTS.length);
  expect(Math.max(...[...upstream.up.values()].map(mostAdded))).toBeGreaterThan(POLICY.podCount);
  expect(upstream.downAfterMs).toContain(null);
});

function mostAdded(writes: Parameters<typeof mostAddedWithin>[2]): number {
  return mostAddedWithin(POLICY.periodMs - WRITE_MS, UP_FROM, writes);
}

function tableOf(name: string, { kills, up, downAfterMs }: FailoverRecord): string {
  const lines = [...up].map(([target, writes]) => {
    const startMs = writes[0]?.atMs ?? 0;
    const steps = writes.map(({ atMs, toReplicas }) => `${((atMs - startMs) / 1000).toFixed(1)} s → ${toReplicas}`);
    return `  ${target}: at most ${mostAdded(writes)} pods within 60 s (${steps.join(', ')})`;
  });
  const downs = downAfterMs.map((ms) => (ms === null ? 'never' : `${(ms / 1000).toFixed(1)} s`));
  return `${name}: ${kills.length} kills\n${lines.join('\n')}\n  down after a window of 60 s: ${downs.join(', ')}`;
}
