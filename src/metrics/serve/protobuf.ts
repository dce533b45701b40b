import { Buffer } from 'node:buffer';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
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
  return new Message()
    .message(1, objectMetadata(node, nowMs))
    .message(2, time(node.atMs))
    .message(3, duration(node.windowMs))
    .usage(4, node.usage)
    .end();
}

export function encodePodMetrics(pod: PodMetrics, nowMs: number): Uint8Array {
  const message = new Message()
    .message(1, objectMetadata(pod, nowMs))
    .message(2, time(pod.atMs))
    .message(3, duration(pod.windowMs));
  for (const { name, usage } of pod.containers) message.message(4, new Message().text(1, name).usage(2, usage).end());
  return message.end();
}

/** `PartialObjectMetadata`, and an item of its list. */
export function encodePartialMetadata(of: PodMetrics | NodeMetrics, nowMs: number): Uint8Array {
  return new Message().message(1, objectMetadata(of, nowMs)).end();
}

export function encodeStatus(status: StatusBody): Uint8Array {
  const { details } = status;
  const message = new Message().message(1, EMPTY).text(2, status.status).text(3, status.message).text(4, status.reason);
  if (details !== undefined) {
    const body = new Message().text(1, details.name).text(2, details.group).text(3, details.kind);
    for (const cause of details.causes ?? []) {
      body.message(4, new Message().text(1, cause.reason).text(2, cause.message).text(3, cause.field).end());
    }
    message.message(5, body.end());
  }
  return message.integer(6, status.code).end();
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
  const typeMeta = new Message().text(1, apiVersion).text(2, kind).end();
  return Buffer.concat([MAGIC, new Message().message(1, typeMeta).end(), lengthHead(2, contentBytes)]);
}

function lengthHead(field: number, lengthBytes: number): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, field * 8 + LENGTH_WIRE);
  pushVarint(bytes, lengthBytes);
  return Uint8Array.from(bytes);
}

function objectMetadata(of: PodMetrics | NodeMetrics, nowMs: number): Uint8Array {
  const message = new Message().text(1, of.name).text(3, 'namespace' in of ? of.namespace : '');
  message.message(8, time(nowMs));
  for (const [key, value] of Object.entries(of.labels)) {
    message.message(11, new Message().text(1, key).text(2, value).end());
  }
  return message.end();
}

/** Whole seconds, as in the JSON form, where upstream's have nanoseconds that its own JSON drops. */
function time(atMs: number): Uint8Array {
  return new Message()
    .integer(1, Math.floor(atMs / 1000))
    .integer(2, 0)
    .end();
}

function duration(durationMs: number): Uint8Array {
  return new Message().integer(1, Math.round(durationMs * 1e6)).end();
}

/** A message under construction. */
class Message {
  readonly #bytes: number[] = [];

  /** Nothing when the text is empty or absent. */
  text(field: number, text: string | undefined): this {
    return text === undefined || text === '' ? this : this.message(field, Buffer.from(text));
  }

  integer(field: number, value: number): this {
    pushVarint(this.#bytes, field * 8 + VARINT_WIRE);
    pushVarint(this.#bytes, value);
    return this;
  }

  message(field: number, content: Uint8Array): this {
    pushVarint(this.#bytes, field * 8 + LENGTH_WIRE);
    pushVarint(this.#bytes, content.byteLength);
    for (const byte of content) this.#bytes.push(byte);
    return this;
  }

  /** A map from resource names to quantities. */
  usage(field: number, usage: Readonly<Record<string, string>>): this {
    for (const [name, quantity] of Object.entries(usage)) {
      this.message(field, new Message().text(1, name).message(2, new Message().text(1, quantity).end()).end());
    }
    return this;
  }

  end(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** Never negative here; beyond 32 bits by division. */
function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}
