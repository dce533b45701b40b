import { expect, test } from 'vitest';
import { nameFraction } from './name-fraction.ts';

test('names that differ at the end only are spread evenly', () => {
  const perTenth = new Array<number>(10).fill(0);
  for (let index = 0; index < 10_000; index += 1) {
    const tenth = Math.floor(nameFraction(`shop/web-${index}`) * 10);
    perTenth[tenth] = (perTenth[tenth] ?? 0) + 1;
  }
  expect(perTenth.length).toBe(10);
  expect(Math.min(...perTenth)).toBeGreaterThan(900);
  expect(Math.max(...perTenth)).toBeLessThan(1_100);
});
