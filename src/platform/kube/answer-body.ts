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
  parse: async (body) => JSON.parse(UTF8.decode(body)),
};

/** Holds nothing between two whole bodies. */
const UTF8 = new TextDecoder();
