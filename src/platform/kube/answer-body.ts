import { Failure } from '../../base/failure.ts';

/** Reads a whole body, at most `bytesMax` of it. Throws Failure('unavailable') for a larger one. */
export async function readBody(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of body) {
    lengthBytes += chunk.byteLength;
    if (lengthBytes > bytesMax) throw new Failure('unavailable', `answer is larger than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  if (chunks.length === 1 && chunks[0] !== undefined) return chunks[0];
  const whole = new Uint8Array(lengthBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

/** Reads what a message may quote of a refusal's body; the rest is read and dropped, so that the connection stays usable. */
export async function readRefusalText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let lengthBytes = 0;
  for await (const chunk of body) {
    lengthBytes += chunk.byteLength;
    if (lengthBytes > REFUSAL_BODY_BYTES_MAX) break;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Largest Status that is read: an invalid object with many causes stays far below. */
const REFUSAL_BODY_BYTES_MAX = 1024 * 1024;

/** Turns a JSON body into a value, wherever that happens. Rejects with SyntaxError. */
export interface JsonParser {
  parse(body: Uint8Array): Promise<unknown>;
}

/** Parses in the calling thread. */
export const INLINE_JSON_PARSER: JsonParser = {
  parse: async (body) => JSON.parse(new TextDecoder().decode(body)),
};
