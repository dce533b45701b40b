import { CONTAINER_RESTART_BACKOFF_MS_MAX } from '../../../base/limits.ts';

/** Before the second restart; the first is at once. */
const RESTART_BACKOFF_MS = 10_000;

/** How long a container that has been restarted so often waits for the next time, as upstream's kubelet has it. */
export function restartBackoffMs(restartCount: number): number {
  return restartCount === 0
    ? 0
    : Math.min(RESTART_BACKOFF_MS * 2 ** (restartCount - 1), CONTAINER_RESTART_BACKOFF_MS_MAX);
}
