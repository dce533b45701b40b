import type { ScaleEvent } from './memory.ts';

/**
 * How many replicas the events of the last period changed. Events marked as outdated still count when a longer period
 * reaches them (specification 4.4, 13.6; upstream: getReplicasChangePerPeriod).
 */
export function changeInPeriod(events: readonly ScaleEvent[], periodMs: number, nowMs: number): number {
  let changeCount = 0;
  for (const [change, atMs] of events) if (atMs > nowMs - periodMs) changeCount = (changeCount + change) | 0;
  return changeCount;
}

/**
 * The events of one direction after another one: those older than the longest period of the direction are marked, and
 * the last marked one gives its slot (specification 4.5; upstream: storeScaleEvent, markScaleEventsOutdated).
 */
export function storeScaleEvent(
  events: readonly ScaleEvent[],
  changeCount: number,
  longestPeriodMs: number,
  nowMs: number,
): readonly ScaleEvent[] {
  let outdatedSlot = -1;
  const next = events.map((event, slot): ScaleEvent => {
    const isOutdated = event[2] === 1 || event[1] < nowMs - longestPeriodMs;
    if (isOutdated) outdatedSlot = slot;
    return isOutdated && event[2] === 0 ? [event[0], event[1], 1] : event;
  });
  const event: ScaleEvent = [changeCount, nowMs, 0];
  // An array that was pushed to keeps room for many more, and this one is remembered.
  if (outdatedSlot === -1) return next.concat([event]);
  next[outdatedSlot] = event;
  return next;
}

/** The events with the one that was stored at `fromMs` at a later instant. */
export function moveScaleEvent(events: readonly ScaleEvent[], fromMs: number, toMs: number): readonly ScaleEvent[] {
  if (fromMs === toMs) return events;
  return events.map((event): ScaleEvent => (event[1] === fromMs && event[2] === 0 ? [event[0], toMs, 0] : event));
}
