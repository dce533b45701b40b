import { type RateHistory, type RateLimit, scaleDownLimit, scaleUpLimit } from './rate-limit.ts';
import { toReplicaCount } from './replica-count.ts';
import type { DirectionRules } from './scaling-rules.ts';
import type { LimitTrace } from './trace.ts';

/** The bounds of an HPA. */
export interface ReplicaBounds {
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

/** Without `behavior` one reconcile may double the workload … */
const LEGACY_SCALE_UP_FACTOR = 2;

/** … or bring it to this many replicas. */
const LEGACY_SCALE_UP_REPLICAS = 4;

/**
 * The legacy bounds: min, and the lower of max and twice the current count (specification 4.1, steps 3 and 4; upstream:
 * convertDesiredReplicasWithRules). `scaleUpFactor` is 2; upstream's own test tables raise it.
 */
export function limitLegacy(
  stabilizedReplicas: number,
  currentReplicas: number,
  { minReplicas, maxReplicas }: ReplicaBounds,
  scaleUpFactor: number = LEGACY_SCALE_UP_FACTOR,
): LimitTrace {
  const rateLimit = toReplicaCount(Math.max(scaleUpFactor * currentReplicas, LEGACY_SCALE_UP_REPLICAS));
  const base = { stabilizedReplicas, rateLimit, policy: null, isDirectionDisabled: false };
  if (stabilizedReplicas < minReplicas) {
    return { ...base, code: 'TooFewReplicas', limitedReplicas: minReplicas };
  }
  const isRateLimited = maxReplicas > rateLimit;
  const highest = isRateLimited ? rateLimit : maxReplicas;
  if (stabilizedReplicas <= highest) {
    return { ...base, code: 'DesiredWithinRange', limitedReplicas: stabilizedReplicas };
  }
  return { ...base, code: isRateLimited ? 'ScaleUpLimit' : 'TooManyReplicas', limitedReplicas: highest };
}

/**
 * The bounds with `behavior`: only the one in the direction of the move, no nearer than the current count
 * (specification 4.4; upstream: convertDesiredReplicasWithBehaviorRate).
 */
export function limitWithBehavior(
  stabilizedReplicas: number,
  rules: { readonly up: DirectionRules; readonly down: DirectionRules },
  bounds: ReplicaBounds,
  history: RateHistory,
): LimitTrace {
  const { currentReplicas } = history;
  if (stabilizedReplicas > currentReplicas) {
    const rate = scaleUpLimit(rules.up, history);
    const limit = Math.max(rate.limit, currentReplicas);
    const isRateLimited = bounds.maxReplicas > limit;
    const highest = isRateLimited ? limit : bounds.maxReplicas;
    const code = isRateLimited ? 'ScaleUpLimit' : 'TooManyReplicas';
    return limited(stabilizedReplicas, Math.min(stabilizedReplicas, highest), code, rate);
  }
  if (stabilizedReplicas < currentReplicas) {
    const rate = scaleDownLimit(rules.down, history);
    const limit = Math.min(rate.limit, currentReplicas);
    const isRateLimited = bounds.minReplicas < limit;
    const lowest = isRateLimited ? limit : bounds.minReplicas;
    const code = isRateLimited ? 'ScaleDownLimit' : 'TooFewReplicas';
    return limited(stabilizedReplicas, Math.max(stabilizedReplicas, lowest), code, rate);
  }
  return {
    code: 'DesiredWithinRange',
    stabilizedReplicas,
    limitedReplicas: stabilizedReplicas,
    rateLimit: null,
    policy: null,
    isDirectionDisabled: false,
  };
}

function limited(
  stabilizedReplicas: number,
  limitedReplicas: number,
  code: LimitTrace['code'],
  { limit, policy, isDisabled }: RateLimit,
): LimitTrace {
  return {
    code: limitedReplicas === stabilizedReplicas ? 'DesiredWithinRange' : code,
    stabilizedReplicas,
    limitedReplicas,
    rateLimit: limit,
    policy,
    isDirectionDisabled: isDisabled,
  };
}
