import { CallProblem } from './call-problem.ts';
import { byCodePoint, type GoValue, typeNameOf } from './go-value.ts';
import { verbText } from './value-text.ts';

const BAD_TYPE = 'invalid type for comparison';

type Basic = Extract<GoValue, { kind: 'bool' | 'int' | 'uint8' | 'float64' | 'string' }>;

/** Go's `eq` of two values. Throws CallProblem for types that do not compare. */
export function areEqual(a: GoValue, b: GoValue): boolean {
  if (isBasic(a) && isBasic(b)) {
    if (isInteger(a) && isInteger(b)) return a.value === b.value;
    if (a.kind !== b.kind) throw incompatible(a, b);
    return a.value === b.value;
  }
  // A nil map or list does not occur: what is none is equal to none alone.
  if (a.kind === 'none' || b.kind === 'none') return a.kind === b.kind;
  if (isBasic(a) || isBasic(b)) throw incompatible(a, b);
  const [left, right] = [verbText('s', a), verbText('s', b)];
  if (a.kind !== b.kind) {
    throw new CallProblem(`non-comparable types ${left}: ${typeNameOf(a)}, ${typeNameOf(b)}: ${right}`);
  }
  throw new CallProblem(`non-comparable type ${right}: ${typeNameOf(b)}`);
}

/** Go's `lt`. Throws CallProblem for types that have no order. */
export function isLess(a: GoValue, b: GoValue): boolean {
  if (!isBasic(a) || !isBasic(b)) throw new CallProblem(BAD_TYPE);
  if (isInteger(a) && isInteger(b)) return a.value < b.value;
  if (a.kind !== b.kind) throw incompatible(a, b);
  if (a.kind === 'bool') throw new CallProblem(BAD_TYPE);
  if (a.kind === 'string' && b.kind === 'string') return byCodePoint(a.value, b.value) < 0;
  return a.value < b.value;
}

function isBasic(value: GoValue): value is Basic {
  return value.kind !== 'none' && value.kind !== 'list' && value.kind !== 'map' && value.kind !== 'struct';
}

function isInteger(value: Basic): value is Extract<Basic, { kind: 'int' | 'uint8' }> {
  return value.kind === 'int' || value.kind === 'uint8';
}

function incompatible(a: GoValue, b: GoValue): CallProblem {
  return new CallProblem(`incompatible types for comparison: ${typeNameOf(a)} and ${typeNameOf(b)}`);
}
