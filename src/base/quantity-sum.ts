import type { Quantity } from './quantity.ts';

/**
 * `a + b`, exact, as upstream adds: in its int64 form while that fits, else as an unbounded decimal (upstream:
 * resource.Quantity.Add).
 */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  const format = a.mantissa === 0 ? b.format : a.format;
  if (!a.isUnbounded && !b.isUnbounded) {
    if (b.mantissa === 0) return { ...withoutText(a), format };
    if (a.mantissa === 0) return withoutText(b);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const left = BigInt(a.mantissa) * 10n ** BigInt(a.exponent - exponent);
  const right = BigInt(b.mantissa) * 10n ** BigInt(b.exponent - exponent);
  const isUnbounded = a.isUnbounded || b.isUnbounded || ![left, right, left + right].every(isInt64);
  return { mantissa: compact(left + right), exponent, format, isUnbounded };
}

function withoutText({ mantissa, exponent, format, isUnbounded }: Quantity): Quantity {
  return { mantissa, exponent, format, isUnbounded };
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

function compact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
