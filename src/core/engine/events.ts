import type { DecisionEvent } from './decision.ts';

/** The scale could not be read: the raw error of parsing, mapping or reading. */
export function failedGetScaleEvent(message: string): DecisionEvent {
  return warning('FailedGetScale', message);
}

/** The selector check failed; a failed listing of pods has no event of its own. */
export function selectorEvent(code: string, message: string): DecisionEvent | null {
  switch (code) {
    case 'SelectorRequired':
      return warning('SelectorRequired', message);
    case 'SelectorInvalid':
      return warning('InvalidSelector', message);
    case 'Ambiguous':
      return warning('AmbiguousSelector', message);
    case 'OwnershipUnknown':
      return warning('OwnershipUnknown', message);
    default:
      return null;
  }
}

/** One metric could not be computed. */
export function failedMetricEvent(reason: string, innerText: string): DecisionEvent {
  return warning(reason, innerText);
}

/** No count could be computed; comes after the status write. */
export function failedComputeEvent(message: string): DecisionEvent {
  return warning('FailedComputeMetricsReplicas', message);
}

/** The scale was written. The reason may be empty or contradict the direction (specification 10, Q36). */
export function successfulRescaleEvent(replicaCount: number, reason: string): DecisionEvent {
  return { type: 'Normal', reason: 'SuccessfulRescale', message: `New size: ${replicaCount}; reason: ${reason}` };
}

/** The scale write failed. */
export function failedRescaleEvent(replicaCount: number, reason: string, error: string): DecisionEvent {
  return warning('FailedRescale', `New size: ${replicaCount}; reason: ${reason}; error: ${error}`);
}

/** The status write failed: its raw error. */
export function failedUpdateStatusEvent(message: string): DecisionEvent {
  return warning('FailedUpdateStatus', message);
}

function warning(reason: string, message: string): DecisionEvent {
  return { type: 'Warning', reason, message };
}
