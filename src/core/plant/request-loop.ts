/**
 * A client that asks again as soon as it has its answer, as `while true; do wget …; done` does. It has one request under
 * way at most, so it slows down with the service instead of piling up a queue.
 */
export interface RequestLoop {
  /** What it sleeps between two requests; 0 for none. */
  readonly pauseMs: number;
}

/** Starting a process for each request takes a client this long, beside its pause. */
const LOOP_OVERHEAD_MS = 4;

/** What the service is like for the loops on it during an interval. */
export interface LoopSurroundings {
  readonly durationMs: number;
  /** How long one request takes an idle service. */
  readonly serviceMs: number;
  /** Requests that the service can finish within the interval, the queued ones included. */
  readonly capacityCount: number;
  /** Requests queued at the start, whoever sent them. */
  readonly queuedCount: number;
}

/**
 * Requests that all loops together send in an interval, as a fraction of a request exact; the caller carries the rest.
 * Never more than the service can take, and one under way for each loop.
 */
export function loopRequestCount(loops: readonly RequestLoop[], surroundings: LoopSurroundings): number {
  const { durationMs, serviceMs, capacityCount, queuedCount } = surroundings;
  const wanted = loops.reduce((sum, { pauseMs }) => sum + durationMs / (pauseMs + LOOP_OVERHEAD_MS + serviceMs), 0);
  return Math.max(0, Math.min(wanted, capacityCount + loops.length - queuedCount));
}
