import { expect, it } from 'vitest';
import { readReplicaCount, toClampedReplicaCount, toReplicaCount } from './replica-count.ts';

it.each([
  { value: 3.9, plain: 3, clamped: 4, why: 'cut, and rounded up before clamping' },
  { value: -0.3, plain: 0, clamped: 0, why: 'no negative zero' },
  { value: 2147483647, plain: 2147483647, clamped: 2147483647, why: 'the largest count' },
  { value: 2147483648, plain: -2147483648, clamped: 2147483647, why: 'one more leaves the range' },
  { value: -2147483648, plain: -2147483648, clamped: -2147483648, why: 'the smallest count' },
  { value: -2147483649, plain: -2147483648, clamped: -2147483648, why: 'one less leaves it downwards' },
  { value: Number.NaN, plain: -2147483648, clamped: -2147483648, why: '0 divided by 0' },
  { value: Number.POSITIVE_INFINITY, plain: -2147483648, clamped: 2147483647, why: 'a target of 0' },
])('turns $value into a count: $why', ({ value, plain, clamped }) => {
  expect([toReplicaCount(value), toClampedReplicaCount(value)]).toEqual([plain, clamped]);
  expect(Object.is(toReplicaCount(value), -0)).toBe(false);
});

it.each([
  { value: 7, count: 7, why: 'a count' },
  { value: 7.5, count: 7, why: 'a fraction is cut' },
  { value: undefined, count: 1, why: 'absent' },
  { value: '7', count: 1, why: 'not a number' },
  { value: Number.NaN, count: 1, why: 'not a count' },
])('reads $value: $why', ({ value, count }) => {
  expect(readReplicaCount(value, 1)).toBe(count);
});
