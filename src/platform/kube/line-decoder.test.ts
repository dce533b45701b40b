import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineDecoder } from './line-decoder.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a line decoder', () => {
  test('gives the same lines however the bytes are cut', () => {
    const line = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !/[\r\n\uFEFF]/.test(text));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
        const bytes = encode(lines.map((text) => `${text}\n`).join(''));
        const decoder = new LineDecoder(10_000);
        const found: string[] = [];
        let start = 0;
        for (const cut of [...cuts, bytes.length]) {
          found.push(...decoder.push(bytes.slice(start, start + cut)));
          start += cut;
        }
        expect([found, decoder.pendingBytes]).toEqual([lines.map((text) => text.toWellFormed()), 0]);
      }),
    );
  });

  test('empty lines and carriage returns are nothing', () => {
    expect(new LineDecoder(100).push(encode('\n\na\r\n\nb\n'))).toEqual(['a', 'b']);
  });

  test('a line that never ends is refused at its bound, not one byte earlier', () => {
    const decoder = new LineDecoder(10);
    expect(decoder.push(encode('12345'))).toEqual([]);
    expect(decoder.push(encode('67890'))).toEqual([]);
    expect(decoder.pendingBytes).toBe(10);
    expect(() => decoder.push(encode('1'))).toThrow('a line of the watch is longer than 10 bytes');
  });
});
