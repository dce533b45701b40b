import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { ConditionChange } from './conditions.ts';
import type { DecisionEvent } from './decision.ts';
import type { Facts } from './facts.ts';
import type { HpaReading } from './hpa-reading.ts';
import type { Memory, ToldHold } from './memory.ts';
import type { EngineOptions } from './options.ts';
import { findBreakerHold } from './scale-down-breaker.ts';
import type { HoldTrace } from './trace.ts';

/** What might be held, and what might hold it. */
export interface HoldInput {
  readonly hpa: HpaReading;
  readonly facts: Facts;
  readonly options: EngineOptions;
  readonly currentReplicas: number;
  /** Null when no count was reached. */
  readonly wantedReplicas: number | null;
  /** A bound that a person set moved the count: no doubt about metrics holds it. */
  readonly isForced: boolean;
}

/**
 * What keeps the count where it is, whatever is wanted; null when nothing does. Podtide's own
 * (docs/specification/options.md): upstream writes every count that it reaches.
 */
export function findHold(input: HoldInput): HoldTrace | null {
  const { hpa, facts, options, currentReplicas, wantedReplicas } = input;
  const { pause } = hpa.own.options;
  if (pause !== null && facts.nowMs < pause.untilMs) return { code: 'Paused', wantedReplicas, ...pause };
  const { scaleDownBreaker } = options;
  if (scaleDownBreaker === null || input.isForced || wantedReplicas === null || wantedReplicas >= currentReplicas) {
    return null;
  }
  const { nowMs, pressure } = facts;
  return findBreakerHold({ wantedReplicas, nowMs, pressure }, scaleDownBreaker);
}

/** The conditions under a hold: AbleToScale tells of it in place of what upstream would say there. */
export function conditionsUnderHold(
  changes: readonly ConditionChange[],
  hold: HoldTrace | null,
  currentReplicas: number,
): readonly ConditionChange[] {
  if (hold === null || hold.code === 'FleetNotSeen') return changes;
  const held: ConditionChange = {
    type: 'AbleToScale',
    status: 'False',
    reason: hold.code,
    message: holdText(hold) + wantedText(hold, currentReplicas),
  };
  return changes.map((change) => (change.type === 'AbleToScale' ? held : change));
}

/** What is told and remembered of a hold. */
export interface HoldNote {
  readonly events: readonly DecisionEvent[];
  readonly memory: Memory;
}

/**
 * Tells of a hold when it begins and when it ends. While no count is reached a scale-down that was held is neither let go
 * nor held.
 */
export function noteHold(memory: Memory, hold: HoldTrace | null, isCountReached: boolean): HoldNote {
  const before = memory.heldBy;
  const after = nextHeldBy(before, hold, isCountReached);
  if (before === after) return { events: [], memory };
  const events: DecisionEvent[] = [];
  if (before !== undefined) events.push(END_EVENTS[before]);
  if (hold !== null && hold.code !== 'FleetNotSeen') {
    const type = hold.code === 'Paused' ? 'Normal' : 'Warning';
    events.push({ type, reason: hold.code, message: holdText(hold) });
  }
  const { heldBy: _, ...rest } = memory;
  return { events, memory: after === undefined ? rest : { ...rest, heldBy: after } };
}

function nextHeldBy(
  before: ToldHold | undefined,
  hold: HoldTrace | null,
  isCountReached: boolean,
): ToldHold | undefined {
  if (hold !== null && hold.code !== 'FleetNotSeen') return hold.code;
  const isStillOpen = before === 'CorrelatedScaleDown' && (hold !== null || !isCountReached);
  return isStillOpen ? before : undefined;
}

const END_EVENTS: Readonly<Record<ToldHold, DecisionEvent>> = {
  Paused: { type: 'Normal', reason: 'Resumed', message: 'the pause is over, scale writes go out again' },
  CorrelatedScaleDown: {
    type: 'Normal',
    reason: 'ScaleDownReleased',
    message: 'the scale-down breaker no longer holds this HPA',
  },
};

function holdText(hold: Exclude<HoldTrace, { code: 'FleetNotSeen' }>): string {
  if (hold.code === 'Paused') {
    return `paused until ${formatRfc3339(hold.untilMs)}${hold.reason === '' ? '' : `: ${hold.reason}`}`;
  }
  const { wantDownCount, hpaCount, api, shareRatioMax, untilMs } = hold;
  return `held until ${formatRfc3339(untilMs)}: ${wantDownCount} of ${hpaCount} HPAs on ${api} want down within a minute, more than ${percentText(shareRatioMax)}`;
}

function wantedText({ wantedReplicas }: HoldTrace, currentReplicas: number): string {
  if (wantedReplicas === null || wantedReplicas === currentReplicas) return '';
  return `; would go from ${currentReplicas} to ${wantedReplicas}`;
}

function percentText(ratio: number): string {
  return `${Math.round(ratio * 10_000) / 100} %`;
}
