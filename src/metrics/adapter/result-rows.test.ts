import { expect, test } from 'vitest';
import {
  customQuantity,
  externalQuantities,
  externalQuantity,
  objectQuantities,
  rowsByObject,
  UPSTREAM_READING,
} from './result-rows.ts';

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
  expect([...rowsByObject(rows, 'toString')]).toEqual([['', rows[0]]]);
});

const ROWS = [
  { labels: { pod: 'b' }, value: 2, atMs: 0 },
  { labels: { pod: 'a' }, value: 1, atMs: 0 },
  { labels: { pod: 'c' }, value: Number.NaN, atMs: 0 },
  { labels: { pod: 'foreign' }, value: 9, atMs: 0 },
  { labels: {}, value: 9, atMs: 0 },
];
const NAMES = ['a', 'b', 'c', 'd'];

test.each([
  { why: 'as upstream', reading: UPSTREAM_READING, expected: ['a=1', 'b=2', 'c=0'] },
  { why: 'what is no number dropped', reading: { values: 'drop', absent: 'upstream' }, expected: ['a=1', 'b=2'] },
  {
    why: 'nothing is no load',
    reading: { values: 'upstream', absent: 'zero' },
    expected: ['a=1', 'b=2', 'c=0', 'd=0'],
  },
  { why: 'both', reading: { values: 'drop', absent: 'zero' }, expected: ['a=1', 'b=2', 'c=0', 'd=0'] },
] as const)('objects in the order of their names: $why', ({ reading, expected }) => {
  const found = objectQuantities(ROWS, 'pod', NAMES, reading);
  expect(found.map(({ name, quantity }) => `${name}=${quantity}`)).toEqual(expected);
});

test.each([
  { policy: 'upstream', expected: ['2', '1', '-9223372036854775808m', '9', '9'] },
  { policy: 'drop', expected: ['2', '1', '9', '9'] },
] as const)('external rows in their own order: $policy', ({ policy, expected }) => {
  expect(externalQuantities(ROWS, policy).map(({ quantity }) => quantity)).toEqual(expected);
});
