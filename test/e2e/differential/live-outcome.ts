import type { HpaStatus, Scale } from '../../../src/core/autoscaling/types.ts';
import type { DecisionEvent } from '../../../src/core/engine/decision.ts';
import type { AuditEntry } from './audit-trail.ts';
import { isStatusWrite } from './reconciles.ts';

/** What a story came to, without its instants: what two plays of it should agree on whoever scaled. */
export interface LiveOutcome {
  /** The replicas that the target rested at, in order, with the time that it did. */
  readonly plateaus: readonly Plateau[];
  /** `up` and `down` as the controller moved the target, runs of one direction counted once. */
  readonly directions: readonly string[];
  /** Type, status and reason of the last status. */
  readonly conditions: readonly string[];
  /** Type and reason of all events. */
  readonly events: readonly string[];
}

export interface Plateau {
  readonly specReplicas: number;
  readonly restMs: number;
}

/** Whoever rests this long somewhere must have rested there a shorter while with the other controller at least. */
const LONG_REST_MS = 13_000;
const SHORT_REST_MS = 6_000;

/** Reads a story's outcome from the requests of the one who scaled. */
export function liveOutcomeOf(entries: readonly AuditEntry[], user: string): LiveOutcome {
  const own = entries.filter((entry) => entry.user === user && entry.status < 300);
  const reads = own.filter(({ subject, verb }) => subject.endsWith('/scale') && verb === 'get');
  const statuses = own
    .filter(isStatusWrite)
    .map(({ requestObject }) => (requestObject as { status: HpaStatus }).status);
  const events = own
    .filter(({ subject }) => subject === 'events')
    .map(({ responseObject }) => responseObject as unknown as DecisionEvent);
  return {
    plateaus: plateausOf(entries, reads),
    directions: withoutRepeats(own.filter(isScaleWrite).map((write) => directionOf(write, reads))),
    conditions: (statuses.at(-1)?.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`),
    events: [...new Set(events.map(({ type, reason }) => `${type} ${reason}`))].sort(),
  };
}

/** The aspects in which two plays of a story differ. */
export function differingAspects(a: LiveOutcome, b: LiveOutcome): readonly (keyof LiveOutcome)[] {
  const aspects: (keyof LiveOutcome)[] = [];
  if (!areSimilar(a.plateaus, b.plateaus) || !areSimilar(b.plateaus, a.plateaus)) aspects.push('plateaus');
  for (const aspect of ['directions', 'conditions', 'events'] as const) {
    if (JSON.stringify(a[aspect]) !== JSON.stringify(b[aspect])) aspects.push(aspect);
  }
  return aspects;
}

/** Whether the long rests of the one are, in their order, among the rests of the other. */
function areSimilar(one: readonly Plateau[], other: readonly Plateau[]): boolean {
  const rests = other.filter(({ restMs }) => restMs >= SHORT_REST_MS);
  let index = -1;
  return one
    .filter(({ restMs }) => restMs >= LONG_REST_MS)
    .every(({ specReplicas }) => {
      index = rests.findIndex((rest, place) => place > index && rest.specReplicas === specReplicas);
      return index !== -1;
    });
}

/** From the HPA's making on: each count from the first read of it to the first read of another. */
function plateausOf(entries: readonly AuditEntry[], reads: readonly AuditEntry[]): readonly Plateau[] {
  const made = entries.find(({ subject, verb }) => subject === 'horizontalpodautoscalers' && verb === 'create');
  const startMs = made?.answeredAtMs ?? 0;
  const endMs = reads.at(-1)?.answeredAtMs ?? startMs;
  const changes: { specReplicas: number; atMs: number }[] = [];
  for (const { responseObject, answeredAtMs } of reads) {
    const specReplicas = (responseObject as unknown as Scale).spec.replicas ?? 0;
    if (specReplicas === changes.at(-1)?.specReplicas) continue;
    changes.push({ specReplicas, atMs: changes.length === 0 ? startMs : answeredAtMs });
  }
  return changes.map(({ specReplicas, atMs }, index) => ({
    specReplicas,
    restMs: (changes[index + 1]?.atMs ?? endMs) - atMs,
  }));
}

function isScaleWrite({ subject, verb }: AuditEntry): boolean {
  return subject.endsWith('/scale') && verb === 'update';
}

function directionOf(write: AuditEntry, reads: readonly AuditEntry[]): string {
  const before = reads.findLast(({ receivedAtMs }) => receivedAtMs < write.receivedAtMs)?.responseObject as unknown as
    | Scale
    | undefined;
  const wanted = (write.requestObject as Scale).spec.replicas ?? 0;
  return wanted > (before?.spec.replicas ?? 0) ? 'up' : 'down';
}

function withoutRepeats<T>(values: readonly T[]): readonly T[] {
  return values.filter((value, index) => value !== values[index - 1]);
}
