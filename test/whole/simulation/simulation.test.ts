import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/base/failure.ts';
import type { LeaderElector } from '../../../src/platform/kube/leader-election.ts';
import type { Defects } from './simulated-process.ts';
import { playStory, type SimulationResult, simulate } from './simulation.ts';
import { CRASH_POINTS, SMALL_SCALE, tellStory } from './story.ts';

const SLOW_MS = 60_000;

/** What a run must come to; a failing one shows its tale. */
function expectCalm({ tale, violations }: SimulationResult): void {
  expect(tale).toBe('');
  expect(violations).toEqual([]);
}

describe('a share of the simulation', () => {
  test.each([1, 2, 3, 4, 5, 6])(
    'seed %d: no wrong action, and everything comes to rest',
    async (seed) => {
      const result = await simulate(seed, { scale: SMALL_SCALE });
      expectCalm(result);
      expect([result.syncCount > 100, result.crashCount > 3]).toEqual([true, true]);
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
      const story = tellStory(20, { ...SMALL_SCALE, crashEveryMs: 8_000 });
      const events = story.events
        .filter(({ kind }) => kind !== 'fault' && kind !== 'pause' && kind !== 'restart')
        .map((event) => (event.kind === 'crash' ? { ...event, point, downMs: 500 } : event));
      const result = await playStory({ ...story, events, memory: 'configmaps' });
      expectCalm(result);
      expect(result.crashCount).toBeGreaterThan(5);
    },
    SLOW_MS,
  );
});

/** Thinks that it leads whatever the Lease says. */
const selfMadeLeader = (): LeaderElector => {
  const listeners: ((isLeader: boolean) => void)[] = [];
  return {
    start: () => {
      for (const listener of listeners) listener(true);
    },
    isLeader: () => true,
    holder: undefined,
    onChange: (listener) => {
      listeners.push(listener);
      return () => {};
    },
    stop: async () => {},
  };
};

const changedScale =
  (
    change: (scale: { metadata: Record<string, unknown>; spec: { replicas: number } }) => void,
  ): NonNullable<Defects['body']> =>
  (path, body) => {
    if (!path.endsWith('/scale')) return body;
    const scale = JSON.parse(body);
    change(scale);
    return JSON.stringify(scale);
  };

describe('the oracle finds a controller that', () => {
  const rows: readonly [what: string, rules: readonly string[], defects: Defects][] = [
    ['forgets what was remembered when it dies', ['budget', 'window'], { flags: { memory: 'process' } }],
    [
      'ignores the downscale window',
      ['window'],
      { flags: { 'horizontal-pod-autoscaler-downscale-stabilization': '0s' } },
    ],
    [
      'takes a metric that cannot be read for zero',
      ['blind'],
      {
        source: ({ external, ...others }) => ({
          ...others,
          external: {
            listMetrics: async () => [],
            getValues: async (query, signal) => {
              try {
                const values = (await external?.getValues(query, signal)) ?? [];
                if (values.length > 0 && values.every(({ value }) => value !== 'NaN')) return values;
              } catch (thrown) {
                if (!(thrown instanceof Failure)) throw thrown;
              }
              return [{ metric: query.metric, labels: {}, atMs: 0, windowMs: null, value: '0' }];
            },
          },
        }),
      },
    ],
    [
      'acts whether or not it leads',
      ['deposed'],
      { flags: { memory: 'process' }, options: { createElector: selfMadeLeader } },
    ],
    [
      'writes without a resourceVersion',
      ['guard'],
      {
        body: changedScale(({ metadata }) => {
          delete metadata['resourceVersion'];
        }),
      },
    ],
    [
      'goes beyond the maximum',
      ['bounds', 'unasked'],
      {
        body: changedScale(({ spec }) => {
          spec.replicas += 8;
        }),
      },
    ],
    ['looks once an hour', ['stuck'], { flags: { 'horizontal-pod-autoscaler-sync-period': '1h' } }],
    [
      'meets a bug of its own',
      ['bug'],
      {
        source: (source) => ({
          ...source,
          external: { listMetrics: async () => [], getValues: () => Promise.reject(new TypeError('x is no function')) },
        }),
      },
    ],
  ];
  test.each(rows)(
    '%s',
    async (_what, rules, defects) => {
      for (let seed = 30; seed < 60; seed++) {
        const { violations, tale } = await simulate(seed, { scale: SMALL_SCALE, defects });
        if (!violations.some(({ rule }) => rules.includes(rule))) continue;
        expect(tale).toContain(`see it again: node bench/simulation.ts --seed ${seed}`);
        return;
      }
      expect.unreachable(`none of thirty seeds broke ${rules.join(' or ')}`);
    },
    SLOW_MS,
  );
});
