/** How a set of numbers lies; all null when there are none. */
export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Quantiles by nearest rank: values that were measured, none in between. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (fraction: number): number | null => sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? null;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
