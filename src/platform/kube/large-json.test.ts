import { describe, expect, test } from 'vitest';
import { createLargeJsonParser } from './large-json.ts';

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const PADDING = 'ä'.repeat(1_000_000);

describe('the parser of large bodies', () => {
  const rows: readonly { why: string; value: unknown }[] = [
    { why: 'a small body is parsed at once', value: { items: [1, 2] } },
    {
      why: 'a list comes back whole and in order',
      value: { kind: 'PodList', items: Array.from({ length: 9_000 }, (_, index) => ({ index, pad: 'x'.repeat(500) })) },
    },
    {
      why: 'a list of one huge item',
      value: { items: [{ pad: PADDING.repeat(3) }], metadata: { resourceVersion: '1' } },
    },
    { why: 'an empty list beside something huge', value: { items: [], pad: PADDING.repeat(3) } },
    { why: 'no list at all', value: { pad: PADDING.repeat(3) } },
    { why: 'items that are no list', value: { items: null, pad: PADDING.repeat(3) } },
  ];
  for (const row of rows) {
    test(row.why, async () => {
      const parser = createLargeJsonParser();
      expect(await parser.parse(encode(row.value))).toEqual(row.value);
      await parser.close();
    });
  }

  test('broken text is a SyntaxError, and the next body is parsed all the same', async () => {
    const parser = createLargeJsonParser();
    const [broken, sound] = await Promise.allSettled([
      parser.parse(encode(`{"items":["${PADDING.repeat(3)}"`)),
      parser.parse(encode({ items: [PADDING.repeat(3), 1] })),
    ]);
    expect(broken).toMatchObject({ status: 'rejected', reason: expect.any(SyntaxError) });
    expect(sound).toMatchObject({ status: 'fulfilled', value: { items: [expect.any(String), 1] } });
    await parser.close();
  });
});
