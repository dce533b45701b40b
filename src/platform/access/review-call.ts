import { ACCESS_REVIEW_MS_MAX } from '../../base/access-limits.ts';
import { type IoClock, sleep } from '../../base/clock.ts';
import { Failure } from '../../base/failure.ts';
import { ApiFailure } from '../kube/api-failure.ts';
import type { KubeClient, KubeObject, ResourceType } from '../kube/client.ts';

/** What asks the API server for a review. */
export interface ReviewPorts {
  readonly client: Pick<KubeClient, 'create'>;
  readonly ioClock: IoClock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random?: () => number;
}

/** Upstream's delegated authentication and authorization: five attempts, 500 ms apart, half as long again each time. */
const ATTEMPTS_COUNT_MAX = 5;
const RETRY_INITIAL_MS = 500;
const RETRY_GROWTH_RATIO = 1.5;
const RETRY_JITTER_FRACTION = 0.2;

const PASSING_REASONS: ReadonlySet<string> = new Set(['InternalError', 'Timeout', 'TooManyRequests']);
const LOST_CONNECTION_CODES: ReadonlySet<unknown> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * Asks for a review, again when the server was merely busy or the connection broke, all within ten seconds.
 *
 * @throws ApiFailure or Failure('unavailable') of the last attempt.
 */
export async function askReview<T extends KubeObject>(ports: ReviewPorts, type: ResourceType, review: T): Promise<T> {
  const { client, ioClock, random = Math.random } = ports;
  const endsAtMs = ioClock.monotonicMs() + ACCESS_REVIEW_MS_MAX;
  let waitMs = RETRY_INITIAL_MS;
  for (let attempt = 1; ; attempt++) {
    const remainingMs = endsAtMs - ioClock.monotonicMs();
    try {
      return await client.create(type, review, { deadlineMs: remainingMs });
    } catch (thrown) {
      const jitteredMs = waitMs * (1 + random() * RETRY_JITTER_FRACTION);
      const isLate = ioClock.monotonicMs() + jitteredMs >= endsAtMs;
      if (attempt === ATTEMPTS_COUNT_MAX || isLate || !isPassing(thrown)) throw thrown;
      await sleep(ioClock, jitteredMs);
      waitMs *= RETRY_GROWTH_RATIO;
    }
  }
}

function isPassing(thrown: unknown): boolean {
  if (thrown instanceof ApiFailure) return PASSING_REASONS.has(thrown.reason) || thrown.retryAfterMs !== undefined;
  if (!(thrown instanceof Failure)) return false;
  return LOST_CONNECTION_CODES.has((thrown.cause as { readonly code?: unknown } | undefined)?.code);
}
