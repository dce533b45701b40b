import type { CrossVersionObjectReference, LabelSelector, ObjectMeta } from './types.ts';

/** `autoscaling/v1`: CPU utilization alone; the rest of an HPA travels in annotations. */
export interface HorizontalPodAutoscalerV1 {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly spec: HpaSpecV1;
  readonly status?: HpaStatusV1;
}

export interface HpaSpecV1 {
  readonly scaleTargetRef: CrossVersionObjectReference;
  readonly minReplicas?: number;
  readonly maxReplicas: number;
  readonly targetCPUUtilizationPercentage?: number;
}

export interface HpaStatusV1 {
  readonly observedGeneration?: number;
  readonly lastScaleTime?: string;
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly currentCPUUtilizationPercentage?: number;
}

/** A metric as the annotation holds it. */
export interface MetricSpecV1 {
  readonly type: string;
  readonly object?: {
    readonly target: CrossVersionObjectReference;
    readonly metricName: string;
    /** `0` when there is none. */
    readonly targetValue: string;
    readonly selector?: LabelSelector;
    readonly averageValue?: string;
  };
  readonly pods?: {
    readonly metricName: string;
    readonly targetAverageValue: string;
    readonly selector?: LabelSelector;
  };
  readonly resource?: ResourceSourceV1;
  readonly containerResource?: ResourceSourceV1 & { readonly container: string };
  readonly external?: {
    readonly metricName: string;
    readonly metricSelector?: LabelSelector;
    readonly targetValue?: string;
    readonly targetAverageValue?: string;
  };
}

export interface ResourceSourceV1 {
  readonly name: string;
  readonly targetAverageUtilization?: number;
  readonly targetAverageValue?: string;
}

/** A metric's current value as the annotation holds it. */
export interface MetricStatusV1 {
  readonly type: string;
  readonly object?: {
    readonly target: CrossVersionObjectReference;
    readonly metricName: string;
    readonly currentValue: string;
    readonly selector?: LabelSelector;
    readonly averageValue?: string;
  };
  readonly pods?: {
    readonly metricName: string;
    readonly currentAverageValue: string;
    readonly selector?: LabelSelector;
  };
  readonly resource?: ResourceStatusV1;
  readonly containerResource?: ResourceStatusV1 & { readonly container: string };
  readonly external?: {
    readonly metricName: string;
    readonly metricSelector?: LabelSelector;
    readonly currentValue: string;
    readonly currentAverageValue?: string;
  };
}

export interface ResourceStatusV1 {
  readonly name: string;
  readonly currentAverageUtilization?: number;
  readonly currentAverageValue: string;
}

/** A direction's rules in the internal spelling, as the annotation holds them. */
export interface ScalingRulesInternal {
  readonly StabilizationWindowSeconds?: number;
  readonly SelectPolicy?: string;
  readonly Policies?: readonly { readonly Type: string; readonly Value: number; readonly PeriodSeconds: number }[];
  readonly Tolerance?: string;
}

export interface BehaviorInternal {
  readonly ScaleUp?: ScalingRulesInternal;
  readonly ScaleDown?: ScalingRulesInternal;
}
