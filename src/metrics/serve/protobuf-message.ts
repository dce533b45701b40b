import { Buffer } from 'node:buffer';

/** How the value of a field stands on the wire. */
const VARINT_WIRE = 0;
export const LENGTH_WIRE = 2;

/** Room that a pod of two containers needs; more is made when it is not enough. */
const FIRST_ROOM_BYTES = 512;

/** A message that is written from its end to its beginning, so that every length is known when its turn comes. */
export class BackwardMessage {
  #bytes: Buffer;
  #at: number;

  /** With room for so much at first. */
  constructor(roomBytes = FIRST_ROOM_BYTES) {
    this.#bytes = Buffer.allocUnsafe(roomBytes);
    this.#at = roomBytes;
  }

  /** Nothing when the text is empty or absent. */
  text(field: number, text: string | undefined): this {
    if (text === undefined || text === '') return this;
    const endBytes = this.writtenBytes;
    if (!this.#writeAscii(text)) {
      const lengthBytes = Buffer.byteLength(text);
      this.#makeRoom(lengthBytes);
      this.#at -= lengthBytes;
      this.#bytes.write(text, this.#at);
    }
    return this.lengthHead(field, this.writtenBytes - endBytes);
  }

  integer(field: number, value: number): this {
    return this.#varint(value).#varint(field * 8 + VARINT_WIRE);
  }

  /** The fields that `write` writes, the last one first. */
  message(field: number, write: () => void): this {
    const endBytes = this.writtenBytes;
    write();
    return this.lengthHead(field, this.writtenBytes - endBytes);
  }

  lengthHead(field: number, lengthBytes: number): this {
    return this.#varint(lengthBytes).#varint(field * 8 + LENGTH_WIRE);
  }

  /** What is written elsewhere already. */
  bytes(bytes: Uint8Array): this {
    this.#makeRoom(bytes.byteLength);
    this.#at -= bytes.byteLength;
    this.#bytes.set(bytes, this.#at);
    return this;
  }

  end(): Uint8Array {
    return this.#bytes.subarray(this.#at);
  }

  /** Names and quantities are short and ASCII: quicker by the letter than by two calls out of the language. */
  #writeAscii(text: string): boolean {
    this.#makeRoom(text.length);
    const start = this.#at - text.length;
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) return false;
      this.#bytes[start + index] = unit;
    }
    this.#at = start;
    return true;
  }

  /** How much is written so far. */
  get writtenBytes(): number {
    return this.#bytes.byteLength - this.#at;
  }

  /** Never negative here; beyond 32 bits by division. */
  #varint(value: number): this {
    if (value < 0x80) {
      this.#makeRoom(1);
      this.#at -= 1;
      this.#bytes[this.#at] = value;
      return this;
    }
    let lengthBytes = 2;
    for (let rest = value; rest >= 0x80 ** 2; rest = Math.floor(rest / 0x80)) lengthBytes += 1;
    this.#makeRoom(lengthBytes);
    this.#at -= lengthBytes;
    let rest = value;
    for (let offset = 0; offset < lengthBytes; offset += 1) {
      this.#bytes[this.#at + offset] = (rest % 0x80) + (offset < lengthBytes - 1 ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
    return this;
  }

  #makeRoom(neededBytes: number): void {
    if (this.#at >= neededBytes) return;
    const written = this.#bytes.subarray(this.#at);
    const larger = Buffer.allocUnsafe((this.#bytes.byteLength + neededBytes) * 2);
    this.#at = larger.byteLength - written.byteLength;
    larger.set(written, this.#at);
    this.#bytes = larger;
  }
}
