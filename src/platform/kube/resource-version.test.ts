import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareResourceVersions, isNewerVersion } from './resource-version.ts';

describe('resource versions', () => {
  test('are ordered as the numbers they are, of any length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 70n }), fc.bigInt({ min: 0n, max: 2n ** 70n }), (left, right) => {
        const order = compareResourceVersions(String(left), String(right)) ?? Number.NaN;
        expect(Math.sign(order)).toBe(left < right ? -1 : left > right ? 1 : 0);
      }),
    );
  });

  const rows: readonly { why: string; left: string; right: string | undefined; isNewer: boolean }[] = [
    { why: 'a longer number', left: '10', right: '9', isNewer: true },
    { why: 'the same', left: '9', right: '9', isNewer: false },
    { why: 'anything after nothing', left: '1', right: undefined, isNewer: true },
    { why: 'nothing after nothing', left: '', right: undefined, isNewer: false },
    { why: 'what is no number has no order', left: 'abc', right: '9', isNewer: false },
    { why: 'nor has one with leading zeros', left: '010', right: '9', isNewer: false },
  ];
  for (const row of rows) test(row.why, () => expect(isNewerVersion(row.left, row.right)).toBe(row.isNewer));
});
