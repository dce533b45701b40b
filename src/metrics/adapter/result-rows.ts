import { int64OfDouble } from '../../base/int64.ts';
import { formatMilliQuantity } from '../../base/quantity.ts';

/** One row of an instant vector. */
export interface ResultRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Epoch ms of the sample. */
  readonly atMs: number;
}

/**
 * What becomes of a value that is no number, infinite, or beyond what a quantity holds. `upstream`: not a number is 0
 * for custom metrics, everything else comes out as the smallest quantity there is. `drop`: as if there were no row.
 */
export type ValuePolicy = 'upstream' | 'drop';

/**
 * The value of each object by name, as rows have it in the label of the resource; of several rows for one object the
 * last counts. Rows without the label are under the empty name.
 */
export function valuesByObject(rows: readonly ResultRow[], label: string): ReadonlyMap<string, number> {
  return new Map(rows.map(({ labels, value }) => [Object.hasOwn(labels, label) ? (labels[label] ?? '') : '', value]));
}

/**
 * A value as the quantity of a custom metric, cut to thousandths towards zero; undefined when the policy drops it.
 */
export function customQuantity(value: number, policy: ValuePolicy): string | undefined {
  return Number.isNaN(value) && policy === 'upstream' ? '0' : externalQuantity(value, policy);
}

/** The same for an external metric, of which upstream guards nothing. */
export function externalQuantity(value: number, policy: ValuePolicy): string | undefined {
  const milli = value * 1000;
  const isHeld = milli >= -(2 ** 63) && milli < 2 ** 63;
  // What does not fit becomes the smallest integer, as the conversion leaves it on amd64.
  return isHeld || policy === 'upstream' ? formatMilliQuantity(int64OfDouble(milli), 'DecimalSI') : undefined;
}
