import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shortHash } from './short-hash.ts';

it('is the same everywhere and for ever', () => {
  expect([shortHash([]), shortHash(['prod', 'hpa-1', 'up', 1_767_603_620_000])]).toEqual([
    shortHash([]),
    '7c750ca65608b763',
  ]);
});

it('tells where one part ends and the next begins, and a number from its neighbours', () => {
  const all = [['ab', 'c'], ['a', 'bc'], ['abc'], ['a', 'b', 'c'], ['1', '2'], ['12'], [], ['']].map(shortHash);
  expect(new Set(all).size).toBe(all.length);
});

it('law: sixteen digits, and two hundred thousand neighbouring names all differ', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string(), fc.integer())), (parts) => {
      expect(shortHash(parts)).toMatch(/^[0-9a-f]{16}$/);
    }),
  );
  const hashes = new Set<string>();
  const tags = new Set<string>();
  for (let at = 0; at < 200_000; at += 1) {
    const hash = shortHash(['prod', `uid-${at % 2000}`, at % 2 === 0 ? 'up' : 'down', 1_767_603_620_000 + at * 1000]);
    hashes.add(hash);
    tags.add(hash.slice(0, 6));
  }
  expect(hashes.size).toBe(200_000);
  // Of 200,000 evenly spread tags of 24 bits, some 1,190 share one with another.
  expect(200_000 - tags.size).toBeLessThan(1_400);
});
