import { once } from 'node:events';

/** Control characters of what others wrote must not reach a terminal; escaped so, they stay valid in JSON too. */
const CONTROL_CHARACTER = /(?!\n)\p{Cc}/gu;

/** Writes text that may hold words of others; resolves when the stream takes more. */
export async function writeSafely(stream: NodeJS.WritableStream, text: string): Promise<void> {
  const safe = text.replace(
    CONTROL_CHARACTER,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  if (!stream.write(safe)) await once(stream, 'drain');
}
