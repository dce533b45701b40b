import { untilAborted } from '../../base/cancellation.ts';

/** What started, or undefined when the wait was cut short; then it is stopped as soon as it has started. */
export async function startedOrAborted<Server extends { stop(): Promise<void> }>(
  starting: Promise<Server>,
  signal: AbortSignal,
): Promise<Server | undefined> {
  const started = await Promise.race([starting, untilAborted(signal)]);
  if (started !== undefined) return started;
  starting.then((server) => server.stop()).catch(() => undefined);
  return undefined;
}
