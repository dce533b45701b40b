import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SCENARIO_LINE_BYTES_MAX } from '../../base/limits.ts';
import { readFailure } from '../processes/read-failure.ts';

/** A line of a file with its number from 1. The text is null when the line is longer than the limit. */
export interface NumberedLine {
  readonly number: number;
  readonly text: string | null;
}

/**
 * The lines of a file, of standard input (`-`) or of either of them gzipped, one at a time, whatever the size of the whole.
 * Throws Failure: `notFound`, `denied` or `invalid` (a broken gzip stream).
 */
export async function* readLines(file: string, stdin: NodeJS.ReadableStream): AsyncGenerator<NumberedLine> {
  const source = file === '-' ? (stdin as Readable) : createReadStream(file);
  try {
    yield* splitLines(unpacked(source));
  } catch (thrown) {
    throw readFailure(file === '-' ? 'standard input' : file, thrown);
  } finally {
    source.destroy();
  }
}

const GZIP_MAGIC = [0x1f, 0x8b];

/** Goes by the first two bytes rather than by the name, so that a gzipped standard input is understood too. */
async function* unpacked(source: Readable): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const start = Buffer.from(first.value);
  const rest = joined(start, chunks);
  if (!GZIP_MAGIC.every((byte, index) => start[index] === byte)) {
    yield* rest;
    return;
  }
  const gunzip = createGunzip();
  const feeding = feed(rest, gunzip);
  yield* gunzip;
  await feeding;
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer | string>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield Buffer.from(next.value);
}

async function feed(chunks: AsyncIterable<Buffer>, gunzip: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const chunk of chunks) {
      if (!gunzip.write(chunk)) await new Promise((resolve) => gunzip.once('drain', resolve));
    }
    gunzip.end();
  } catch (thrown) {
    gunzip.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}

const NEWLINE = 0x0a;

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<NumberedLine> {
  let parts: Buffer[] = [];
  let byteCount = 0;
  let number = 1;
  const take = (last: Buffer): NumberedLine => {
    const isTooLong = byteCount + last.length > SCENARIO_LINE_BYTES_MAX;
    const text = isTooLong ? null : Buffer.concat([...parts, last]).toString('utf8');
    parts = [];
    byteCount = 0;
    return { number: number++, text };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield take(chunk.subarray(start, end));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    byteCount += rest.length;
    if (byteCount <= SCENARIO_LINE_BYTES_MAX) parts.push(rest);
    else parts = [];
  }
  if (byteCount > 0) yield take(Buffer.alloc(0));
}
