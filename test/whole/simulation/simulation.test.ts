import { describe, expect, test } from 'vitest';
import { BROKEN_CONTROLLERS } from './broken-controllers.ts';
import { playStory, type SimulationResult, simulate } from './simulation.ts';
import { CRASH_POINTS, SMALL_SCALE, tellStory } from './story.ts';

const SLOW_MS = 60_000;

/** What a run must come to; a failing one shows its tale. */
function expectCalm({ tale, violations }: SimulationResult): void {
  expect(tale).toBe('');
  expect(violations).toEqual([]);
}

describe('a share of the simulation', () => {
  test.each([1, 2, 3, 4])(
    'seed %d: no wrong action, and everything comes to rest',
    async (seed) => {
      const result = await simulate(seed, { scale: SMALL_SCALE });
      expectCalm(result);
      expect([result.syncCount > 50, result.crashCount > 3]).toEqual([true, true]);
    },
    SLOW_MS,
  );

  test(
    'the same seed gives the same requests at the same instants',
    async () => {
      const [first, again, other] = [
        await simulate(7, { scale: SMALL_SCALE }),
        await simulate(7, { scale: SMALL_SCALE }),
        await simulate(8, { scale: SMALL_SCALE }),
      ];
      expect([again.digest, again.syncCount]).toEqual([first.digest, first.syncCount]);
      expect(other.digest).not.toBe(first.digest);
    },
    SLOW_MS,
  );
});

describe('SIGKILL mid-sync', () => {
  test.each(CRASH_POINTS)(
    '%s: no partial state, and the next process goes on',
    async (point) => {
      const story = tellStory(22, { ...SMALL_SCALE, crashEveryMs: 8_000 });
      const events = story.events
        .filter(({ kind }) => kind !== 'fault' && kind !== 'pause' && kind !== 'restart')
        .map((event) => (event.kind === 'crash' ? { ...event, point, downMs: 500 } : event));
      const result = await playStory({ ...story, events, memory: 'configmaps' });
      expectCalm(result);
      expect(result.crashCount).toBeGreaterThan(3);
    },
    SLOW_MS,
  );
});

describe('the oracle finds a controller that', () => {
  test.each(BROKEN_CONTROLLERS)(
    '$what',
    async ({ rules, seed, defects }) => {
      const { violations, tale } = await simulate(seed, { scale: SMALL_SCALE, defects });
      expect(violations.filter(({ rule }) => rules.includes(rule)).length).toBeGreaterThan(0);
      expect(tale).toContain(`see it again: node bench/simulation.ts --seed ${seed} --scale small`);
    },
    SLOW_MS,
  );
});
