import { formatQuantity, parseQuantity, quantityProblem } from '../../base/quantity.ts';
import { parseRfc3339 } from '../../base/rfc3339.ts';
import type { HorizontalPodAutoscaler } from './types.ts';
import { HPA_V2 } from './v2-shape.ts';
import { type StructShape, type WireField, type WireShape, zeroOf } from './wire-shape.ts';

/** The value with known fields only, or why upstream's decoder refuses it. */
export type Decoded<T> =
  | { readonly kind: 'decoded'; readonly value: T }
  /** `message` is upstream's; `path` is ours, with indexes (`spec.metrics[0].type`). */
  | { readonly kind: 'refused'; readonly message: string; readonly path: string };

/**
 * Reads any value as an HPA of `autoscaling/v2` as the API server's decoder does: unknown fields are dropped, null
 * counts as absent, quantities become canonical, and an unreadable quantity or time, else the first wrong type in the
 * order written refuses it all. Of what it returns, validation and the rest can be sure that every field has its type; lists that are explicitly empty stay.
 */
export function decodeHpa(value: unknown): Decoded<HorizontalPodAutoscaler> {
  return decode(HPA_V2, value) as Decoded<HorizontalPodAutoscaler>;
}

/** Reads any value as `shape`. `ignoresCase` takes keys in any casing, as Go's own decoder of JSON does. */
export function decode(shape: WireShape, value: unknown, options: { ignoresCase?: boolean } = {}): Decoded<unknown> {
  try {
    const wrongTypes: DecodeProblem[] = [];
    const place = { structName: '', keys: '', path: '', ignoresCase: options.ignoresCase ?? false, wrongTypes };
    const decoded = decodeValue(shape, value, place);
    const [first] = wrongTypes;
    if (first !== undefined) return { kind: 'refused', message: first.message, path: first.path };
    return { kind: 'decoded', value: decoded };
  } catch (thrown) {
    if (thrown instanceof DecodeProblem) return { kind: 'refused', message: thrown.message, path: thrown.path };
    throw thrown;
  }
}

/** Leaves the recursion; never leaves this file. */
class DecodeProblem extends Error {
  readonly path: string;

  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

/** Where the decoder is: in Go's words (innermost struct and keys without indexes) and in ours. */
interface Place {
  readonly structName: string;
  readonly keys: string;
  readonly path: string;
  readonly ignoresCase: boolean;
  /** Go reads on after a wrong type and reports the first one at the end; an unreadable quantity or time ends it at once. */
  readonly wrongTypes: DecodeProblem[];
}

function decodeValue(shape: WireShape, value: unknown, place: Place): unknown {
  if (value === undefined || value === null) return zeroOf(shape);
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string' ? value : refuse(shape, value, place);
    case 'bool':
      return typeof value === 'boolean' ? value : refuse(shape, value, place);
    case 'int32':
    case 'int64':
      return decodeInteger(shape, value, place);
    case 'quantity':
      return decodeQuantity(value, place);
    case 'time':
      return decodeTime(value, place);
    case 'map':
      return decodeMap(shape, value, place);
    case 'list':
      if (!Array.isArray(value)) return refuse(shape, value, place);
      return value.map((item, index) => decodeValue(shape.item, item, { ...place, path: `${place.path}[${index}]` }));
    case 'struct':
      return isRecord(value) ? decodeStruct(shape, value, place) : refuse(shape, value, place);
    case 'raw':
      return value;
  }
}

function decodeStruct(shape: StructShape, value: Readonly<Record<string, unknown>>, place: Place): unknown {
  const structName = shape.goType.slice(shape.goType.indexOf('.') + 1);
  const byKey = new Map<WireField, unknown>();
  for (const [key, item] of Object.entries(value)) {
    const field = shape.fields.find((known) => isSameKey(known.key, key, place.ignoresCase));
    if (field === undefined) continue;
    const inner = { ...place, structName, keys: joined(place.keys, field.key), path: joined(place.path, field.key) };
    if (item !== undefined && item !== null) byKey.set(field, decodeValue(field.shape, item, inner));
  }
  const decoded: Record<string, unknown> = {};
  for (const field of shape.fields) {
    if (byKey.has(field)) decoded[field.key] = byKey.get(field);
    else if (field.presence === 'always') decoded[field.key] = zeroOf(field.shape);
  }
  return decoded;
}

function isSameKey(known: string, key: string, ignoresCase: boolean): boolean {
  return known === key || (ignoresCase && known.toLowerCase() === key.toLowerCase());
}

function joined(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

const INT32_LIMIT = 2 ** 31;

function decodeInteger(shape: WireShape, value: unknown, place: Place): unknown {
  if (typeof value !== 'number') return refuse(shape, value, place);
  const isInRange =
    shape.kind === 'int32' ? value >= -INT32_LIMIT && value < INT32_LIMIT : value >= -(2 ** 63) && value < 2 ** 63;
  if (!Number.isInteger(value) || !isInRange) return refuse(shape, value, place, `number ${value}`);
  return value + 0;
}

/** Numbers are read as if they were quoted; anything else is as wrong as a malformed text. */
function decodeQuantity(value: unknown, place: Place): string {
  const text = typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '{}';
  const quantity = parseQuantity(text);
  if (quantity === undefined) throw new DecodeProblem(quantityProblem(text) ?? 'no quantity', place.path);
  return formatQuantity(quantity);
}

function decodeTime(value: unknown, place: Place): string {
  if (typeof value !== 'string') throw wrongType({ kind: 'text', goType: 'string' }, value, place);
  if (parseRfc3339(value) !== undefined) return value;
  const layout = '2006-01-02T15:04:05Z07:00';
  throw new DecodeProblem(
    `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(value)} as "2006"`,
    place.path,
  );
}

function decodeMap(shape: WireShape, value: unknown, place: Place): unknown {
  if (!isRecord(value)) return refuse(shape, value, place);
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => {
    if (item === null || item === undefined) return [key, ''];
    if (typeof item === 'string') return [key, item];
    return [key, refuse({ kind: 'text', goType: 'string' }, item, { ...place, path: joined(place.path, key) })];
  });
  return Object.fromEntries(entries);
}

function refuse(shape: WireShape, value: unknown, place: Place, found = jsonKind(value)): undefined {
  place.wrongTypes.push(wrongType(shape, value, place, found));
}

function wrongType(shape: WireShape, value: unknown, place: Place, found = jsonKind(value)): DecodeProblem {
  const into = place.structName === '' ? 'Go value' : `Go struct field ${place.structName}.${place.keys}`;
  return new DecodeProblem(`json: cannot unmarshal ${found} into ${into} of type ${shape.goType}`, place.path);
}

function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
