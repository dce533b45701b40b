import { expect, test } from 'vitest';
import { customQuantity, externalQuantity, valuesByObject } from './result-rows.ts';

test.each([
  { why: 'a plain value', value: 1.5, custom: '1500m', external: '1500m' },
  { why: 'cut towards zero', value: -0.0019, custom: '-1m', external: '-1m' },
  { why: 'not a number', value: Number.NaN, custom: undefined, external: undefined },
  { why: 'infinite', value: Number.POSITIVE_INFINITY, custom: undefined, external: undefined },
  { why: 'infinite downwards', value: Number.NEGATIVE_INFINITY, custom: undefined, external: undefined },
  { why: 'more than a quantity holds', value: 9.3e15, custom: undefined, external: undefined },
  {
    why: 'the least that a quantity holds',
    value: -(2 ** 63) / 1000,
    custom: '-9223372036854775808m',
    external: '-9223372036854775808m',
  },
])('the policy that drops: $why', ({ value, custom, external }) => {
  expect([customQuantity(value, 'drop'), externalQuantity(value, 'drop')]).toEqual([custom, external]);
});

test('a label that objects inherit is no label', () => {
  const rows = [{ labels: { pod: 'a' }, value: 1, atMs: 0 }];
  expect([...valuesByObject(rows, 'toString')]).toEqual([['', 1]]);
});
