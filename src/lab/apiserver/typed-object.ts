import { canonicalQuantity } from '../../base/quantity.ts';
import type { Field, FieldType, SchemaBook } from './schema.ts';

/** A value that a field cannot hold, in the words of upstream's decoder. */
export class FieldTypeError extends Error {
  override readonly name = 'FieldTypeError';
}

/** An object read through its schema. */
export interface TypedObject {
  readonly value: Record<string, unknown>;
  /** Paths of fields that the schema does not have, in the order in which they stand. They are not in `value`. */
  readonly unknownFields: readonly string[];
}

/**
 * Reads JSON as upstream's typed decoding and encoding would: unknown fields fall away and are reported, null means
 * absent, quantities take their canonical form, zeros that upstream leaves out are left out, and required fields that
 * are absent get their zero. Throws FieldTypeError for a value of the wrong type.
 */
export function readTyped(book: SchemaBook, messageName: string, value: unknown): TypedObject {
  const reading: Reading = { book, unknownFields: [] };
  return { value: readMessage(reading, messageName, value, ''), unknownFields: reading.unknownFields };
}

interface Reading {
  readonly book: SchemaBook;
  readonly unknownFields: string[];
}

function readMessage(reading: Reading, messageName: string, value: unknown, path: string): Record<string, unknown> {
  const message = reading.book[messageName] ?? {};
  const result: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value as Record<string, unknown>)) {
    const childPath = path === '' ? name : `${path}.${name}`;
    const field = Object.hasOwn(message, name) ? message[name] : undefined;
    if (field === undefined || field.isInline === true) {
      const inlined = inlinedField(reading.book, message, name);
      if (inlined === undefined) reading.unknownFields.push(childPath);
      else place(result, name, inlined, readField(reading, inlined, child, childPath, messageName));
      continue;
    }
    place(result, name, field, readField(reading, field, child, childPath, messageName));
  }
  for (const [name, field] of Object.entries(message)) {
    if (
      field.isRequired === true &&
      field.isInline !== true &&
      field.isPointer !== true &&
      result[name] === undefined
    ) {
      const zero = zeroOf(reading, field, path === '' ? name : `${path}.${name}`);
      if (zero !== undefined) result[name] = zero;
    }
  }
  return result;
}

/** A field of a message that JSON writes into its parent. */
function inlinedField(book: SchemaBook, message: Readonly<Record<string, Field>>, name: string): Field | undefined {
  for (const field of Object.values(message)) {
    if (field.isInline !== true || typeof field.type !== 'object') continue;
    const inner = book[field.type.message];
    if (inner !== undefined && Object.hasOwn(inner, name)) return inner[name];
  }
  return undefined;
}

function place(result: Record<string, unknown>, name: string, field: Field, value: unknown): void {
  if (value === undefined || value === null) return;
  if (field.isOmittedWhenZero === true && (value === '' || value === 0 || value === false)) return;
  if (field.isRequired !== true && field.shape !== undefined && Object.keys(value).length === 0) return;
  result[name] = value;
}

function zeroOf(reading: Reading, field: Field, path: string): unknown {
  if (field.shape !== undefined) return null;
  if (typeof field.type === 'object') return readMessage(reading, field.type.message, {}, path);
  switch (field.type) {
    case 'string':
      return '';
    case 'int32':
    case 'int64':
    case 'double':
      return 0;
    case 'bool':
      return false;
    case 'quantity':
      return '0';
    case 'time':
    case 'microTime':
      return null;
    default:
      return undefined;
  }
}

function readField(reading: Reading, field: Field, value: unknown, path: string, owner: string): unknown {
  if (value === null || value === undefined) return undefined;
  if (field.shape === 'list') {
    if (!Array.isArray(value)) throw typeError(value, owner, path, `[]${goType(field.type)}`);
    return value.map((item, index) => readListItem(reading, field.type, item, `${path}[${index}]`, owner));
  }
  if (field.shape === 'map') {
    if (!isRecord(value)) throw typeError(value, owner, path, `map[string]${goType(field.type)}`);
    const map: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      map[key] =
        item === null
          ? zeroOfItem(field.type)
          : readValue(reading, field.type, item, typeof field.type === 'object' ? `${path}.${key}` : path, owner);
    }
    return map;
  }
  return readValue(reading, field.type, value, path, owner);
}

function readListItem(reading: Reading, type: FieldType, item: unknown, path: string, owner: string): unknown {
  if (item !== null) return readValue(reading, type, item, path, owner);
  return typeof type === 'object' ? readMessage(reading, type.message, {}, path) : zeroOfItem(type);
}

function zeroOfItem(type: FieldType): unknown {
  if (type === 'string' || type === 'bytes') return '';
  if (type === 'int32' || type === 'int64' || type === 'double') return 0;
  return type === 'bool' ? false : null;
}

function readValue(reading: Reading, type: FieldType, value: unknown, path: string, owner: string): unknown {
  if (typeof type === 'object') {
    if (!isRecord(value)) throw typeError(value, owner, path, goType(type));
    return readMessage(reading, type.message, value, path);
  }
  switch (type) {
    case 'any':
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw typeError(value, owner, path, 'bool');
      return value;
    case 'double':
      if (typeof value !== 'number') throw typeError(value, owner, path, 'float64');
      return value;
    case 'int32':
    case 'int64':
      return readInteger(type, value, path, owner);
    case 'quantity':
      return readQuantity(value);
    case 'intOrString':
      if (typeof value !== 'number' && typeof value !== 'string') throw typeError(value, owner, path, 'int32');
      return value;
    default:
      if (typeof value !== 'string') throw typeError(value, owner, path, type === 'bytes' ? '[]uint8' : 'string');
      return value;
  }
}

const INT32_MAX = 2 ** 31 - 1;

function readInteger(type: 'int32' | 'int64', value: unknown, path: string, owner: string): number {
  const isWhole = typeof value === 'number' && Number.isInteger(value);
  if (!isWhole || (type === 'int32' && (value > INT32_MAX || value < -INT32_MAX - 1))) {
    throw typeError(value, owner, path, type);
  }
  return value;
}

function readQuantity(value: unknown): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  const canonical = canonicalQuantity(text);
  if (canonical === undefined) {
    throw new FieldTypeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return canonical;
}

/** `json: cannot unmarshal string into Go struct field HorizontalPodAutoscalerSpec.spec.maxReplicas of type int32` */
function typeError(value: unknown, owner: string, path: string, goTypeText: string): FieldTypeError {
  const structName = owner.slice(owner.lastIndexOf('.') + 1);
  const fieldPath = path.replaceAll(/\[\d+\]/g, '');
  return new FieldTypeError(
    `json: cannot unmarshal ${jsonTypeText(value)} into Go struct field ${structName}.${fieldPath} of type ${goTypeText}`,
  );
}

function jsonTypeText(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) <= INT32_MAX ? 'number' : `number ${value}`;
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goType(type: FieldType): string {
  if (typeof type === 'string') return type === 'double' ? 'float64' : type;
  const [, version, name] = type.message.split('.');
  return `${version}.${name}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
