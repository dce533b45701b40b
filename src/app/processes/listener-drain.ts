import { type IoClock, sleep } from '../../base/clock.ts';
import type { Listener } from '../../platform/http/listener.ts';

/** For requests under way at the end; HPAs wait ten seconds or more for one. */
const DRAIN_MS = 10_000;

/** Takes requests for as long as `--shutdown-delay-duration` says, then ends those under way. */
export async function drainListener(
  listener: Pick<Listener, 'close'>,
  shutdownDelayMs: number,
  ioClock: IoClock,
): Promise<void> {
  if (shutdownDelayMs > 0) await sleep(ioClock, shutdownDelayMs);
  await listener.close(DRAIN_MS);
}
