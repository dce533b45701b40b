import { canonicalQuantity, quantityProblem } from '../../base/quantity.ts';
import type { Field, FieldType } from './schema.ts';
import type { JsonFields } from './schema-book.ts';

/** What came of reading an object against its schema. */
export interface FieldCheck {
  /** Without unknown fields and nulls, quantities in canonical form: what is stored. */
  readonly object: Readonly<Record<string, unknown>>;
  /** `unknown field "spec.foo"`, in the order of the document. */
  readonly unknownFields: readonly string[];
  /** The first field of a wrong type, in the words of upstream's decoder; null when there is none. */
  readonly typeError: string | null;
}

/**
 * Reads JSON as upstream's decoder would: what it does not know it reports and drops, what has the wrong type ends it.
 * `messageName` is the whole object's message in the schema book.
 */
export function checkFields(
  fields: JsonFields,
  messageName: string,
  object: Readonly<Record<string, unknown>>,
): FieldCheck {
  const reading: Reading = { fields, unknownFields: [], typeError: null };
  const read = readMessage(reading, messageName, object, { path: '', struct: structName(messageName) });
  return { object: read, unknownFields: reading.unknownFields, typeError: reading.typeError };
}

interface Reading {
  readonly fields: JsonFields;
  readonly unknownFields: string[];
  typeError: string | null;
}

/** Where the reader stands; `struct` is the Go type that upstream's messages name. */
interface Place {
  readonly path: string;
  readonly struct: string;
}

function readMessage(
  reading: Reading,
  messageName: string,
  object: Readonly<Record<string, unknown>>,
  place: Place,
): Record<string, unknown> {
  const message = reading.fields.of(messageName);
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    const path = place.path === '' ? name : `${place.path}.${name}`;
    const field = Object.hasOwn(message, name) ? message[name] : undefined;
    if (field === undefined) {
      reading.unknownFields.push(`unknown field "${path}"`);
    } else if (value !== null && value !== undefined) {
      read[name] = readField(reading, field, value, { path, struct: structName(messageName) });
    }
  }
  return read;
}

function readField(reading: Reading, field: Field, value: unknown, place: Place): unknown {
  if (field.shape === 'list') {
    if (!Array.isArray(value)) return refuse(reading, value, `[]${goType(field.type)}`, place);
    return value.map((entry, index) =>
      readEntry(reading, field.type, entry, { ...place, path: `${place.path}[${index}]` }),
    );
  }
  if (field.shape === 'map') {
    if (!isObject(value)) return refuse(reading, value, `map[string]${goType(field.type)}`, place);
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        readEntry(reading, field.type, entry, { ...place, path: `${place.path}.${key}` }),
      ]),
    );
  }
  return readValue(reading, field.type, value, place);
}

/** A null member of a list or map is the zero value of its type. */
function readEntry(reading: Reading, type: FieldType, value: unknown, place: Place): unknown {
  if (value !== null) return readValue(reading, type, value, place);
  if (typeof type === 'object') return {};
  return ZERO_VALUES[type];
}

const ZERO_VALUES: Readonly<Record<Exclude<FieldType, object>, unknown>> = {
  string: '',
  int32: 0,
  int64: 0,
  double: 0,
  bool: false,
  bytes: '',
  quantity: '0',
  intOrString: 0,
  time: null,
  microTime: null,
  any: null,
};

function readValue(reading: Reading, type: FieldType, value: unknown, place: Place): unknown {
  if (typeof type === 'object') {
    if (!isObject(value)) return refuse(reading, value, goType(type), place);
    return readMessage(reading, type.message, value, place);
  }
  switch (type) {
    case 'any':
      return value;
    case 'string':
    case 'bytes':
      return typeof value === 'string' ? value : refuse(reading, value, type === 'bytes' ? '[]uint8' : 'string', place);
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(reading, value, 'bool', place);
    case 'double':
      return typeof value === 'number' ? value : refuse(reading, value, 'float64', place);
    case 'int32':
    case 'int64':
      return readInteger(reading, type, value, place);
    case 'quantity':
      return readQuantity(reading, value);
    case 'intOrString':
      return typeof value === 'string' || Number.isInteger(value)
        ? value
        : refuse(reading, value, 'intstr.IntOrString', place);
    case 'time':
    case 'microTime':
      return readTime(reading, value, place);
  }
}

function readInteger(reading: Reading, type: 'int32' | 'int64', value: unknown, place: Place): unknown {
  if (typeof value !== 'number') return refuse(reading, value, type, place);
  const isInRange = type === 'int64' || (value >= -(2 ** 31) && value < 2 ** 31);
  return Number.isInteger(value) && isInRange ? value : refuse(reading, value, type, place, `number ${value}`);
}

function readQuantity(reading: Reading, value: unknown): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') {
    return fail(reading, "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }
  const text = String(value);
  const problem = quantityProblem(text);
  return problem === undefined ? (canonicalQuantity(text) ?? text) : fail(reading, problem);
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function readTime(reading: Reading, value: unknown, place: Place): unknown {
  if (typeof value !== 'string') return refuse(reading, value, 'string', place);
  if (RFC_3339.test(value)) return value;
  return fail(reading, `parsing time "${value}" as "2006-01-02T15:04:05Z07:00": cannot parse "${value}" as "2006"`);
}

function refuse(reading: Reading, value: unknown, type: string, place: Place, kind = jsonKind(value)): undefined {
  return fail(
    reading,
    `json: cannot unmarshal ${kind} into Go struct field ${place.struct}.${place.path.replace(/\[\d+\]/g, '')} of type ${type}`,
  );
}

function fail(reading: Reading, message: string): undefined {
  reading.typeError ??= message;
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** How Go prints a field's type: `int32`, `v1.ObjectMeta`. */
function goType(type: FieldType): string {
  if (typeof type !== 'object') return type === 'bytes' ? '[]uint8' : type === 'double' ? 'float64' : type;
  const [, version = '', name = ''] = type.message.split('.');
  return `${version}.${name}`;
}

function structName(messageName: string): string {
  return messageName.slice(messageName.lastIndexOf('.') + 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
