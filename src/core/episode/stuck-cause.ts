import { conditionOf } from './conditions.ts';
import type { StuckCause } from './notice.ts';
import type { HpaSeen } from './observation.ts';
import { type OpenEpisode, type ScalingInput, targetOf } from './scaling.ts';

/** Why pods are not there. */
export interface Trouble {
  readonly cause: StuckCause;
  readonly message: string;
}

/** The first that holds, from the controller's side to the pods'; a rollout's `Progressing` says nothing of a scaling. */
export function troubleOf({ hpa, target, pods }: HpaSeen): Trouble {
  const able = conditionOf(hpa, 'AbleToScale');
  if (able?.status === 'False' && able.reason === 'FailedUpdateScale') {
    return { cause: 'FailedUpdateScale', message: able.message ?? '' };
  }
  if (target.kind === 'seen' && target.target.replicaFailure !== undefined) {
    const { reason, message } = target.target.replicaFailure;
    return { cause: 'ReplicaFailure', message: message === '' ? reason : message };
  }
  if (pods.kind === 'seen' && pods.worst !== undefined) {
    const { cause, podName, message } = pods.worst;
    return { cause, message: message === '' ? podName : `${podName}: ${message}` };
  }
  return { cause: 'Unknown', message: '' };
}

/** Scalings of which the usual duration is known well enough. */
const DURATIONS_COUNT_MIN = 3;

/**
 * How long a scaling may take: what the options say, or three times what the last ones took when they are slower. Where
 * pods start one after the other, as long for each.
 */
export function stuckAfterMs(open: OpenEpisode, { options, durationsMs, seen }: ScalingInput): number {
  const isOrdered = seen.target.kind === 'seen' && seen.target.target.isOrdered;
  const podCount = Math.max(1, targetOf(open, open.baselineReplicas) - open.baselineReplicas);
  const allowedMs = options.stuckAfterMs * (isOrdered ? podCount : 1);
  return durationsMs.length < DURATIONS_COUNT_MIN ? allowedMs : Math.max(allowedMs, 3 * medianOf(durationsMs));
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
