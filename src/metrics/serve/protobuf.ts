import { Buffer } from 'node:buffer';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NodeMetrics, PodMetrics } from '../source/port.ts';
import { ZERO_TIME_MS } from '../source/wire.ts';
import type { StatusBody } from './answer.ts';
import { BackwardMessage, LENGTH_WIRE } from './protobuf-message.ts';

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

/** How an item of a list is written, whatever it stands in. */
export type WriteItem<Item> = (message: BackwardMessage, item: Item) => void;

/**
 * The body of a list. A message is written from its end, so the whole of it is there before its first byte goes out; after
 * each `sliceCount` items others have their turn.
 */
export async function protobufListBody<Item>(list: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly items: readonly Item[];
  readonly write: WriteItem<Item>;
}): Promise<Uint8Array> {
  const { items, write } = list;
  const message = new BackwardMessage(Math.max(items.length, 1) * ITEM_ROOM_BYTES);
  message.bytes(ENVELOPE_END);
  const endBytes = message.writtenBytes;
  for (let index = items.length - 1; index >= 0; index -= 1) {
    message.message(LIST_ITEMS_FIELD, () => write(message, items[index] as Item));
    if (index > 0 && index % SLICE_COUNT === 0) await nextTurn();
  }
  message.bytes(EMPTY_LIST_METADATA);
  message.lengthHead(2, message.writtenBytes - endBytes);
  message.message(1, () => message.text(2, list.kind).text(1, list.apiVersion));
  return message.bytes(MAGIC).end();
}

/** A message that `write` writes alone. */
export function encoded(write: (message: BackwardMessage) => void): Uint8Array {
  const message = new BackwardMessage();
  write(message);
  return message.end();
}

export function writeNodeMetrics(message: BackwardMessage, node: NodeMetrics, nowMs: number): void {
  writeUsage(message, 4, node.usage);
  writeSample(message, node, nowMs);
}

export function writePodMetrics(message: BackwardMessage, pod: PodMetrics, nowMs: number): void {
  for (let index = pod.containers.length - 1; index >= 0; index -= 1) {
    const container = pod.containers[index];
    if (container === undefined) continue;
    message.message(4, () => {
      writeUsage(message, 2, container.usage);
      message.text(1, container.name);
    });
  }
  writeSample(message, pod, nowMs);
}

/** `PartialObjectMetadata`, and an item of its list. */
export function writePartialMetadata(message: BackwardMessage, of: PodMetrics | NodeMetrics, nowMs: number): void {
  writeMetadata(message, of, nowMs);
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

/** Room for a pod of two containers; more is made where it is not enough. */
const ITEM_ROOM_BYTES = 256;
/** How many objects are encoded before others have their turn. */
const SLICE_COUNT = 500;
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
export function writeTime(message: BackwardMessage, field: number, atMs: number): void {
  const seconds = Math.floor(atMs / 1000);
  message.message(field, () => (atMs === ZERO_TIME_MS ? message : message.integer(2, 0).integer(1, seconds)));
}

/** A map from resource names to quantities. */
function writeUsage(message: BackwardMessage, field: number, usage: Readonly<Record<string, string>>): void {
  for (const [name, quantity] of Object.entries(usage).reverse()) {
    message.message(field, () => message.message(2, () => message.text(1, quantity)).text(1, name));
  }
}
