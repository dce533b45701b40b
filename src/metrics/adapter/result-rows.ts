import { int64OfDouble } from '../../base/int64.ts';
import { formatMilliQuantity, type QuantityFormat } from '../../base/quantity.ts';
import type { Substitute } from './config/adapter-config.ts';

/** One row of an instant vector. */
export interface ResultRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Epoch ms of the sample. */
  readonly atMs: number;
}

/** How a rule reads answers: what is no number is missing, unless the rule says that it is 0. */
export interface RowReading {
  /** Of a row whose value is NaN. What is infinite, or more than a quantity holds, is missing in any case. */
  readonly nan: Substitute;
  /** Of an object without a row, or an external metric without any. */
  readonly absent: Substitute;
}

/**
 * The quantities of objects that have one, in the order of the names that were asked for, with the instant of their row; null
 * where no row was about one. Rows about other objects count for nothing.
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
    const quantity = row === undefined ? substituteOf(reading.absent) : quantityOf(row.value, reading);
    return quantity === undefined ? [] : [{ name, quantity, atMs: row?.atMs ?? null }];
  });
}

/** The quantity of each row of an external metric that has one, in the order of the rows. */
export function externalQuantities<Row extends Pick<ResultRow, 'value'>>(
  rows: readonly Row[],
  reading: RowReading,
): readonly { readonly row: Row; readonly quantity: string }[] {
  return rows.flatMap((row) => {
    const quantity = quantityOf(row.value, reading);
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
 * A value as a quantity, cut to thousandths towards zero; undefined for what is none. Upstream shows NaN as 0 in custom metrics,
 * and everything else that is none as the smallest quantity there is.
 */
export function quantityOf(value: number, { nan }: Pick<RowReading, 'nan'>): string | undefined {
  return Number.isNaN(value) ? substituteOf(nan) : heldQuantity(value, 'DecimalSI');
}

/** A number as a quantity; undefined for what is none, or more than a quantity holds. */
export function heldQuantity(value: number, format: QuantityFormat): string | undefined {
  const milli = value * 1000;
  return milli >= -(2 ** 63) && milli < 2 ** 63 ? formatMilliQuantity(int64OfDouble(milli), format) : undefined;
}

function substituteOf(substitute: Substitute): string | undefined {
  return substitute === 'zero' ? '0' : undefined;
}
