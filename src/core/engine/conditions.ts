import { formatRfc3339 } from '../../base/rfc3339.ts';
import type { HpaCondition } from '../autoscaling/types.ts';
import type { CombinationTrace, LimitTrace, StabilizationTrace } from './trace.ts';

/** A condition as a rule sets it; when it changed is the list's business. */
export interface ConditionChange {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The conditions of a status while a reconcile edits them. */
export interface ConditionList {
  readonly conditions: readonly HpaCondition[];
  /** Whether a condition's status changed in this reconcile; then it carries this instant, finer than the text shows. */
  readonly hasTransition: boolean;
}

/**
 * Sets conditions in order: one entry a type, in the order of first appearance; the transition time moves only with the
 * status, not with reason or message (specification 1.8; upstream: setConditionInList).
 */
export function setConditions(list: ConditionList, changes: readonly ConditionChange[], nowMs: number): ConditionList {
  const conditions = list.conditions.slice();
  let { hasTransition } = list;
  let nowText: string | undefined;
  for (const change of changes) {
    const index = conditions.findIndex(({ type }) => type === change.type);
    const old = conditions[index];
    if (old !== undefined && isSame(old, change)) continue;
    const isTransition = (old?.status ?? '') !== change.status;
    if (isTransition) {
      hasTransition = true;
      nowText ??= formatRfc3339(nowMs);
    }
    const next = edited(old, change, isTransition ? nowText : old?.lastTransitionTime);
    if (old === undefined) conditions.push(next);
    else conditions[index] = next;
  }
  return { conditions, hasTransition };
}

/** The list without the conditions of a type. */
export function removeCondition(list: ConditionList, type: string): ConditionList {
  return {
    conditions: list.conditions.filter((condition) => condition.type !== type),
    hasTransition: list.hasTransition,
  };
}

function isSame(old: HpaCondition, { status, reason, message }: ConditionChange): boolean {
  return old.status === status && old.reason === reason && old.message === message;
}

/** Fields that this version does not know stay as they are. */
function edited(
  old: HpaCondition | undefined,
  change: ConditionChange,
  transitionTime: string | undefined,
): HpaCondition {
  const { type, status, reason, message } = change;
  const time = transitionTime === undefined ? {} : { lastTransitionTime: transitionTime };
  return { ...old, type, status, ...time, reason, message };
}

/** The scale could not be read. */
export function failedGetScale(message: string): ConditionChange {
  return able('False', 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${message}`);
}

export const SUCCEEDED_GET_SCALE: ConditionChange = able(
  'True',
  'SucceededGetScale',
  "the HPA controller was able to get the target's current scale",
);

/** The scale was written. */
export function succeededRescale(replicaCount: number): ConditionChange {
  return able('True', 'SucceededRescale', `the HPA controller was able to update the target scale to ${replicaCount}`);
}

/** The scale write failed. */
export function failedUpdateScale(message: string): ConditionChange {
  return able('False', 'FailedUpdateScale', `the HPA controller was unable to update the target scale: ${message}`);
}

const STABILIZATION_CONDITIONS: Readonly<Record<StabilizationTrace['code'], ConditionChange>> = {
  Unchanged: able('True', 'ReadyForNewScale', 'recommended size matches current size'),
  ScaleDownStabilized: able(
    'True',
    'ScaleDownStabilized',
    'recent recommendations were higher than current one, applying the highest recent recommendation',
  ),
  ScaleUpStabilized: able(
    'True',
    'ScaleUpStabilized',
    'recent recommendations were lower than current one, applying the lowest recent recommendation',
  ),
};

/** What stabilization did. */
export function stabilizationCondition({ code }: StabilizationTrace): ConditionChange {
  return STABILIZATION_CONDITIONS[code];
}

const LIMIT_MESSAGES: Readonly<Record<LimitTrace['code'], string>> = {
  DesiredWithinRange: 'the desired count is within the acceptable range',
  TooFewReplicas: 'the desired replica count is less than the minimum replica count',
  TooManyReplicas: 'the desired replica count is more than the maximum replica count',
  ScaleUpLimit: 'the desired replica count is increasing faster than the maximum scale rate',
  ScaleDownLimit: 'the desired replica count is decreasing faster than the maximum scale rate',
};

/** Upstream's sentence for a limit's reason. */
export function limitMessage(code: LimitTrace['code']): string {
  return LIMIT_MESSAGES[code];
}

/** What bounds and policies did. */
export function limitCondition({ code }: LimitTrace): ConditionChange {
  const status = code === 'DesiredWithinRange' ? 'False' : 'True';
  return { type: 'ScalingLimited', status, reason: code, message: LIMIT_MESSAGES[code] };
}

export const SCALING_DISABLED: ConditionChange = active(
  'False',
  'ScalingDisabled',
  'scaling is disabled since the replica count of the target is zero',
);

/** The selector check failed; a failed listing of pods says nothing. */
export function selectorCondition(code: string, message: string): ConditionChange | null {
  switch (code) {
    case 'SelectorRequired':
      return active('False', 'InvalidSelector', "the HPA target's scale is missing a selector");
    case 'SelectorInvalid':
      return active('False', 'InvalidSelector', message);
    case 'Ambiguous':
      return active('False', 'AmbiguousSelector', message);
    case 'OwnershipUnknown':
      return active('False', 'OwnershipUnknown', message);
    default:
      return null;
  }
}

/** The metrics could not be computed; the first failing one speaks. */
export function failedMetricCondition(reason: string, innerText: string): ConditionChange {
  return active('False', reason, `the HPA was unable to compute the replica count: ${innerText}`);
}

/**
 * The metrics gave a count. Without any metric upstream sets a condition without type, status and texts.
 */
export function validMetricCondition(combination: CombinationTrace, winnerName: string): ConditionChange {
  if (combination.metricCount === 0) return { type: '', status: '', reason: '', message: '' };
  return active(
    'True',
    'ValidMetricFound',
    `the HPA was able to successfully calculate a replica count from ${winnerName}`,
  );
}

export const SCALED_TO_ZERO: ConditionChange = {
  type: 'ScaledToZero',
  status: 'True',
  reason: 'ScaledToZero',
  message: 'the HPA controller scaled the workload to zero',
};

export const NOT_SCALED_TO_ZERO: ConditionChange = {
  type: 'ScaledToZero',
  status: 'False',
  reason: 'NotScaledToZero',
  message: 'the HPA controller did not scale the workload to zero',
};

function able(status: string, reason: string, message: string): ConditionChange {
  return { type: 'AbleToScale', status, reason, message };
}

function active(status: string, reason: string, message: string): ConditionChange {
  return { type: 'ScalingActive', status, reason, message };
}
