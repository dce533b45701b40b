import type { Behavior, CrossVersionObjectReference, ScalingRules } from '../autoscaling/types.ts';
import type { Int64 } from '../engine/facts.ts';
import type { Recommendation, ScaleEvent } from '../engine/memory.ts';
import type { EngineOptions } from '../engine/options.ts';
import type { MetricEntry, PodEntry } from './scenario-format.ts';

/** One step of the algorithm called alone: its inputs by name, its result in `out`. `kind` tells the form. */
export type SingleStep = { readonly name: string } & (
  | ReplicaCalculatorStep
  | GroupPodsStep
  | CalculateRequestsStep
  | StabilizeLegacyStep
  | StabilizeWithBehaviorStep
  | LimitLegacyStep
  | RateLimitStep
  | DirectionLimitStep
  | StoreScaleEventStep
  | StatusQuantityStep
);

/** One call of upstream's replica calculator. */
export interface ReplicaCalculatorStep extends ReadinessPeriods {
  readonly kind: 'replicaCalculator';
  readonly func: string;
  readonly in: {
    readonly resource?: string;
    readonly container?: string;
    readonly metric?: string;
    readonly describedObject?: CrossVersionObjectReference;
    readonly currentReplicas?: number;
    readonly statusReplicas?: number;
    readonly targetUtilization?: number;
    readonly targetMilli?: Int64;
    readonly tolerances: { readonly scaleDown: number; readonly scaleUp: number };
  };
  readonly pods?: readonly PodEntry[];
  readonly metric: MetricEntry;
  readonly out?: unknown;
}

export interface GroupPodsStep extends ReadinessPeriods {
  readonly kind: 'groupPods';
  readonly resource: string;
  readonly pods: readonly PodEntry[];
  readonly metric: MetricEntry;
  readonly out?: unknown;
}

interface ReadinessPeriods {
  readonly nowMs: number;
  readonly cpuInitializationPeriodMs: number;
  readonly initialReadinessDelayMs: number;
}

export interface CalculateRequestsStep {
  readonly kind: 'calculateRequests';
  readonly resource: string;
  readonly container: string;
  readonly features?: Partial<EngineOptions['features']>;
  readonly pods: readonly PodEntry[];
  readonly out?: unknown;
}

export interface StabilizeLegacyStep {
  readonly kind: 'stabilizeLegacy';
  readonly nowMs: number;
  readonly desired: number;
  readonly downscaleStabilizationMs: number;
  readonly recommendations: readonly Recommendation[];
  readonly out?: unknown;
}

export interface StabilizeWithBehaviorStep {
  readonly kind: 'stabilizeWithBehavior';
  readonly nowMs: number;
  readonly desired: number;
  readonly currentReplicas: number;
  readonly scaleUpWindowSeconds: number;
  readonly scaleDownWindowSeconds: number;
  readonly recommendations: readonly Recommendation[];
  readonly out?: unknown;
}

export interface LimitLegacyStep {
  readonly kind: 'limitLegacy';
  readonly desired: number;
  readonly currentReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly legacyScaleUpFactor: number;
  readonly out?: unknown;
}

export interface RateLimitStep {
  readonly kind: 'rateLimitWithBehavior';
  readonly nowMs: number;
  readonly desired: number;
  readonly currentReplicas: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly scaleUp: ScalingRules;
  readonly scaleDown: ScalingRules;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  readonly out?: unknown;
}

export interface DirectionLimitStep {
  readonly kind: 'scaleUpLimit' | 'scaleDownLimit';
  /** Absent where no event depends on it. */
  readonly nowMs?: number;
  readonly currentReplicas: number;
  readonly rules: ScalingRules;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  readonly out?: unknown;
}

export interface StoreScaleEventStep {
  readonly kind: 'storeScaleEvent';
  readonly nowMs: number;
  readonly behavior: Behavior | null;
  readonly previousReplicas: number;
  readonly newReplicas: number;
  readonly scaleUpEvents: readonly ScaleEvent[];
  readonly scaleDownEvents: readonly ScaleEvent[];
  readonly out?: unknown;
}

export interface StatusQuantityStep {
  readonly kind: 'statusQuantity';
  readonly resource: string;
  readonly milli: Int64;
  readonly out?: unknown;
}
