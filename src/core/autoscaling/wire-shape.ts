import { canonicalQuantity } from '../../base/quantity.ts';
import { formatRfc3339, parseRfc3339 } from '../../base/rfc3339.ts';

/** A type of the API as data: what a value may look like on the wire, named as upstream's messages name it. */
export type WireShape =
  | {
      readonly kind: 'text' | 'int32' | 'int64' | 'bool' | 'map' | 'quantity' | 'time' | 'raw';
      readonly goType: string;
    }
  | { readonly kind: 'list'; readonly goType: string; readonly item: WireShape }
  | StructShape;

/** An object with known fields, in the order in which upstream writes them. */
export interface StructShape {
  readonly kind: 'struct';
  readonly goType: string;
  readonly fields: readonly WireField[];
}

export interface WireField {
  readonly key: string;
  readonly shape: WireShape;
  /**
   * always: written with its zero value when absent; filled: left out when empty or zero; set: left out when absent;
   * nullable: null when absent.
   */
  readonly presence: 'always' | 'filled' | 'set' | 'nullable';
}

/** A string; `goType` when upstream gives it a type of its own. */
export function text(goType = 'string'): WireShape {
  return { kind: 'text', goType };
}

export const INT32: WireShape = { kind: 'int32', goType: 'int32' };
export const INT64: WireShape = { kind: 'int64', goType: 'int64' };
export const BOOL: WireShape = { kind: 'bool', goType: 'bool' };
export const STRING_MAP: WireShape = { kind: 'map', goType: 'map[string]string' };
export const QUANTITY: WireShape = { kind: 'quantity', goType: 'resource.Quantity' };
export const TIME: WireShape = { kind: 'time', goType: 'v1.Time' };
/** Anything, kept as it is. */
export const RAW: WireShape = { kind: 'raw', goType: 'interface {}' };

export function list(item: WireShape): WireShape {
  return { kind: 'list', goType: `[]${item.goType}`, item };
}

/** An object with these fields. */
export function struct(goType: string, fields: readonly WireField[]): StructShape {
  return { kind: 'struct', goType, fields };
}

export function always(key: string, shape: WireShape): WireField {
  return { key, shape, presence: 'always' };
}

export function filled(key: string, shape: WireShape): WireField {
  return { key, shape, presence: 'filled' };
}

export function set(key: string, shape: WireShape): WireField {
  return { key, shape, presence: 'set' };
}

export function nullable(key: string, shape: WireShape): WireField {
  return { key, shape, presence: 'nullable' };
}

/** The value of a field that upstream never leaves undefined. */
export function zeroOf(shape: WireShape): unknown {
  switch (shape.kind) {
    case 'text':
      return '';
    case 'int32':
    case 'int64':
      return 0;
    case 'bool':
      return false;
    case 'quantity':
      return '0';
    case 'struct':
      return encode(shape, {});
    default:
      return null;
  }
}

/**
 * A decoded value as upstream writes it: fields in order, empty ones left out or zero as the field says, quantities
 * canonical, maps sorted, times in whole seconds of UTC. Unknown fields are gone.
 */
export function encode(shape: WireShape, value: unknown): unknown {
  if (value === undefined || value === null) return zeroOf(shape);
  switch (shape.kind) {
    case 'struct':
      return encodeStruct(shape, value as Readonly<Record<string, unknown>>);
    case 'list':
      return (value as readonly unknown[]).map((item) => encode(shape.item, item));
    case 'map':
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    case 'quantity':
      return canonicalQuantity(value as string) ?? value;
    case 'time':
      return encodeTime(value as string);
    default:
      return value;
  }
}

/** Go's zero time, which it writes as null. */
const ZERO_TIME_MS = -62_135_596_800_000;

function encodeTime(value: string): string | null {
  // Without the fraction, which a double of milliseconds would round.
  const instant = parseRfc3339(value.replace(/[.,]\d+/, ''));
  if (instant === undefined) return value;
  return instant === ZERO_TIME_MS ? null : formatRfc3339(instant);
}

function encodeStruct(shape: StructShape, value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const encoded: Record<string, unknown> = {};
  for (const { key, shape: fieldShape, presence } of shape.fields) {
    const field = value[key];
    const isAbsent = field === undefined || field === null;
    if (presence === 'set' && isAbsent) continue;
    if (presence === 'filled' && isEmpty(field)) continue;
    encoded[key] = presence === 'nullable' && isAbsent ? null : encode(fieldShape, field);
  }
  return encoded;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
