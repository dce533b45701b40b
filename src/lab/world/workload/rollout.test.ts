import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../objects.ts';
import { proportionalStep, rollingStep, rolloutBounds } from './rollout.ts';

function deployment(specReplicas: number, rollingUpdate?: object, type = 'RollingUpdate'): Deployment {
  return {
    metadata: { name: 'web' },
    spec: {
      replicas: specReplicas,
      selector: {},
      strategy: { type, ...(rollingUpdate && { rollingUpdate }) },
      template: { spec: { containers: [] } },
    },
  };
}

function replicaSet(name: string, specReplicas: number, availableReplicas = specReplicas): ReplicaSet {
  return { metadata: { name }, spec: { replicas: specReplicas }, status: { availableReplicas } };
}

const sizes = (targets: readonly { set: ReplicaSet; specReplicas: number }[]) =>
  targets.map(({ set, specReplicas }) => `${set.metadata.name} ${specReplicas}`);

describe('bounds', () => {
  test.each([
    ['percentages: surge rounds up, unavailable down', 10, { maxSurge: '25%', maxUnavailable: '25%' }, 3, 2],
    ['the defaults', 4, undefined, 1, 1],
    ['a single pod is never missing', 1, undefined, 1, 0],
    ['numbers as they stand', 4, { maxSurge: 3, maxUnavailable: 0 }, 3, 0],
    ['never both 0', 2, { maxSurge: 0, maxUnavailable: 0 }, 0, 1],
    ['no more missing than there are', 2, { maxSurge: 0, maxUnavailable: 5 }, 0, 2],
    ['none wanted', 0, undefined, 0, 1],
  ])('%s', (_why, replicas, rollingUpdate, surgeCountMax, unavailableCountMax) => {
    const expected = { surgeCountMax, unavailableCountMax: Math.min(unavailableCountMax, Math.max(replicas, 1)) };
    expect(rolloutBounds(deployment(replicas, rollingUpdate))).toEqual(expected);
  });

  test('Recreate surges by none and misses all', () => {
    expect(rolloutBounds(deployment(3, undefined, 'Recreate'))).toEqual({ surgeCountMax: 0, unavailableCountMax: 3 });
  });
});

describe('one step of a rolling update', () => {
  const cases: readonly [why: string, replicas: number, current: ReplicaSet, old: readonly ReplicaSet[], string[]][] = [
    ['the new one grows into the surge', 4, replicaSet('new', 0), [replicaSet('old', 4)], ['new 1']],
    ['an old one gives way to what is available', 4, replicaSet('new', 1), [replicaSet('old', 4)], ['old 2']],
    [
      'while the new pod is not available only what may be missing goes',
      4,
      replicaSet('new', 1, 0),
      [replicaSet('old', 4)],
      ['old 3'],
    ],
    ['nothing moves below the minimum', 4, replicaSet('new', 2, 0), [replicaSet('old', 3)], []],
    ['unavailable old pods go first', 4, replicaSet('new', 1, 0), [replicaSet('a', 2), replicaSet('b', 2, 1)], ['b 1']],
    ['a new number wanted without a rollout', 7, replicaSet('new', 4), [], ['new 7']],
    ['fewer wanted', 1, replicaSet('new', 7), [], ['new 1']],
    ['done', 4, replicaSet('new', 4), [replicaSet('old', 0)], []],
  ];
  test.each(cases)('%s', (_why, replicas, current, old, expected) => {
    expect(sizes(rollingStep(deployment(replicas), current, old))).toEqual(expected);
  });

  test('law: any rollout ends, within its surge, never with fewer available than allowed', () => {
    const input = fc.record({
      replicas: fc.integer({ min: 1, max: 12 }),
      maxSurge: fc.integer({ min: 0, max: 5 }),
      maxUnavailable: fc.integer({ min: 0, max: 5 }),
      becomesAvailable: fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
    });
    fc.assert(
      fc.property(input, ({ replicas, maxSurge, maxUnavailable, becomesAvailable }) => {
        const wanted = deployment(replicas, { maxSurge, maxUnavailable });
        const { surgeCountMax, unavailableCountMax } = rolloutBounds(wanted);
        let sets = [replicaSet('new', 0), replicaSet('old', replicas)];
        for (let step = 0; step < 160; step++) {
          const [current, old] = sets as [ReplicaSet, ReplicaSet];
          const targets = rollingStep(wanted, current, [old]);
          sets = sets.map((set) => {
            const specReplicas = targets.find((target) => target.set === set)?.specReplicas ?? set.spec.replicas ?? 0;
            const isGrowing = becomesAvailable[step % becomesAvailable.length] === true || step > 60;
            const available = Math.min(specReplicas, (set.status?.availableReplicas ?? 0) + (isGrowing ? 1 : 0));
            return replicaSet(set.metadata.name, specReplicas, available);
          });
          const specTotal = sets.reduce((sum, set) => sum + (set.spec.replicas ?? 0), 0);
          const available = sets.reduce((sum, set) => sum + (set.status?.availableReplicas ?? 0), 0);
          expect(specTotal).toBeLessThanOrEqual(replicas + surgeCountMax);
          expect(available).toBeGreaterThanOrEqual(replicas - unavailableCountMax);
        }
        expect(sets.map((set) => set.spec.replicas)).toEqual([replicas, 0]);
      }),
    );
  });
});

describe('a new number wanted during a rollout', () => {
  test.each([
    ['growing is shared by size', 10, [replicaSet('new', 2), replicaSet('old', 4)], ['old 9', 'new 4']],
    ['shrinking too', 3, [replicaSet('new', 2), replicaSet('old', 4)], ['old 3', 'new 1']],
    ['none wanted', 0, [replicaSet('new', 1), replicaSet('old', 1)], ['new 0', 'old 0']],
    ['nothing runs, nothing to share', 3, [replicaSet('new', 0)], []],
  ])('%s', (_why, replicas, sets, expected) => {
    expect(sizes(proportionalStep(deployment(replicas), sets))).toEqual(expected);
  });

  test('law: the sizes add up to what is wanted and the surge', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(counts, fc.integer({ min: 0, max: 60 }), (current, replicas) => {
        const sets = current.map((count, index) => replicaSet(`set-${index}`, count));
        const targets = new Map(proportionalStep(deployment(replicas), sets).map((t) => [t.set, t.specReplicas]));
        const after = sets.map((set) => targets.get(set) ?? set.spec.replicas ?? 0);
        const { surgeCountMax } = rolloutBounds(deployment(replicas));
        expect(after.every((count) => count >= 0)).toBe(true);
        expect(after.reduce((sum, count) => sum + count, 0)).toBe(replicas > 0 ? replicas + surgeCountMax : 0);
      }),
    );
  });
});
