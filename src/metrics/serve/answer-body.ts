import { Buffer } from 'node:buffer';
import { pipeline, Readable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { ReadingRequest } from '../../platform/http/reading-request.ts';

/** A body in pieces that are made as they are read. */
export interface PiecedBody {
  readonly pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Larger bodies are compressed for those who ask, as upstream's, and are streamed. */
const GZIP_THRESHOLD_BYTES = 128 * 1024;
/**
 * Never compressed, as upstream's lists are not: the HPA controller asks for them, and to compress one takes longer than to
 * make it.
 */
const PLAIN_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';
/**
 * Others go out at once up to here, and are streamed beyond: a stream waits for its reader after each chunk, and whatever
 * else there is to do comes in between.
 */
const AT_ONCE_BYTES = 1024 * 1024;
/** How much is made between two looks at whether the reader has room. */
const CHUNK_BYTES = 64 * 1024;

/**
 * The answer with a body of any size: a small one at once and with its length, a large one as a stream that makes its pieces
 * when the reader takes them, compressed when the request allows it. Never is more of it in memory than a megabyte.
 */
export async function bodyAnswer(request: ReadingRequest, body: PiecedBody): Promise<Response> {
  const chunks = chunksOf(body.pieces);
  const isCompressible = body.headers['content-type'] !== PLAIN_MEDIA_TYPE && acceptsGzip(request);
  const atOnceBytes = isCompressible ? GZIP_THRESHOLD_BYTES : AT_ONCE_BYTES;
  const begun: Uint8Array[] = [];
  let begunBytes = 0;
  while (begunBytes <= atOnceBytes) {
    const { done, value } = await chunks.next();
    if (done === true) {
      return new Response(joined(begun), { status: body.status, headers: body.headers });
    }
    begun.push(value);
    begunBytes += value.byteLength;
  }
  return streamedAnswer(body, withBeginning(begun, chunks), isCompressible);
}

function streamedAnswer(body: PiecedBody, chunks: AsyncGenerator<Uint8Array>, isCompressible: boolean): Response {
  const headers: Record<string, string> = { ...body.headers, 'transfer-encoding': 'chunked' };
  if (!isCompressible) return new Response(streamOf(chunks), { status: body.status, headers });
  headers['content-encoding'] = 'gzip';
  headers['vary'] = 'Accept-Encoding';
  // Upstream's level: the cheapest, a tenth to a third larger.
  const gzip = createGzip({ level: constants.Z_BEST_SPEED });
  // Whoever reads the stream learns of an error there.
  pipeline(Readable.from(chunks, { objectMode: false }), gzip, () => {});
  const compressed = gzip[Symbol.asyncIterator]();
  const both = {
    next: () => compressed.next(),
    return: async () => {
      await compressed.return?.();
      return chunks.return(undefined);
    },
  };
  return new Response(streamOf(both), { status: body.status, headers });
}

/** A stream that asks for a chunk when its reader wants one, and lets go of the rest when the reader goes. */
function streamOf(chunks: AsyncIterator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

type Chunks = Generator<Uint8Array, void, undefined> | AsyncGenerator<Uint8Array, void, undefined>;

/** Pieces that are there at once are put together at once: to wait for each of thousands takes longer than to make it. */
function chunksOf(pieces: PiecedBody['pieces']): Chunks {
  return Symbol.iterator in pieces ? readyChunks(pieces) : awaitedChunks(pieces);
}

function* readyChunks(pieces: Iterable<string | Uint8Array>): Generator<Uint8Array, void, undefined> {
  const chunk = new Chunk();
  for (const piece of pieces) if (chunk.fillsWith(piece)) yield chunk.take();
  if (!chunk.isEmpty) yield chunk.take();
}

async function* awaitedChunks(pieces: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const chunk = new Chunk();
  for await (const piece of pieces) if (chunk.fillsWith(piece)) yield chunk.take();
  if (!chunk.isEmpty) yield chunk.take();
}

/** Pieces that go out together. */
class Chunk {
  #pieces: (string | Uint8Array)[] = [];
  #length = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** Adds a piece; whether there is enough to go out. */
  fillsWith(piece: string | Uint8Array): boolean {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this.#length >= CHUNK_BYTES;
  }

  take(): Uint8Array {
    const bytes = joined(this.#pieces);
    [this.#pieces, this.#length] = [[], 0];
    return bytes;
  }
}

function joined(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first instanceof Uint8Array) return first;
  if (pieces.every((piece) => typeof piece === 'string')) return Buffer.from(pieces.join(''));
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}

async function* withBeginning(begun: readonly Uint8Array[], rest: Chunks): AsyncGenerator<Uint8Array> {
  try {
    yield* begun;
    yield* rest;
  } finally {
    // A reader that goes during the beginning leaves the rest as well.
    await rest.return(undefined);
  }
}

function acceptsGzip(request: ReadingRequest): boolean {
  return (request.headers.get('accept-encoding') ?? '').split(',').some((token) => token.trim() === 'gzip');
}
