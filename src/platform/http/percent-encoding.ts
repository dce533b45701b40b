import { Buffer } from 'node:buffer';

/** Percent-encodes all bytes of the text's UTF-8 but the ASCII characters that are kept. */
export function escapeBytes(text: string, kept: RegExp): string {
  let escaped = '';
  for (const byte of Buffer.from(text)) {
    const character = String.fromCharCode(byte);
    const isKept = byte < 0x80 && kept.test(character);
    escaped += isKept ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}
