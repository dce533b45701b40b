import protobuf from 'protobufjs/minimal.js';
import type { Field, FieldType, SchemaBook } from './schema.ts';

/** A protobuf body that is none, or of a kind that the book does not know. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** The envelope of every protobuf body: what it is, and its message. */
export interface ProtobufEnvelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** `k8s` and a zero byte, before the envelope. */
const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/** How deep messages may nest, so that a hostile body ends as an error. */
const DEPTH_MAX = 64;

/** Opens the envelope `runtime.Unknown`. Throws ProtobufError. */
export function openEnvelope(body: Uint8Array): ProtobufEnvelope {
  if (MAGIC.some((byte, index) => body[index] !== byte)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  return guarded(() => {
    let apiVersion = '';
    let kind = '';
    let raw: Uint8Array = new Uint8Array();
    eachField(body.subarray(MAGIC.length), (number, reader) => {
      if (number === 1) {
        eachField(reader.bytes(), (inner, typeReader) => {
          if (inner === 1) apiVersion = typeReader.string();
          else if (inner === 2) kind = typeReader.string();
          else return false;
          return true;
        });
      } else if (number === 2) raw = reader.bytes();
      else return false;
      return true;
    });
    return { apiVersion, kind, raw };
  });
}

/**
 * Decodes a message of the book into the JSON that it stands for. Empty strings, zeros and empty messages come as they
 * are on the wire: kubectl writes them for fields that nobody set. Unknown fields are skipped. Throws ProtobufError.
 */
export function decodeMessage(book: SchemaBook, messageName: string, bytes: Uint8Array): Record<string, unknown> {
  return guarded(() => decode(book, messageName, bytes, 0));
}

function guarded<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof ProtobufError) throw thrown;
    throw new ProtobufError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function eachField(bytes: Uint8Array, visit: (number: number, reader: protobuf.Reader) => boolean): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!visit(tag >>> 3, reader)) reader.skipType(tag & 7);
  }
}

function decode(book: SchemaBook, messageName: string, bytes: Uint8Array, depth: number): Record<string, unknown> {
  const message = book[messageName];
  if (message === undefined) throw new ProtobufError(`no schema of ${messageName}`);
  if (depth > DEPTH_MAX) throw new ProtobufError('messages nest too deeply');
  const byNumber = new Map(Object.entries(message).map(([name, field]) => [field.number, { name, field }]));
  const value: Record<string, unknown> = {};
  eachField(bytes, (number, reader) => {
    const entry = byNumber.get(number);
    if (entry === undefined) return false;
    readField(book, entry.name, entry.field, reader, value, depth);
    return true;
  });
  return value;
}

function readField(
  book: SchemaBook,
  name: string,
  field: Field,
  reader: protobuf.Reader,
  into: Record<string, unknown>,
  depth: number,
): void {
  if (field.isInline === true && typeof field.type === 'object') {
    Object.assign(into, decode(book, field.type.message, reader.bytes(), depth + 1));
  } else if (field.shape === 'map') {
    const [key, value] = readEntry(book, field.type, reader.bytes(), depth);
    into[name] = { ...(into[name] as object | undefined), [key]: value };
  } else if (field.shape === 'list') {
    const list = (into[name] as unknown[] | undefined) ?? [];
    list.push(readValue(book, field.type, reader, depth));
    into[name] = list;
  } else {
    into[name] = readValue(book, field.type, reader, depth);
  }
}

function readEntry(book: SchemaBook, type: FieldType, bytes: Uint8Array, depth: number): [string, unknown] {
  let key = '';
  let value: unknown = typeof type === 'object' ? {} : '';
  eachField(bytes, (number, reader) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = readValue(book, type, reader, depth);
    else return false;
    return true;
  });
  return [key, value];
}

function readValue(book: SchemaBook, type: FieldType, reader: protobuf.Reader, depth: number): unknown {
  if (typeof type === 'object') return decode(book, type.message, reader.bytes(), depth + 1);
  switch (type) {
    case 'string':
      return reader.string();
    case 'int32':
      return reader.int32();
    case 'int64':
      return Number(reader.int64());
    case 'double':
      return reader.double();
    case 'bool':
      return reader.bool();
    case 'bytes':
      return Buffer.from(reader.bytes()).toString('base64');
    case 'quantity':
      return readQuantity(reader.bytes());
    case 'intOrString':
      return readIntOrString(reader.bytes());
    case 'time':
    case 'microTime':
      return readTime(reader.bytes(), type === 'microTime');
    case 'any':
      return readAny(reader.bytes());
  }
}

function readQuantity(bytes: Uint8Array): string {
  let text = '0';
  eachField(bytes, (number, reader) => {
    if (number !== 1) return false;
    text = reader.string();
    return true;
  });
  return text;
}

function readIntOrString(bytes: Uint8Array): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  eachField(bytes, (field, reader) => {
    if (field === 1) isText = Number(reader.int64()) === 1;
    else if (field === 2) number = reader.int32();
    else if (field === 3) text = reader.string();
    else return false;
    return true;
  });
  return isText ? text : number;
}

/** Null for the empty message, which stands for the zero time. */
function readTime(bytes: Uint8Array, hasMicros: boolean): string | null {
  let seconds = 0;
  let nanos = 0;
  eachField(bytes, (field, reader) => {
    if (field === 1) seconds = Number(reader.int64());
    else if (field === 2) nanos = reader.int32();
    else return false;
    return true;
  });
  if (seconds === 0 && nanos === 0) return null;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return hasMicros ? `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : `${text}Z`;
}

/** RawExtension and its like: JSON in a field of bytes. */
function readAny(bytes: Uint8Array): unknown {
  let value: unknown = null;
  eachField(bytes, (number, reader) => {
    if (number !== 1) return false;
    const text = Buffer.from(reader.bytes()).toString('utf8');
    value = text === '' ? null : JSON.parse(text);
    return true;
  });
  return value;
}
