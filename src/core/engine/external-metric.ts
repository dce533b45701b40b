import { addInt64, compareInt64, INT64_MAX, type Int64, int64OfDouble, int64ToNumber } from '../../base/int64.ts';
import { proposeShared, type SharedTargetInput } from './object-metric.ts';
import { toClampedReplicaCount } from './replica-count.ts';
import type { Calculation } from './usage-ratio.ts';

/**
 * The total of an External metric's series for a Value target: stops at the largest integer on overflow; below zero it
 * wraps around (specification 2.7; upstream: GetExternalMetricReplicas).
 */
export function sumForValue(milli: readonly Int64[]): Int64 {
  let total: Int64 = 0;
  for (const value of milli) {
    const sum: Int64 = addInt64(total, value);
    if (compareInt64(value, 0) > 0 && compareInt64(sum, total) < 0) return INT64_MAX;
    total = sum;
  }
  return total;
}

/**
 * The total for an AverageValue target: a running sum below zero is taken for an overflow, so that a genuinely negative
 * series becomes the largest integer (specification 2.7, Q20; upstream: GetExternalPerPodMetricReplicas).
 */
export function sumForAverage(milli: readonly Int64[]): Int64 {
  let total: Int64 = 0;
  for (const value of milli) {
    total = addInt64(total, value);
    if (compareInt64(total, 0) < 0) return INT64_MAX;
  }
  return total;
}

/**
 * The proposal of an External metric's AverageValue target: clamped, and a total of 2^63 or more as a double is reported
 * undivided (specification 2.7, 13.3).
 */
export function proposeByExternalAverage(input: SharedTargetInput): Calculation {
  const usage = int64ToNumber(input.usageMilli);
  const average = usage >= 2 ** 63 ? INT64_MAX : int64OfDouble(Math.ceil(usage / input.statusReplicas));
  return proposeShared(input, average, toClampedReplicaCount);
}
