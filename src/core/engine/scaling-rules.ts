import { DEFAULT_SCALE_DOWN, DEFAULT_SCALE_UP } from '../autoscaling/defaulting.ts';
import type { Behavior, ScalingPolicy, ScalingRules } from '../autoscaling/types.ts';

/** One direction's rules with upstream's readings of absent and unknown fields. */
export interface DirectionRules {
  /** Undefined where the flag's default applies. */
  readonly windowSeconds: number | undefined;
  /** Max, Min or Disabled; an unknown one acts as Max. */
  readonly selectPolicy: string;
  readonly policies: readonly ScalingPolicy[];
}

const NO_POLICIES: readonly ScalingPolicy[] = [];

/** The rules for growing; the API server's defaults for a behavior that never passed through it. */
export function scaleUpRules(behavior: Behavior): DirectionRules {
  return readRules(behavior.scaleUp ?? DEFAULT_SCALE_UP);
}

/** The rules for shrinking, likewise. */
export function scaleDownRules(behavior: Behavior): DirectionRules {
  return readRules(behavior.scaleDown ?? DEFAULT_SCALE_DOWN);
}

/** An absent list of policies is an empty one, as Go decodes it. */
export function readRules(rules: ScalingRules): DirectionRules {
  return {
    windowSeconds: rules.stabilizationWindowSeconds,
    selectPolicy: rules.selectPolicy ?? 'Max',
    policies: rules.policies ?? NO_POLICIES,
  };
}

/** The longest period of the policies in milliseconds: how long an event of this direction counts (specification 4.5). */
export function longestPeriodMs({ policies }: DirectionRules): number {
  let longestSeconds = 0;
  for (const { periodSeconds } of policies) if (periodSeconds > longestSeconds) longestSeconds = periodSeconds;
  return longestSeconds * 1000;
}
