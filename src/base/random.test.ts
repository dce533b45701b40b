import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

const take = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.nextUint32());

it('gives the same numbers on every machine', () => {
  expect(take(Random.ofSeed(1), 3)).toEqual([3482071397, 3586688218, 197802715]);
});

it('tells streams of one seed apart', () => {
  expect(take(Random.ofSeed(1, 'web/arrivals'), 3)).not.toEqual(take(Random.ofSeed(1, 'web/failures'), 3));
});

it('spreads fractions evenly', () => {
  const random = Random.ofSeed(7);
  const counts = new Array<number>(10).fill(0);
  for (let draw = 0; draw < 10_000; draw += 1) {
    const digit = random.nextBelow(10);
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200);
});

it('has the mean and spread that its distributions promise', () => {
  const random = Random.ofSeed(3);
  const gaps = Array.from({ length: 20_000 }, () => random.nextExponential(5));
  const normals = Array.from({ length: 20_000 }, () => random.nextNormal());
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(gaps)).toBeCloseTo(5, 0);
  expect(mean(normals)).toBeCloseTo(0, 1);
  expect(mean(normals.map((value) => value * value))).toBeCloseTo(1, 1);
});

describe('laws', () => {
  it('a stored state continues the sequence', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), (seed, skipped) => {
        const random = Random.ofSeed(seed);
        take(random, skipped);
        const copy = new Random(JSON.parse(JSON.stringify(random.state)));
        expect(take(copy, 5)).toEqual(take(random, 5));
      }),
    );
  });

  it('fractions lie in [0, 1)', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const fraction = Random.ofSeed(seed).nextFraction();
        expect(fraction >= 0 && fraction < 1).toBe(true);
      }),
    );
  });
});
