/** The shortest bound of a wait after a failure, and the longest. */
const INITIAL_MS = 1_000;
export const RETRY_MS_MAX = 300_000;

/** The bound of waits for a message that may have arrived often already. */
const DOUBTFUL_MS_MAX = 3_600_000;
/** Attempts whose outcome nobody knows before waits grow beyond the usual bound; about half an hour. */
const DOUBTFUL_COUNT_MAX = 16;

/**
 * How long to wait after the `failureCount`th failure in a row: anything up to a bound that doubles from a second to
 * five minutes ("full jitter"), so that those who failed together do not return together.
 *
 * @param doubtfulCount how many of the attempts may have arrived: beyond sixteen the bound is an hour
 * @param random 0 ≤ x < 1
 */
export function jitteredWaitMs(failureCount: number, doubtfulCount: number, random: () => number): number {
  const maxMs = doubtfulCount > DOUBTFUL_COUNT_MAX ? DOUBTFUL_MS_MAX : RETRY_MS_MAX;
  // Beyond 2^30 the bound holds anyway.
  return random() * Math.min(maxMs, INITIAL_MS * 2 ** Math.min(Math.max(0, failureCount - 1), 30));
}
