import { Failure } from '../../../base/failure.ts';
import type { User } from '../authentication.ts';
import type { Backends } from './backends.ts';
import { discoveryPath, type RemoteApiService } from './remote-api-service.ts';
import { type Availability, failedDiscovery, PASSED } from './service-check.ts';

/** Who the API server is when it asks backends for itself: one that may do everything. */
export const AGGREGATOR: User = { name: 'system:kube-aggregator', groups: ['system:masters'] };

const ATTEMPT_COUNT = 5;
const ATTEMPT_DEADLINE_MS = 5_000;

/**
 * Asks the backend of an APIService for the discovery document that it must serve, five times at once, as upstream does: one
 * answer with a status of 2xx is enough.
 */
export async function checkBackend(
  backends: Backends,
  remote: RemoteApiService,
  signal: AbortSignal,
): Promise<Availability> {
  const attempts = Array.from({ length: ATTEMPT_COUNT }, () => attempt(backends, remote, signal));
  try {
    await Promise.any(attempts);
    return PASSED;
  } catch (thrown) {
    const last: unknown = thrown instanceof AggregateError ? thrown.errors.at(-1) : thrown;
    if (!(last instanceof Failure)) throw last;
    return failedDiscovery(last.message);
  }
}

async function attempt(backends: Backends, remote: RemoteApiService, signal: AbortSignal): Promise<void> {
  const target = discoveryPath(remote);
  const url = `${backends.urlOf(remote) ?? ''}${target}`;
  try {
    const { status, body } = await backends.send(remote, {
      method: 'GET',
      target,
      user: AGGREGATOR,
      signal,
      headDeadlineMs: ATTEMPT_DEADLINE_MS,
    });
    for await (const _chunk of body) break;
    if (status < 200 || status >= 300) throw new Failure('unavailable', `bad status from ${url}: ${status}`);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    const subject = url.startsWith('/') ? thrown.message : `failing or missing response from ${url}: ${thrown.message}`;
    throw new Failure('unavailable', subject, { cause: thrown });
  }
}
