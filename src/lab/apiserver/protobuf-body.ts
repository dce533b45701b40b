import { Reader } from 'protobufjs/minimal.js';
import { formatMicroTime, formatRfc3339 } from '../../base/rfc3339.ts';
import type { Field, FieldType, Message, SchemaBook } from './schema.ts';
import { messageNamed } from './schema-book.ts';

/** The four bytes that begin every protobuf body of the Kubernetes API. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/** A body that is not what its Content-Type says; answered as 400. */
export class ProtobufBodyError extends Error {
  override readonly name = 'ProtobufBodyError';
}

/**
 * Decodes a body of type `application/vnd.kubernetes.protobuf` into the JSON it stands for. kubectl 1.32 and newer sends
 * such bodies for what its typed clients create and does not fall back to JSON.
 *
 * The envelope is `k8s\0` and a runtime.Unknown: type (apiVersion, kind) and the raw message. `schemaOf` names the
 * message of a type, undefined when the server does not know it. Zero values that upstream leaves out of JSON are left
 * out here too.
 */
export function decodeProtobufBody(
  book: SchemaBook,
  bytes: Uint8Array,
  schemaOf: (apiVersion: string, kind: string) => string | undefined,
): Record<string, unknown> {
  if (bytes.length < MAGIC.length || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw new ProtobufBodyError(
      'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    );
  }
  try {
    const { apiVersion, kind, raw } = readEnvelope(bytes.subarray(MAGIC.length));
    const schema = schemaOf(apiVersion, kind);
    if (schema === undefined)
      throw new ProtobufBodyError(`no kind "${kind}" is registered for version "${apiVersion}"`);
    return { apiVersion, kind, ...readMessage(book, messageNamed(book, schema), Reader.create(raw)) };
  } catch (error) {
    if (error instanceof RangeError) throw new ProtobufBodyError('unexpected EOF');
    throw error;
  }
}

function readEnvelope(bytes: Uint8Array): { apiVersion: string; kind: string; raw: Uint8Array } {
  const envelope: { apiVersion: string; kind: string; raw: Uint8Array } = {
    apiVersion: '',
    kind: '',
    raw: new Uint8Array(),
  };
  const reader = Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) Object.assign(envelope, readTypeMeta(reader.bytes()));
    else if (tag >>> 3 === 2) envelope.raw = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return envelope;
}

function readTypeMeta(bytes: Uint8Array): { apiVersion?: string; kind?: string } {
  const type: { apiVersion?: string; kind?: string } = {};
  const reader = Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) type.apiVersion = reader.string();
    else if (tag >>> 3 === 2) type.kind = reader.string();
    else reader.skipType(tag & 7);
  }
  return type;
}

function readMessage(book: SchemaBook, message: Message, reader: Reader): Record<string, unknown> {
  const byNumber = new Map(Object.entries(message).map(([name, field]) => [field.number, { name, field }]));
  const object: Record<string, unknown> = {};
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const entry = byNumber.get(tag >>> 3);
    if (entry === undefined) reader.skipType(tag & 7);
    else addField(book, object, entry.name, entry.field, reader, tag & 7);
  }
  return object;
}

function addField(
  book: SchemaBook,
  object: Record<string, unknown>,
  name: string,
  field: Field,
  reader: Reader,
  wireType: number,
): void {
  if (field.isInline) {
    Object.assign(object, readValue(book, field.type, reader));
  } else if (field.shape === 'map') {
    const map = (object[name] ?? {}) as Record<string, unknown>;
    object[name] = map;
    readMapEntry(book, map, field.type, Reader.create(reader.bytes()));
  } else if (field.shape === 'list') {
    const list = (object[name] ?? []) as unknown[];
    object[name] = list;
    readListEntries(book, list, field.type, reader, wireType);
  } else {
    const value = readValue(book, field.type, reader);
    if (!isLeftOut(field, value)) object[name] = value;
  }
}

/** Numbers of a list may come packed into one block. */
function readListEntries(book: SchemaBook, list: unknown[], type: FieldType, reader: Reader, wireType: number): void {
  const isPacked = wireType === 2 && (type === 'int32' || type === 'int64' || type === 'bool');
  if (!isPacked) {
    list.push(readValue(book, type, reader));
    return;
  }
  const block = Reader.create(reader.bytes());
  while (block.pos < block.len) list.push(readValue(book, type, block));
}

function readMapEntry(book: SchemaBook, map: Record<string, unknown>, type: FieldType, reader: Reader): void {
  let key = '';
  let value: unknown = typeof type === 'object' ? {} : '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(book, type, reader);
    else reader.skipType(tag & 7);
  }
  map[key] = value;
}

function readValue(book: SchemaBook, type: FieldType, reader: Reader): unknown {
  if (typeof type === 'object') {
    return readMessage(book, messageNamed(book, type.message), Reader.create(reader.bytes()));
  }
  switch (type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'bool':
      return reader.bool();
    case 'int32':
      return reader.int32();
    case 'int64':
      return Number(reader.int64());
    case 'double':
      return reader.double();
    case 'quantity':
      return readNumbered(reader.bytes(), (field, inner) => (field === 1 ? inner.string() : undefined)) ?? '0';
    case 'intOrString':
      return readIntOrString(reader.bytes());
    case 'time':
    case 'microTime':
      return readTime(reader.bytes(), type);
    case 'any':
      return readRaw(reader.bytes());
  }
}

/** The last value that `read` gives for a field of the message, by its number. */
function readNumbered<T>(bytes: Uint8Array, read: (field: number, reader: Reader) => T | undefined): T | undefined {
  const reader = Reader.create(bytes);
  let found: T | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const before = reader.pos;
    const value = read(tag >>> 3, reader);
    if (value !== undefined) found = value;
    else if (reader.pos === before) reader.skipType(tag & 7);
  }
  return found;
}

function readIntOrString(bytes: Uint8Array): number | string {
  const form = { type: 0, number: 0, text: '' };
  readNumbered(bytes, (field, reader) => {
    if (field === 1) form.type = reader.int32();
    else if (field === 2) form.number = reader.int32();
    else if (field === 3) form.text = reader.string();
    return undefined;
  });
  return form.type === 0 ? form.number : form.text;
}

/** The zero time is an empty message: null, as in JSON. */
function readTime(bytes: Uint8Array, type: 'time' | 'microTime'): string | null {
  if (bytes.length === 0) return null;
  let seconds = 0;
  let nanos = 0;
  readNumbered(bytes, (field, reader) => {
    if (field === 1) seconds = Number(reader.int64());
    else if (field === 2) nanos = reader.int32();
    return undefined;
  });
  return type === 'time' ? formatRfc3339(seconds * 1000) : formatMicroTime(seconds * 1000 + nanos / 1e6);
}

/** A RawExtension: JSON that upstream does not look into. */
function readRaw(bytes: Uint8Array): unknown {
  const raw = readNumbered(bytes, (field, reader) => (field === 1 ? reader.bytes() : undefined));
  try {
    return raw === undefined || raw.length === 0 ? null : JSON.parse(new TextDecoder().decode(raw));
  } catch {
    throw new ProtobufBodyError('a raw extension that is not JSON');
  }
}

function isLeftOut(field: Field, value: unknown): boolean {
  if (value === null) return true;
  return field.isOmittedWhenZero === true && (value === '' || value === 0 || value === false);
}
