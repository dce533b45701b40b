import type { HorizontalPodAutoscaler, HpaCondition, HpaSpec, HpaStatus, ScalingRules } from './types.ts';

/** `autoscaling/v2beta2`, Kubernetes 1.12 to 1.25: version 2 without tolerance, and with a status that leaves nothing out. */
export interface HorizontalPodAutoscalerV2beta2 extends Omit<HorizontalPodAutoscaler, 'spec' | 'status'> {
  readonly spec: HpaSpecV2beta2;
  readonly status?: HpaStatusV2beta2;
}

export interface HpaSpecV2beta2 extends Omit<HpaSpec, 'behavior'> {
  readonly behavior?: BehaviorV2beta2;
}

export interface BehaviorV2beta2 {
  readonly scaleUp?: ScalingRulesV2beta2;
  readonly scaleDown?: ScalingRulesV2beta2;
}

export type ScalingRulesV2beta2 = Omit<ScalingRules, 'tolerance'>;

export interface HpaStatusV2beta2 extends Omit<HpaStatus, 'currentReplicas' | 'conditions'> {
  readonly currentReplicas: number;
  /** Null when empty. */
  readonly conditions: readonly HpaCondition[] | null;
}
