import type {
  Decision,
  DecisionEvent,
  DecisionTelemetry,
  DraftOfHpa,
  Settlement,
  StatusWriteOutcome,
} from './decision.ts';
import { failedRescaleEvent, failedUpdateStatusEvent, successfulRescaleEvent } from './events.ts';
import { scaleAction } from './telemetry.ts';

/** The whole outcome of a reconcile, once it is known how the status write went. Pure and total. */
export function conclude(settlement: Settlement, statusWrite: StatusWriteOutcome): Decision {
  const { proposal, scaleWrite } = settlement;
  const { draft, trace } = proposal;
  const base = {
    apiVersion: 'podtide.dev/v1',
    kind: 'Decision',
    hpa: draft.hpa,
    atMs: draft.nowMs,
    isDeleted: draft.stage === 'gone',
    memory: settlement.memory,
    trace,
  } as const;
  if (draft.stage === 'gone' || draft.stage === 'unreadable') return { ...base, ...NOTHING_DONE, error: draft.error };
  const error = concludeError(draft, settlement, statusWrite);
  const intent = proposal.scaleWrite;
  const isStatusWritten = statusWrite.kind === 'written';
  const attemptCount = scaleWrite.kind === 'notTried' ? 0 : scaleWrite.attemptCount;
  return {
    ...base,
    currentReplicas: draft.stage === 'scaleFailed' ? null : draft.currentReplicas,
    desiredReplicas: draft.stage === 'reached' ? draft.desiredReplicas : null,
    scaledTo: scaleWrite.kind === 'written' && intent !== null ? intent.toReplicas : null,
    scaleWriteAttempts: intent === null ? [] : repeated(intent.toReplicas, attemptCount),
    rescaleReason: intent?.reason ?? null,
    isStatusWritten,
    status: isStatusWritten ? settlement.status : draft.storedStatus,
    events: concludeEvents(draft, settlement, statusWrite),
    error,
    telemetry: concludeTelemetry(draft, settlement, error),
  };
}

const NOTHING_DONE = {
  currentReplicas: null,
  desiredReplicas: null,
  scaledTo: null,
  scaleWriteAttempts: [],
  rescaleReason: null,
  isStatusWritten: false,
  status: null,
  events: [],
  telemetry: null,
} as const;

/** Attempts of one reconcile; upstream's conflict retry ends after five. */
function repeated(value: number, count: number): readonly number[] {
  const values: number[] = [];
  for (let index = 0; index < count && index < ATTEMPT_COUNT_MAX; index++) values.push(value);
  return values;
}

const ATTEMPT_COUNT_MAX = 5;

/** A failed scale write beats a metric's error; a failed status write beats that error, but no earlier end. */
function concludeError(draft: DraftOfHpa, { scaleWrite }: Settlement, statusWrite: StatusWriteOutcome): string | null {
  if (scaleWrite.kind === 'failed') return `failed to rescale ${draft.reference}: ${scaleWrite.message}`;
  if (draft.stage === 'reached' && statusWrite.kind === 'failed') {
    return `failed to update status for ${draft.hpa.name}: ${statusWrite.message}`;
  }
  return draft.error;
}

function concludeEvents(
  draft: DraftOfHpa,
  { proposal, scaleWrite }: Settlement,
  statusWrite: StatusWriteOutcome,
): readonly DecisionEvent[] {
  const events = draft.events.slice();
  const intent = proposal.scaleWrite;
  if (intent !== null && scaleWrite.kind === 'written') {
    events.push(successfulRescaleEvent(intent.toReplicas, intent.reason));
  }
  if (intent !== null && scaleWrite.kind === 'failed') {
    events.push(failedRescaleEvent(intent.toReplicas, intent.reason, scaleWrite.message));
  }
  if (statusWrite.kind === 'failed') events.push(failedUpdateStatusEvent(statusWrite.message));
  events.push(...draft.closingEvents);
  return events;
}

function concludeTelemetry(
  draft: DraftOfHpa,
  { proposal, scaleWrite }: Settlement,
  error: string | null,
): DecisionTelemetry {
  const intent = proposal.scaleWrite;
  const isRescaled = intent !== null && scaleWrite.kind === 'written';
  const isGaugeSet = draft.stage === 'reached' && (intent === null || isRescaled);
  return {
    action: isRescaled ? scaleAction(intent.fromReplicas, intent.toReplicas) : 'none',
    error: error === null ? 'none' : draft.isSpecError ? 'spec' : 'internal',
    metrics: draft.metricTelemetry,
    desiredReplicas: isGaugeSet ? draft.desiredReplicas : null,
  };
}
