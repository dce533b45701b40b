/** Largest count that upstream's 32-bit replica fields hold. */
export const REPLICA_COUNT_MAX = 2147483647;

const REPLICA_COUNT_MIN = -2147483648;

/**
 * A float as a replica count: the fraction is cut. Out of 32-bit range (and for NaN) the language leaves the result to the
 * platform; this is amd64's, the most negative integer, which the recorded vectors hold.
 */
export function toReplicaCount(value: number): number {
  const whole = Math.trunc(value);
  return whole >= REPLICA_COUNT_MIN && whole <= REPLICA_COUNT_MAX ? whole | 0 : REPLICA_COUNT_MIN;
}

/** As `toReplicaCount` of the value rounded up, but too large a value becomes the largest count (specification 2.1). */
export function toClampedReplicaCount(value: number): number {
  const count = Math.ceil(value);
  return count >= REPLICA_COUNT_MAX ? REPLICA_COUNT_MAX : toReplicaCount(count);
}

/** A count from data of unknown quality: cut to a 32-bit integer, `fallback` when it is no number at all. */
export function readReplicaCount(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? toReplicaCount(value) : fallback;
}
