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

/** What becomes of an object that no row is about: left out as upstream leaves it out, or 0 as if it had no load. */
export type AbsentPolicy = 'upstream' | 'zero';

/** How an answer is read. */
export interface RowReading {
  readonly values: ValuePolicy;
  readonly absent: AbsentPolicy;
}

/** As upstream reads answers. */
export const UPSTREAM_READING: RowReading = { values: 'upstream', absent: 'upstream' };

/**
 * The quantities of objects, in the order of the names that were asked for, with the instant of their row; null where no row was
 * about one. Rows about other objects count for nothing. An object whose value the policy drops counts as one without a row.
 */
export function objectQuantities(
  rows: readonly ResultRow[],
  label: string,
  names: readonly string[],
  reading: RowReading,
): readonly { readonly name: string; readonly quantity: string; readonly atMs: number | null }[] {
  const found = rowsByObject(rows, label);
  return names.flatMap((name) => {
    const row = found.get(name);
    const quantity = row && customQuantity(row.value, reading.values);
    if (quantity !== undefined) return [{ name, quantity, atMs: row?.atMs ?? null }];
    return reading.absent === 'zero' ? [{ name, quantity: '0', atMs: null }] : [];
  });
}

/** The quantity of each row of an external metric, in the order of the rows. */
export function externalQuantities(
  rows: readonly ResultRow[],
  values: ValuePolicy,
): readonly { readonly row: ResultRow; readonly quantity: string }[] {
  return rows.flatMap((row) => {
    const quantity = externalQuantity(row.value, values);
    return quantity === undefined ? [] : [{ row, quantity }];
  });
}

/**
 * The row of each object by name, which rows have in the label of the resource; of several rows for one object the last
 * counts. Rows without the label are under the empty name.
 */
export function rowsByObject(rows: readonly ResultRow[], label: string): ReadonlyMap<string, ResultRow> {
  return new Map(rows.map((row) => [Object.hasOwn(row.labels, label) ? (row.labels[label] ?? '') : '', row]));
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
