import { Failure } from '../../base/failure.ts';

/**
 * Cuts a stream of chunks into lines at `\n`, however the chunks fall: characters of several bytes may be split anywhere.
 * Empty lines are dropped; what stands after the last newline is kept for the next chunk.
 */
export class LineDecoder {
  readonly #lineBytesMax: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** The lines that this chunk completes. Throws Failure('unavailable') when a line is longer than allowed. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      const line = this.#take();
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    if (start < chunk.byteLength) this.#keep(chunk.slice(start));
    return lines;
  }

  /** Bytes of an unfinished line; more than 0 at the end of a stream means that it was cut off. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  #keep(part: Uint8Array): void {
    this.#pendingBytes += part.byteLength;
    if (this.#pendingBytes > this.#lineBytesMax) {
      throw new Failure('unavailable', `a line of the watch is longer than ${this.#lineBytesMax} bytes`);
    }
    if (part.byteLength > 0) this.#pending.push(part);
  }

  #take(): string {
    const [first] = this.#pending;
    const line =
      this.#pending.length === 1 ? UTF8.decode(first) : UTF8.decode(joined(this.#pending, this.#pendingBytes));
    this.#pending = [];
    this.#pendingBytes = 0;
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}

const NEWLINE = 0x0a;
const UTF8 = new TextDecoder();

function joined(parts: readonly Uint8Array[], lengthBytes: number): Uint8Array {
  const whole = new Uint8Array(lengthBytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.byteLength;
  }
  return whole;
}
