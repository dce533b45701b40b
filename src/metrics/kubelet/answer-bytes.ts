import { pipeline, Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGunzip, gunzip, gunzipSync } from 'node:zlib';
import { KUBELET_ANSWER_BYTES_MAX, KUBELET_REFUSAL_BYTES_MAX } from '../../base/limits.ts';
import { bodyFailure } from '../../platform/http/connection-failure.ts';
import { ScrapeFailure } from './scrape-failure.ts';

/** The whole answer of a kubelet; throws ScrapeFailure for one beyond the bound. */
export async function readAnswer(body: AsyncIterable<Uint8Array>, nodeName: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of body) {
    lengthBytes += chunk.byteLength;
    if (lengthBytes > KUBELET_ANSWER_BYTES_MAX) throw tooLarge(nodeName);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, lengthBytes);
}

/**
 * What was compressed, whole: a stream for each of thousands of answers would take several times as long. Throws
 * ScrapeFailure beyond the bound, and Failure as a broken body does for what is cut or no gzip.
 */
export async function decompressAnswer(bytes: Uint8Array, nodeName: string): Promise<Uint8Array> {
  const options = { maxOutputLength: KUBELET_ANSWER_BYTES_MAX, chunkSize: expectedBytes(bytes) };
  try {
    return bytes.byteLength <= AT_ONCE_BYTES_MAX ? gunzipSync(bytes, options) : await decompress(bytes, options);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(nodeName);
    throw bodyFailure(thrown);
  }
}

/** The beginning of a refusal, as text; what follows is not waited for. */
export async function readRefusal(body: AsyncIterable<Uint8Array>, isCompressed = false): Promise<string> {
  const plain = isCompressed ? pipeline(Readable.from(body), createGunzip(), () => {}) : body;
  let text = '';
  for await (const chunk of plain) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length >= KUBELET_REFUSAL_BYTES_MAX) break;
  }
  return text.slice(0, KUBELET_REFUSAL_BYTES_MAX);
}

const decompress = promisify(gunzip);

/** Larger ones are decompressed on another thread: beyond some hundred pods, or by somebody who means harm. */
const AT_ONCE_BYTES_MAX = 64 * 1024;

/** What zlib is to make room for at first, within its own bounds: a gzip file ends with its length, if it tells the truth. */
function expectedBytes(bytes: Uint8Array): number {
  const { buffer, byteOffset, byteLength } = bytes;
  const saidBytes = byteLength < 4 ? 0 : new DataView(buffer, byteOffset + byteLength - 4).getUint32(0, true);
  return Math.min(Math.max(saidBytes + 1, 1024), 16 * bytes.byteLength + 1024);
}

function tooLarge(nodeName: string): ScrapeFailure {
  return new ScrapeFailure(nodeName, { code: 'TooLarge', bytesMax: KUBELET_ANSWER_BYTES_MAX });
}
