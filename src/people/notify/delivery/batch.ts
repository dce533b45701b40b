import type { Notice, Severity } from '../../../core/episode/notice.ts';
import { gravestOf } from '../../../core/episode/severity.ts';
import type { MessageForm, OutboxRow } from './outbox-row.ts';
import type { Route } from './route.ts';
import type { SlidingLog } from './sliding-log.ts';

/** A row that may go out, with the route by which it goes. */
export interface Candidate {
  readonly row: OutboxRow;
  readonly route: Route;
  /** What goes into the same message: rows of one sink with the same key. */
  readonly unitKey: string;
  /** Not before this instant, monotonic ms. */
  readonly dueAtMs: number;
}

/** Rows that go out as one message. */
export interface Batch {
  readonly sink: string;
  readonly route: Route;
  /** The oldest first. */
  readonly rows: readonly OutboxRow[];
  readonly severity: Severity;
  readonly form: MessageForm;
  /** Whether it stands for messages that would not have fitted into the quota. */
  readonly isDigest: boolean;
}

/** What a credential does next. */
export type Choice =
  | { readonly kind: 'send'; readonly batch: Batch }
  /** Nothing until then; infinite when nothing is there. */
  | { readonly kind: 'wait'; readonly waitMs: number };

/** What a choice depends on beside the candidates. Instants are monotonic. */
export interface ChoiceState {
  readonly nowMs: number;
  readonly log: SlidingLog;
  /** Whether a backlog has gathered during a ban: then it goes out as digests, whatever the quota allows. */
  readonly isAfterBan: boolean;
  /** The next digest is not due before. */
  readonly digestAtMs: number;
  /** How many rows one message to a sink may stand for. */
  readonly rowsCountMax: (sink: string) => number;
}

/** Messages that go out one by one after a ban, and the most digests that a backlog is told in. */
export const DIGESTS_COUNT_MAX = 3;

/**
 * Chooses the next message: what is critical first, then what has waited longest. When more messages are ready than the
 * quota has room for, they go out as digests, of each sink and route one; those that may have arrived already go out as
 * they went before, so that a receiver can know them by their id.
 */
export function chooseBatch(candidates: readonly Candidate[], state: ChoiceState): Choice {
  const { nowMs, log } = state;
  const units = unitsOf(candidates);
  const ready = units.filter(({ dueAtMs }) => dueAtMs <= nowMs).sort(byUrgency);
  const nextDueMs = Math.min(...units.filter(({ dueAtMs }) => dueAtMs > nowMs).map(({ dueAtMs }) => dueAtMs - nowMs));
  const countMax = state.isAfterBan ? DIGESTS_COUNT_MAX : log.freeCount(nowMs, false);
  const [head] = ready;
  if (head === undefined) return { kind: 'wait', waitMs: nextDueMs };
  const isCrowded = ready.length > countMax;
  const isAlone = !isCrowded || head.isDoubtful || (head.severity === 'critical' && isFewCritical(ready, state));
  const chosen = isAlone ? head : digestOf(head, ready);
  const isDigest = !ready.includes(chosen);
  const quotaWaitMs = log.waitMs(nowMs, chosen.severity === 'critical');
  const waitMs = isDigest ? Math.max(quotaWaitMs, state.digestAtMs - nowMs) : quotaWaitMs;
  if (waitMs > 0) return { kind: 'wait', waitMs: Math.min(waitMs, nextDueMs) };
  return { kind: 'send', batch: batchOf(chosen, isDigest, state) };
}

/** Rows that belong into one message. */
interface Unit {
  readonly sink: string;
  readonly route: Route;
  readonly rows: readonly OutboxRow[];
  readonly severity: Severity;
  readonly dueAtMs: number;
  readonly isDoubtful: boolean;
}

function unitsOf(candidates: readonly Candidate[]): readonly Unit[] {
  const groups = Map.groupBy(candidates, ({ row, unitKey }) => `${row.sink} ${unitKey}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const rows = group.map(({ row }) => row);
    return [
      {
        sink: first.row.sink,
        route: first.route,
        rows,
        severity: gravestOf(rows.map(({ notice }) => notice)),
        // What came last makes a message worth another try at once.
        dueAtMs: Math.min(...group.map(({ dueAtMs }) => dueAtMs)),
        isDoubtful: first.row.doubt !== null,
      },
    ];
  });
}

/** Critical ones go out alone as long as the places that are kept for them are enough. */
function isFewCritical(ready: readonly Unit[], { isAfterBan, log, nowMs }: ChoiceState): boolean {
  if (isAfterBan) return false;
  const criticalCount = ready.filter(({ severity }) => severity === 'critical').length;
  return criticalCount <= log.freeCount(nowMs, true);
}

/** Everything for the sink and the route of the most urgent; for the sink alone when there are too many routes. */
function digestOf(head: Unit, ready: readonly Unit[]): Unit {
  const certain = ready.filter(({ isDoubtful }) => !isDoubtful);
  const destinations = new Set(certain.map(({ sink, route }) => `${sink} ${route.name}`));
  const isByRoute = destinations.size <= DIGESTS_COUNT_MAX;
  const alike = certain.filter(
    ({ sink, route }) => sink === head.sink && (!isByRoute || route.name === head.route.name),
  );
  if (alike.length === 1) return head;
  const rows = alike.flatMap((unit) => unit.rows);
  return { ...head, rows, severity: gravestOf(rows.map(({ notice }) => notice)) };
}

function batchOf({ sink, route, rows, severity }: Unit, isDigest: boolean, state: ChoiceState): Batch {
  const taken = rows.length <= state.rowsCountMax(sink) ? rows : rows.slice(0, state.rowsCountMax(sink));
  const sorted = taken.toSorted((left, right) => left.createdAtMs - right.createdAtMs);
  const form = FORMS[Math.max(...sorted.map((row) => FORMS.indexOf(row.form)))] ?? 'full';
  return { sink, route, rows: sorted, severity, form, isDigest };
}

const FORMS: readonly MessageForm[] = ['full', 'brief', 'plain'];

/** Critical before the rest, the rest by their age: a warning does not overtake. */
function byUrgency(left: Unit, right: Unit): number {
  const isLeftCritical = left.severity === 'critical' ? 0 : 1;
  const isRightCritical = right.severity === 'critical' ? 0 : 1;
  return isLeftCritical - isRightCritical || ageOf(left) - ageOf(right);
}

function ageOf({ rows }: Unit): number {
  return rows[0]?.createdAtMs ?? 0;
}

/**
 * What a notice is one of: the stages of an episode, and what begins and ends. While several of one family wait, they
 * are told as one message.
 */
export function familyOf(notice: Notice): string {
  const { id, type, episode, subject } = notice;
  if (episode !== undefined) return `episode ${episode.id}`;
  const family = FAMILIES.find((prefix) => type.startsWith(prefix));
  return family === undefined ? `notice ${id}` : `${family} ${subject?.hpaUid ?? notice.cluster}`;
}

const FAMILIES = ['limit.', 'target.', 'metrics.provider', 'metrics.', 'flapping.'];
