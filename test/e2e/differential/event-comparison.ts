import type { DecisionEvent } from '../../../src/core/engine/decision.ts';
import { EventCorrelator } from '../../../src/platform/kube/event-correlator.ts';
import { type AuditEntry, UPSTREAM_USER } from './audit-trail.ts';

/** An event with what the correlation of events goes by besides. */
export interface TimedEvent extends DecisionEvent {
  readonly atMs: number;
  /** Of the HPA: one that was made anew is another object. */
  readonly uid: string;
}

/** How the Events that upstream wrote compare with our decisions' events. */
export interface EventComparison {
  readonly differences: readonly string[];
  /**
   * Events of ours that upstream never wrote. Its queue of a thousand events drops what comes when it is full, which on a
   * slow machine it is for moments.
   */
  readonly lostCount: number;
}

/**
 * Compares the Events that upstream wrote, in order and with their counts, with what ours become behind the same
 * correlation. Upstream writes the events of all HPAs one after the other: those after `writtenUpToMs` were still to be
 * written when the record ended.
 */
export function compareEvents(
  entries: readonly AuditEntry[],
  events: readonly TimedEvent[],
  writtenUpToMs: number,
): EventComparison {
  const written = writtenEvents(entries).map(textOf);
  const kept: TimedEvent[] = [];
  let matchedCount = 0;
  let lostCount = 0;
  for (const event of events) {
    const text = writtenFor([...kept, event]);
    if (text === undefined || text === written[matchedCount]) {
      kept.push(event);
      if (text !== undefined) matchedCount += 1;
    } else if (matchedCount < written.length || event.atMs < writtenUpToMs) {
      lostCount += 1;
    }
  }
  const rest = writtenEvents(entries).slice(matchedCount);
  const surplus = rest.filter((event) => !isRepeatedUnseen(event, events));
  return { differences: surplus.map((event) => `only upstream: event ${textOf(event)}`), lostCount };
}

/** A reconcile that cannot map the target's kind, as the one before could not, makes no request: only its event is seen. */
function isRepeatedUnseen({ reason, message }: WrittenEvent, events: readonly TimedEvent[]): boolean {
  return (
    message.startsWith('no matches for kind') &&
    events.some((event) => event.reason === reason && event.message === message)
  );
}

/** When the last event happened that upstream came to write. */
export function eventsWrittenUpToMs(entries: Iterable<readonly AuditEntry[]>): number {
  let latestMs = 0;
  for (const ofNamespace of entries) {
    for (const { lastTimestamp } of writtenEvents(ofNamespace))
      latestMs = Math.max(latestMs, Date.parse(lastTimestamp));
  }
  return latestMs;
}

function writtenEvents(entries: readonly AuditEntry[]): readonly WrittenEvent[] {
  return entries
    .filter(({ user, subject, status }) => user === UPSTREAM_USER && subject === 'events' && status < 300)
    .map(({ responseObject }) => responseObject as unknown as WrittenEvent);
}

interface WrittenEvent {
  readonly lastTimestamp: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

function textOf({ type, reason, message, count }: Omit<WrittenEvent, 'lastTimestamp'>): string {
  return `${count} ${type} ${reason} ${message}`;
}

/** What the last of these events makes a recorder write after those before it; undefined when it is one too many. */
function writtenFor(events: readonly TimedEvent[]): string | undefined {
  const correlator = new EventCorrelator();
  let text: string | undefined;
  for (const { atMs, uid, type, reason, message } of events) {
    const regarding = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: '', name: '', uid };
    const result = correlator.correlate(regarding, { type, reason, message }, atMs);
    text = result.kind === 'dropped' ? undefined : textOf({ ...result.note, count: result.count });
    if (result.kind !== 'dropped') correlator.stored(result.seriesKey, result.seriesKey);
  }
  return text;
}
