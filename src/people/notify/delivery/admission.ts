import type { Notice } from '../../../core/episode/notice.ts';
import type { DeliveryEvent, Routing } from './delivery-port.ts';
import { type Inhibitors, inhibit, inhibitStuck } from './inhibition.ts';
import { entryKeyOf, type OutboxRow } from './outbox-row.ts';
import { quietUntilMs } from './quiet-hours.ts';
import { type Destination, destinationsOf, isWanted } from './route.ts';
import { type Silence, silenceOf } from './silence.ts';

/** What decides whether a notice is told. */
export interface AdmissionState {
  readonly routing: Routing;
  readonly silences: Iterable<Silence>;
  readonly inhibitors: Inhibitors;
  /** Epoch ms of the wall clock. */
  readonly nowMs: number;
}

/** What comes of a notice: rows of the outbox, and why there are none or fewer. */
export interface Admission {
  readonly rows: readonly OutboxRow[];
  readonly inhibitors: Inhibitors;
  /** Each for a sink; for none where nobody at all is told. */
  readonly events: readonly { readonly sink: string; readonly event: DeliveryEvent }[];
}

/** Decides who is told of a notice. In this order: needless beside others, not wanted, silenced, no route, quiet hours. */
export function admit(place: string, notice: Notice, state: AdmissionState): Admission {
  const { routing, silences, nowMs } = state;
  const { isNeedless, inhibitors } = inhibit(notice, state.inhibitors);
  const nobody = (event: DeliveryEvent): Admission => ({ rows: [], inhibitors, events: [{ sink: '', event }] });
  if (isNeedless) return nobody('inhibited');
  if (!isWanted(notice, routing.mustAsk)) return nobody('unwanted');
  if (silenceOf(notice, silences, nowMs) !== undefined) return nobody('silenced');
  const destinations = destinationsOf(notice, routing.routes).filter(({ sink }) => routing.sinks.has(sink));
  if (destinations.length === 0) return nobody('unrouted');
  const sinks = destinations.map(({ sink }) => sink);
  const stuck = inhibitStuck(notice, sinks, inhibitors);
  const open = destinations.filter(({ sink }) => stuck.told.includes(sink));
  const rows = open.map((destination) => rowOf(place, notice, destination, state));
  const quiet = open.filter((_, index) => rows[index] === undefined);
  return {
    rows: rows.filter((row) => row !== undefined),
    inhibitors: stuck.inhibitors,
    events: [
      ...sinks.filter((sink) => !stuck.told.includes(sink)).map((sink) => ({ sink, event: 'inhibited' as const })),
      ...quiet.map(({ sink }) => ({ sink, event: 'quiet' as const })),
    ],
  };
}

/** A row that has not been tried. */
export function newRow(
  place: string,
  notice: Notice,
  sink: string,
  { routing, nowMs }: Pick<AdmissionState, 'routing' | 'nowMs'>,
): OutboxRow {
  return {
    entryKey: entryKeyOf(place, notice.id),
    notice,
    sink,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + routing.expireAfterMs,
    heldUntilMs: 0,
    isDigested: false,
    state: 'pending',
    attemptCount: 0,
    doubtfulCount: 0,
    doubt: null,
    lastOutcome: '',
    form: 'full',
  };
}

/** Undefined when it falls into hours whose notices nobody is told of. */
function rowOf(
  place: string,
  notice: Notice,
  { sink, route }: Destination,
  state: AdmissionState,
): OutboxRow | undefined {
  const row = newRow(place, notice, sink, state);
  const { quiet, timeZone } = route;
  if (quiet === null || quiet.exceptSeverities.includes(notice.severity)) return row;
  const untilMs = quietUntilMs(quiet, timeZone, state.nowMs);
  if (untilMs === undefined) return row;
  if (quiet.mode === 'drop') return undefined;
  return {
    ...row,
    heldUntilMs: untilMs,
    expiresAtMs: untilMs + state.routing.expireAfterMs,
    isDigested: quiet.mode === 'digest',
  };
}
