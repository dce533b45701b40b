import { expect, test } from 'vitest';
import { externalQuantities, objectQuantities, quantityOf, rowsByObject } from './result-rows.ts';

test.each([
  { why: 'a plain value', value: 1.5, expected: '1500m' },
  { why: 'cut towards zero', value: -0.0019, expected: '-1m' },
  { why: 'not a number', value: Number.NaN, expected: undefined },
  { why: 'infinite', value: Number.POSITIVE_INFINITY, expected: undefined },
  { why: 'infinite downwards', value: Number.NEGATIVE_INFINITY, expected: undefined },
  { why: 'more than a quantity holds', value: 9.3e15, expected: undefined },
  { why: 'the least that a quantity holds', value: -(2 ** 63) / 1000, expected: '-9223372036854775808m' },
])('a value as a quantity: $why', ({ value, expected }) => {
  expect(quantityOf(value, { nan: 'missing' })).toBe(expected);
  expect(quantityOf(value, { nan: 'zero' })).toBe(Number.isNaN(value) ? '0' : expected);
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
  { why: 'what is no number is missing', reading: { nan: 'missing', absent: 'missing' }, expected: 'a=1 b=2' },
  { why: 'NaN is 0', reading: { nan: 'zero', absent: 'missing' }, expected: 'a=1 b=2 c=0' },
  { why: 'no row is 0', reading: { nan: 'missing', absent: 'zero' }, expected: 'a=1 b=2 d=0' },
  { why: 'both', reading: { nan: 'zero', absent: 'zero' }, expected: 'a=1 b=2 c=0 d=0' },
] as const)('objects in the order of their names: $why', ({ reading, expected }) => {
  const found = objectQuantities(ROWS, 'pod', NAMES, reading);
  expect(found.map(({ name, quantity }) => `${name}=${quantity}`).join(' ')).toBe(expected);
});

test.each([
  { nan: 'zero', expected: ['2', '1', '0', '9', '9'] },
  { nan: 'missing', expected: ['2', '1', '9', '9'] },
] as const)('external rows in their own order: NaN is $nan', ({ nan, expected }) => {
  const found = externalQuantities(ROWS, { nan, absent: 'missing' });
  expect(found.map(({ quantity }) => quantity)).toEqual(expected);
});
