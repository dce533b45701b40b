/** The sum of numbers without what rounding loses on the way: Neumaier's summation, as Prometheus sums over time. */
export function compensatedSum(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  for (const value of values) {
    const next = sum + value;
    if (Number.isFinite(next)) {
      lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    }
    sum = next;
  }
  return Number.isFinite(sum) ? sum + lost : sum;
}

/** The mean; NaN of no numbers. */
export function meanOf(values: readonly number[]): number {
  const mean = compensatedSum(values) / values.length;
  if (Number.isFinite(mean) || values.some((value) => !Number.isFinite(value))) return mean;
  // The sum is too large for a double, the mean is not.
  return compensatedSum(values.map((value) => value / values.length));
}

/** The least; NaN where there is nothing else. */
export function minimumOf(values: readonly number[]): number {
  return values.reduce((least, value) => (value < least || Number.isNaN(least) ? value : least), Number.NaN);
}

/** The greatest; NaN where there is nothing else. */
export function maximumOf(values: readonly number[]): number {
  return values.reduce(
    (greatest, value) => (value > greatest || Number.isNaN(greatest) ? value : greatest),
    Number.NaN,
  );
}
