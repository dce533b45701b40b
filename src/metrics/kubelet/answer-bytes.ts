import { KUBELET_ANSWER_BYTES_MAX, KUBELET_REFUSAL_BYTES_MAX } from '../../base/limits.ts';
import { ScrapeFailure } from './scrape-failure.ts';

/** The whole answer of a kubelet; throws ScrapeFailure for one beyond the bound. */
export async function readAnswer(body: AsyncIterable<Uint8Array>, nodeName: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let lengthBytes = 0;
  for await (const chunk of body) {
    lengthBytes += chunk.byteLength;
    if (lengthBytes > KUBELET_ANSWER_BYTES_MAX) {
      throw new ScrapeFailure(nodeName, { code: 'TooLarge', bytesMax: KUBELET_ANSWER_BYTES_MAX });
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, lengthBytes);
}

/** The beginning of a refusal, as text; what follows is not waited for. */
export async function readRefusal(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = '';
  for await (const chunk of body) {
    text += Buffer.from(chunk).toString('utf8');
    if (text.length >= KUBELET_REFUSAL_BYTES_MAX) break;
  }
  return text.slice(0, KUBELET_REFUSAL_BYTES_MAX);
}
