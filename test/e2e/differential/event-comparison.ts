import type { DecisionEvent } from '../../../src/core/engine/decision.ts';
import { EventCorrelator } from '../../../src/platform/kube/event-correlator.ts';
import { type AuditEntry, UPSTREAM_USER } from './audit-trail.ts';

/** An event of one HPA object: one that was made anew is another. */
export interface ToldEvent extends DecisionEvent {
  readonly uid: string;
}

/** What one reconcile told. */
export interface ToldEvents {
  readonly atMs: number;
  /** Every way to read the reconcile, the likeliest first. */
  readonly alternatives: readonly (readonly ToldEvent[])[];
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
 * written when the record ended. Where reconciles can be read in several ways, those readings count that together explain
 * most of what was written.
 */
export function compareEvents(
  entries: readonly AuditEntry[],
  told: readonly ToldEvents[],
  writtenUpToMs: number,
): EventComparison {
  const written = writtenEvents(entries);
  const texts = written.map((event) => `${event.involvedObject.uid} ${textOf(event)}`);
  let matchings: readonly Matching[] = [{ kept: [], matchedCount: 0, lostCount: 0 }];
  for (const { atMs, alternatives } of told) {
    if (alternatives.length === 0) continue;
    const tried = matchings.flatMap((before) => alternatives.map((events) => match(before, events, atMs)));
    matchings = bestOf(tried);
  }
  const [matching] = matchings as [Matching];
  const events = told.flatMap(({ alternatives }) => alternatives.flat());
  const surplus = written.slice(matching.matchedCount).filter((event) => !isRepeatedUnseen(event, events));
  return {
    differences: surplus.map((event) => `only upstream: event ${textOf(event)}`),
    lostCount: matching.lostCount,
  };

  function match(before: Matching, events: readonly ToldEvent[], atMs: number): Matching {
    const kept = [...before.kept];
    let { matchedCount, lostCount } = before;
    for (const event of events) {
      const timed = { ...event, atMs };
      const text = writtenFor([...kept, timed]);
      if (text === undefined || text === texts[matchedCount]) {
        kept.push(timed);
        if (text !== undefined) matchedCount += 1;
      } else if (matchedCount < texts.length || atMs < writtenUpToMs) {
        lostCount += 1;
      }
    }
    return { kept, matchedCount, lostCount };
  }
}

/** How far what was told explains what was written. */
interface Matching {
  readonly kept: readonly TimedEvent[];
  readonly matchedCount: number;
  readonly lostCount: number;
}

/** Ways to read the reconciles up to one that are gone on with; a few more would explain nothing more. */
const MATCHING_COUNT_MAX = 16;

/** Those that explain most and lose least, the likeliest first among equals; of those that come to the same, one. */
function bestOf(matchings: readonly Matching[]): readonly Matching[] {
  const unexplained = ({ lostCount, matchedCount }: Matching): number => lostCount - matchedCount;
  const distinct = new Map<string, Matching>();
  for (const matching of [...matchings].sort((one, other) => unexplained(one) - unexplained(other))) {
    const key = JSON.stringify([matching.matchedCount, matching.lostCount, matching.kept]);
    if (!distinct.has(key)) distinct.set(key, matching);
  }
  return [...distinct.values()].slice(0, MATCHING_COUNT_MAX);
}

interface TimedEvent extends ToldEvent {
  readonly atMs: number;
}

/** A reconcile that cannot map the target's kind, as the one before could not, makes no request: only its event is seen. */
function isRepeatedUnseen({ reason, message }: WrittenEvent, events: readonly ToldEvent[]): boolean {
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
  readonly involvedObject: { readonly uid: string };
  readonly lastTimestamp: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

function textOf({ type, reason, message, count }: Pick<WrittenEvent, 'type' | 'reason' | 'message' | 'count'>): string {
  return `${count} ${type} ${reason} ${message}`;
}

/** What the last of these events makes a recorder write after those before it, behind its object's uid; undefined when it is one too many. */
function writtenFor(events: readonly TimedEvent[]): string | undefined {
  const correlator = new EventCorrelator();
  let text: string | undefined;
  for (const { atMs, uid, type, reason, message } of events) {
    const regarding = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace: '', name: '', uid };
    const result = correlator.correlate(regarding, { type, reason, message }, atMs);
    text = result.kind === 'dropped' ? undefined : `${uid} ${textOf({ ...result.note, count: result.count })}`;
    if (result.kind !== 'dropped') correlator.stored(result.seriesKey, result.seriesKey);
  }
  return text;
}
