import { createHash } from 'node:crypto';
import type { ReadingRequest } from '../../platform/http/reading-request.ts';
import { bodyAnswer } from './answer-body.ts';

/** A text that its readers keep. */
export interface KeptText {
  readonly text: string | Uint8Array;
  /** From tagOf, without quotes. */
  readonly tag: string;
}

/** A document that its readers keep. */
interface TaggedDocument extends KeptText {
  readonly headers: Readonly<Record<string, string>>;
}

/** The tag of a text, as upstream makes it: SHA-512 in upper-case hexadecimal. */
export function tagOf(text: string | Uint8Array): string {
  return createHash('sha512').update(text).digest('hex').toUpperCase();
}

/** The document, or 304 for those who have it already. */
export async function taggedAnswer(request: ReadingRequest, { text, tag, headers }: TaggedDocument): Promise<Response> {
  const etag = `"${tag}"`;
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) {
    return new Response(null, { status: 304, headers: { ...headers, etag } });
  }
  return bodyAnswer(request, { pieces: [text], status: 200, headers: { ...headers, etag } });
}
