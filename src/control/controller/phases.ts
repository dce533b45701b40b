import { CONTROLLER_SLOT_MS_MAX } from '../../base/limits.ts';
import type { ObjectKey } from '../../base/object-key.ts';

/** When one HPA is synced: its offset inside the period, and when its first sync is due after the start. */
export interface Phase {
  readonly key: ObjectKey;
  readonly offsetMs: number;
  readonly firstDelayMs: number;
}

/** Fewer HPAs than this share one slot: cutting them up would only cost metrics calls. */
const SLOT_HPAS_MIN = 32;

/**
 * So many HPAs of a slot are synced at one instant. Requests that come singly wake both ends from their sleep each time;
 * in company they cost the controller and the API server less than two thirds of the processor time.
 */
const GROUP_HPAS_COUNT = 16;

/** How fast the first pass after a start goes through the HPAs, unless the period asks for less. */
const FIRST_PASS_GAP_MS_MAX = 2;

/**
 * Spreads the HPAs that are there at the start over the period. The period is cut into slots of at most two seconds,
 * because one metrics LIST serves a slot; HPAs of a namespace stay together as far as slots of equal size allow, and
 * stand in small groups, evenly within their slot. The first pass comes sooner: operators look at the first seconds
 * after a start.
 */
export function spreadOverPeriod(keys: readonly ObjectKey[], periodMs: number): readonly Phase[] {
  const slotCount = Math.max(1, Math.ceil(periodMs / CONTROLLER_SLOT_MS_MAX));
  const slotMs = periodMs / slotCount;
  const slotHpas = Math.max(SLOT_HPAS_MIN, Math.ceil(keys.length / slotCount));
  const firstGapMs = Math.min(FIRST_PASS_GAP_MS_MAX, periodMs / Math.max(1, keys.length));
  return byNamespace(keys).map((key, index) => {
    const slot = Math.floor(index / slotHpas);
    const place = index % slotHpas;
    const groupPlace = place - (place % GROUP_HPAS_COUNT);
    return { key, offsetMs: slot * slotMs + (groupPlace / slotHpas) * slotMs, firstDelayMs: index * firstGapMs };
  });
}

function byNamespace(keys: readonly ObjectKey[]): readonly ObjectKey[] {
  return [...keys].sort((left, right) => compare(left.namespace, right.namespace) || compare(left.name, right.name));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
