import { utf8ByteCount } from '../../../base/go-text.ts';

/**
 * A value as a template meets it: what Go's reflection tells apart, as far as the data of rules, constants and the
 * built-in functions can make it. `none` is Go's invalid value: a key that a map lacks, or nil.
 */
export type GoValue =
  | { readonly kind: 'none' }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: bigint }
  /** One byte of a string. */
  | { readonly kind: 'uint8'; readonly value: bigint }
  | { readonly kind: 'float64'; readonly value: number }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, string> }
  | GoStruct;

/** A struct with named fields. */
export interface GoStruct {
  readonly kind: 'struct';
  /** As Go's messages spell it: `naming.queryTemplateArgs`. */
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, GoValue>;
  /** Methods without arguments. */
  readonly methods: ReadonlyMap<string, () => GoValue>;
}

/** No value: what a map lacks, and nil. */
export const NONE: GoValue = { kind: 'none' };

/** A text as Go has it. */
export function goString(value: string): GoValue {
  return { kind: 'string', value };
}

/** A truth value as Go has it. */
export function goBool(value: boolean): GoValue {
  return { kind: 'bool', value };
}

/** An `int`, which Go has 64 bits for here. */
export function goInt(value: number | bigint): GoValue {
  return { kind: 'int', value: BigInt(value) };
}

/** What Go calls the value's type; of `none` there is no type to name. */
export function typeNameOf(value: GoValue): string {
  switch (value.kind) {
    case 'none':
      return '<nil>';
    case 'list':
      return '[]string';
    case 'map':
      return 'map[string]string';
    case 'struct':
      return value.typeName;
    default:
      return value.kind;
  }
}

/** Go's truth: everything but the zero of its type; a struct is always true. */
export function isTrue(value: GoValue): boolean {
  switch (value.kind) {
    case 'none':
      return false;
    case 'bool':
      return value.value;
    case 'int':
    case 'uint8':
      return value.value !== 0n;
    case 'float64':
      return value.value !== 0;
    case 'struct':
      return true;
    default:
      return lengthOf(value) !== 0;
  }
}

/** Go's `len`, in bytes for a string; undefined for what has no length. */
export function lengthOf(value: GoValue): number | undefined {
  switch (value.kind) {
    case 'string':
      return utf8ByteCount(value.value);
    case 'list':
      return value.items.length;
    case 'map':
      return value.entries.size;
    default:
      return undefined;
  }
}

/** The keys of a map in the order in which Go ranges over them and prints them. */
export function sortedKeys(entries: ReadonlyMap<string, string>): readonly string[] {
  return [...entries.keys()].sort(byCodePoint);
}

/** Go compares strings by their bytes in UTF-8, which is the order of their code points. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (left === right) continue;
    // Halves of code points beyond the first plane stand in the middle of it.
    const isLeftBeyond = isSurrogate(left);
    return isLeftBeyond === isSurrogate(right) ? left - right : isLeftBeyond ? 1 : -1;
  }
  return a.length - b.length;
}

function isSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xd800 && codeUnit <= 0xdfff;
}
