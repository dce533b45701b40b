import type { ScalingPolicy } from '../autoscaling/types.ts';
import type { ScaleEvent } from './memory.ts';
import { REPLICA_COUNT_MAX, toReplicaCount } from './replica-count.ts';
import { changeInPeriod } from './scale-events.ts';
import type { DirectionRules } from './scaling-rules.ts';
import type { LimitTrace } from './trace.ts';

/** The history that policies measure, and the count they start from. */
export interface RateHistory {
  readonly currentReplicas: number;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  readonly nowMs: number;
}

/** The farthest count that a direction's policies allow, with the policy that gave it. */
export interface RateLimit {
  readonly limit: number;
  readonly policy: LimitTrace['policy'];
  readonly isDisabled: boolean;
}

/** How far the workload may grow now (specification 4.4; upstream: calculateScaleUpLimitWithScalingRules). */
export function scaleUpLimit(rules: DirectionRules, history: RateHistory): RateLimit {
  const isMin = rules.selectPolicy === 'Min';
  return chooseLimit(rules, history, isMin ? REPLICA_COUNT_MAX : -REPLICA_COUNT_MAX - 1, isMin, (start, policy) =>
    policy.type === 'Pods' ? (start + policy.value) | 0 : toReplicaCount(Math.ceil(start * (1 + policy.value / 100))),
  );
}

/** How far the workload may shrink now (specification 4.4; upstream: calculateScaleDownLimitWithBehaviors). */
export function scaleDownLimit(rules: DirectionRules, history: RateHistory): RateLimit {
  const isMin = rules.selectPolicy === 'Min';
  return chooseLimit(rules, history, isMin ? -REPLICA_COUNT_MAX - 1 : REPLICA_COUNT_MAX, !isMin, (start, policy) =>
    policy.type === 'Pods' ? (start - policy.value) | 0 : toReplicaCount(start * (1 - policy.value / 100)),
  );
}

/**
 * The smallest or largest of what the policies allow, counted from the replicas at the start of each one's period. An
 * unknown type repeats the candidate before it. Counts wrap around at 32 bits (specification 13.5).
 */
function chooseLimit(
  rules: DirectionRules,
  history: RateHistory,
  worst: number,
  isSmallest: boolean,
  candidateOf: (start: number, policy: ScalingPolicy) => number,
): RateLimit {
  const { currentReplicas, scaleUpEvents, scaleDownEvents, nowMs } = history;
  if (rules.selectPolicy === 'Disabled') return { limit: currentReplicas, policy: null, isDisabled: true };
  let limit = worst;
  let chosen: LimitTrace['policy'] = null;
  let candidate = 0;
  for (const policy of rules.policies) {
    const periodMs = policy.periodSeconds * 1000;
    const addedCount = changeInPeriod(scaleUpEvents, periodMs, nowMs);
    const removedCount = changeInPeriod(scaleDownEvents, periodMs, nowMs);
    const periodStartReplicas = (currentReplicas - addedCount + removedCount) | 0;
    if (policy.type === 'Pods' || policy.type === 'Percent') candidate = candidateOf(periodStartReplicas, policy);
    if (isSmallest ? candidate < limit : candidate > limit) {
      limit = candidate;
      const { type, value, periodSeconds } = policy;
      chosen = { type, value, periodSeconds, periodStartReplicas };
    }
  }
  return { limit, policy: chosen, isDisabled: false };
}
