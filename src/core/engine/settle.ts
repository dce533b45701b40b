import type { HpaStatus } from '../autoscaling/types.ts';
import {
  type ConditionList,
  failedUpdateScale,
  NOT_SCALED_TO_ZERO,
  removeCondition,
  SCALED_TO_ZERO,
  setConditions,
  succeededRescale,
} from './conditions.ts';
import type { DraftOfHpa, Proposal, ScaleWriteOutcome, Settlement } from './decision.ts';
import type { Memory } from './memory.ts';
import { moveScaleEvent } from './scale-events.ts';
import { buildStatus } from './status.ts';
import { areStatusesEqual } from './status-equality.ts';

/**
 * What follows from how the scale write went: the status to write, whether upstream would write it, and the memory to
 * keep. An outcome for a write that was not wanted is ignored; a wanted write that was not tried leaves the status as if
 * nothing had been wanted, which is what a mere observer needs. Pure and total.
 */
export function settle(proposal: Proposal, outcome: ScaleWriteOutcome): Settlement {
  const { draft, scaleWrite: intent } = proposal;
  const scaleWrite: ScaleWriteOutcome = intent === null ? { kind: 'notTried' } : outcome;
  if (draft.stage === 'gone') return { proposal, scaleWrite, status: null, isStatusChanged: false, memory: null };
  if (draft.stage === 'unreadable') {
    return { proposal, scaleWrite, status: null, isStatusChanged: false, memory: proposal.memory };
  }
  const list = settleConditions(proposal, draft, scaleWrite);
  const status = settleStatus(draft, list, scaleWrite, intent !== null);
  // A transition or rescale within this second shows the same text as the stored time, yet is a later instant.
  const isRescaled = intent !== null && scaleWrite.kind === 'written';
  const isFinerThanText = (list.hasTransition || isRescaled) && draft.nowMs % 1000 !== 0;
  return {
    proposal,
    scaleWrite,
    status,
    isStatusChanged: isFinerThanText || !areStatusesEqual(draft.storedStatus, status),
    memory: settleMemory(proposal, draft.nowMs, scaleWrite),
  };
}

/**
 * A write that may have been done counts: rather a change too late than one beyond the policies. It counts from when the
 * answer came, as upstream's event does, so that a slow write does not leave the period before its time.
 */
function settleMemory({ scaleWrite: intent, memory }: Proposal, nowMs: number, outcome: ScaleWriteOutcome): Memory {
  if (intent === null || outcome.kind === 'notTried') return memory;
  if (outcome.kind === 'failed' && outcome.isPossiblyWritten !== true) return memory;
  const { answeredAtMs = nowMs } = outcome;
  const { scaleUpEvents, scaleDownEvents, ...others } = intent.memoryIfWritten;
  const isUp = intent.toReplicas > intent.fromReplicas;
  return {
    ...others,
    scaleUpEvents: isUp ? moveScaleEvent(scaleUpEvents, nowMs, answeredAtMs) : scaleUpEvents,
    scaleDownEvents: isUp ? scaleDownEvents : moveScaleEvent(scaleDownEvents, nowMs, answeredAtMs),
  };
}

function settleConditions({ scaleWrite }: Proposal, draft: DraftOfHpa, outcome: ScaleWriteOutcome): ConditionList {
  if (scaleWrite === null || outcome.kind === 'notTried') return draft;
  if (outcome.kind === 'failed') return setConditions(draft, [failedUpdateScale(outcome.message)], draft.nowMs);
  const written = setConditions(draft, [succeededRescale(scaleWrite.toReplicas)], draft.nowMs);
  switch (draft.zeroMark) {
    case 'removed':
      return removeCondition(written, 'ScaledToZero');
    case 'zero':
      return setConditions(written, [SCALED_TO_ZERO], draft.nowMs);
    case 'notZero':
      return setConditions(written, [NOT_SCALED_TO_ZERO], draft.nowMs);
  }
}

function settleStatus(
  draft: DraftOfHpa,
  { conditions }: ConditionList,
  outcome: ScaleWriteOutcome,
  wasWanted: boolean,
): HpaStatus {
  const { storedStatus, currentReplicas, desiredReplicas } = draft;
  if (draft.stage === 'scaleFailed') return { ...storedStatus, conditions };
  const isDone = draft.stage === 'reached' && (!wasWanted || outcome.kind === 'written');
  return buildStatus({
    storedStatus,
    currentReplicas,
    desiredReplicas: isDone ? desiredReplicas : storedStatus.desiredReplicas,
    metrics: draft.metricStatuses,
    conditions,
    rescaledAtMs: wasWanted && outcome.kind === 'written' ? draft.nowMs : null,
  });
}
