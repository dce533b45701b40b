import { Buffer } from 'node:buffer';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import type { StatusBody } from './answer.ts';

/**
 * The protobuf form of the few types that these APIs have, as upstream's generated code reads it. Field numbers are those
 * of k8s.io/metrics and k8s.io/apimachinery; empty fields are left out, which upstream's readers take for empty.
 */

/** What every body begins with. */
const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** An object in its envelope. */
export function protobufBody(apiVersion: string, kind: string, message: Uint8Array): Uint8Array {
  return Buffer.concat([envelopeStart(apiVersion, kind, message.byteLength), message, ENVELOPE_END]);
}

/** A list whose items are encoded already: the pieces of its body in order. */
export function* protobufListPieces(
  apiVersion: string,
  kind: string,
  items: readonly Uint8Array[],
): Generator<Uint8Array> {
  const heads = items.map((item) => lengthHead(LIST_ITEMS_FIELD, item.byteLength));
  const contentBytes = items.reduce((sum, item, index) => sum + item.byteLength + (heads[index]?.byteLength ?? 0), 0);
  yield envelopeStart(apiVersion, kind, EMPTY_LIST_METADATA.byteLength + contentBytes);
  yield EMPTY_LIST_METADATA;
  for (const [index, item] of items.entries()) {
    yield heads[index] ?? EMPTY;
    yield item;
  }
  yield ENVELOPE_END;
}

export function encodeNodeMetrics(node: NodeMetrics, nowMs: number): Uint8Array {
  const message = new BackwardMessage();
  writeUsage(message, 4, node.usage);
  writeSample(message, node, nowMs);
  return message.end();
}

export function encodePodMetrics(pod: PodMetrics, nowMs: number): Uint8Array {
  const message = new BackwardMessage();
  for (const { name, usage } of pod.containers.toReversed()) {
    message.message(4, () => {
      writeUsage(message, 2, usage);
      message.text(1, name);
    });
  }
  writeSample(message, pod, nowMs);
  return message.end();
}

/** `PartialObjectMetadata`, and an item of its list. */
export function encodePartialMetadata(of: PodMetrics | NodeMetrics, nowMs: number): Uint8Array {
  const message = new BackwardMessage();
  writeMetadata(message, of, nowMs);
  return message.end();
}

export function encodeStatus(status: StatusBody): Uint8Array {
  const { details } = status;
  const message = new BackwardMessage();
  message.integer(6, status.code);
  if (details !== undefined) {
    message.message(5, () => {
      for (const cause of (details.causes ?? []).toReversed()) {
        message.message(4, () => message.text(3, cause.field).text(2, cause.message).text(1, cause.reason));
      }
      message.text(3, details.kind).text(2, details.group).text(1, details.name);
    });
  }
  message.text(4, status.reason).text(3, status.message).text(2, status.status);
  return message.message(1, () => {}).end();
}

const EMPTY = new Uint8Array();
const VARINT_WIRE = 0;
const LENGTH_WIRE = 2;
/** Of every list: its metadata is field 1, its items are field 2. */
const LIST_ITEMS_FIELD = 2;
const EMPTY_LIST_METADATA = Buffer.from([(1 << 3) | LENGTH_WIRE, 0]);
/** No content encoding and no content type. */
const ENVELOPE_END = Buffer.from([(3 << 3) | LENGTH_WIRE, 0, (4 << 3) | LENGTH_WIRE, 0]);

function envelopeStart(apiVersion: string, kind: string, contentBytes: number): Uint8Array {
  const start = new BackwardMessage();
  start.lengthHead(2, contentBytes);
  start.message(1, () => start.text(2, kind).text(1, apiVersion));
  return Buffer.concat([MAGIC, start.end()]);
}

function lengthHead(field: number, lengthBytes: number): Uint8Array {
  return new BackwardMessage().lengthHead(field, lengthBytes).end();
}

function writeSample(message: BackwardMessage, of: PodMetrics | NodeMetrics, nowMs: number): void {
  message.message(3, () => message.integer(1, Math.round(of.windowMs * 1e6)));
  writeTime(message, 2, of.atMs);
  writeMetadata(message, of, nowMs);
}

function writeMetadata(message: BackwardMessage, of: PodMetrics | NodeMetrics, nowMs: number): void {
  message.message(1, () => {
    for (const [key, value] of Object.entries(of.labels).reverse()) {
      message.message(11, () => message.text(2, value).text(1, key));
    }
    writeTime(message, 8, nowMs);
    message.text(3, 'namespace' in of ? of.namespace : '').text(1, of.name);
  });
}

/** Whole seconds, as in the JSON form; of the zero time nothing. */
function writeTime(message: BackwardMessage, field: number, atMs: number): void {
  const seconds = Math.floor(atMs / 1000);
  message.message(field, () => (atMs === ZERO_TIME_MS ? message : message.integer(2, 0).integer(1, seconds)));
}

/** A map from resource names to quantities. */
function writeUsage(message: BackwardMessage, field: number, usage: Readonly<Record<string, string>>): void {
  for (const [name, quantity] of Object.entries(usage).reverse()) {
    message.message(field, () => message.message(2, () => message.text(1, quantity)).text(1, name));
  }
}

/** Room that a pod of two containers needs; more is made when it is not enough. */
const FIRST_ROOM_BYTES = 512;

/** A message that is written from its end to its beginning, so that every length is known when its turn comes. */
class BackwardMessage {
  #bytes = Buffer.allocUnsafe(FIRST_ROOM_BYTES);
  #at = FIRST_ROOM_BYTES;

  /** Nothing when the text is empty or absent. */
  text(field: number, text: string | undefined): this {
    if (text === undefined || text === '') return this;
    const endBytes = this.#writtenBytes();
    if (!this.#writeAscii(text)) {
      const lengthBytes = Buffer.byteLength(text);
      this.#makeRoom(lengthBytes);
      this.#at -= lengthBytes;
      this.#bytes.write(text, this.#at);
    }
    return this.lengthHead(field, this.#writtenBytes() - endBytes);
  }

  integer(field: number, value: number): this {
    return this.#varint(value).#varint(field * 8 + VARINT_WIRE);
  }

  /** The fields that `write` writes, the last one first. */
  message(field: number, write: () => void): this {
    const endBytes = this.#writtenBytes();
    write();
    return this.lengthHead(field, this.#writtenBytes() - endBytes);
  }

  lengthHead(field: number, lengthBytes: number): this {
    return this.#varint(lengthBytes).#varint(field * 8 + LENGTH_WIRE);
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

  #writtenBytes(): number {
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
