import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { readFailure } from '../processes/read-failure.ts';

/**
 * The text of a file, or of standard input (`-`), up to so many bytes; what is longer is cut a little behind them, for
 * whoever reads it to notice. Throws Failure: `notFound`, `denied` or `invalid`.
 */
export async function readWhole(file: string, stdin: NodeJS.ReadableStream, bytesMax: number): Promise<string> {
  const source = file === '-' ? (stdin as Readable) : createReadStream(file);
  const chunks: Buffer[] = [];
  let byteCount = 0;
  try {
    for await (const chunk of source) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      byteCount += bytes.length;
      if (byteCount > bytesMax) break;
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (thrown) {
    throw readFailure(file === '-' ? 'standard input' : file, thrown);
  } finally {
    source.destroy();
  }
}
