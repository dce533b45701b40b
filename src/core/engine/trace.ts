import type { Int64 } from './facts.ts';

/**
 * The proof of a decision: codes with parameters, never sentences (`core/explain` renders them). Each part is null when
 * the decision ended before it.
 */
export interface Trace {
  readonly path: PathTrace;
  readonly selector: SelectorTrace | null;
  readonly metrics: readonly MetricTrace[];
  readonly combination: CombinationTrace | null;
  readonly stabilization: StabilizationTrace | null;
  readonly limit: LimitTrace | null;
  /** The floor that wakes a workload that the HPA itself scaled to zero (specification 1.5, step 8e). */
  readonly wakeFloor: { readonly minReplicas: number } | null;
}

/** Which way the decision went, and the numbers that chose it (specification 1.6). */
export interface PathTrace {
  readonly code:
    | 'HpaMissing'
    | 'HpaUnreadable'
    | 'ScaleFailed'
    | 'Disabled'
    | 'ForcedToMax'
    | 'ForcedToMin'
    | 'SelectorFailed'
    | 'MetricDriven';
  readonly currentReplicas: number | null;
  readonly minReplicas: number | null;
  readonly maxReplicas: number | null;
}

/** The selector check (specification 1.10). */
export interface SelectorTrace {
  readonly code:
    | 'Unambiguous'
    | 'SelectorRequired'
    | 'SelectorInvalid'
    | 'Unregistered'
    | 'Ambiguous'
    | 'PodListFailed';
  readonly selector: string;
  readonly podCount: number;
  readonly rivals: readonly string[];
}

export type MetricTrace = MetricProposed | MetricFailed;

export interface MetricFailed {
  readonly code: 'MetricFailed';
  readonly index: number;
  readonly sourceType: string;
  /** The name upstream uses in messages, see specification 2.11; the bare source when it is unknown. */
  readonly name: string;
  /** FailedGetResourceMetric and the like. */
  readonly reason: string;
  /** The inner text of specification 2.12. */
  readonly message: string;
}

/** How one metric came to its proposal (specification 2). */
export interface MetricProposed {
  readonly code: 'MetricProposed';
  readonly index: number;
  readonly sourceType: string;
  readonly name: string;
  readonly targetKind: 'utilization' | 'averageValue' | 'value';
  /** Percent for a utilization, a milli value otherwise. */
  readonly target: Int64;
  /** What the status reports: percent for a utilization, a milli value otherwise. */
  readonly current: Int64;
  /** The average usage in milli values beside a utilization. */
  readonly currentRawMilli: Int64 | null;
  /** Null for metrics that no pods are grouped for. */
  readonly pods: PodGroupsTrace | null;
  readonly tolerance: { readonly down: number; readonly up: number };
  /** As measured. May be NaN or infinite in the maths; then null here. */
  readonly usageRatio: number | null;
  /** After filling in missing and unready pods; null when nothing was filled in. */
  readonly filledRatio: number | null;
  /** What the ratio was multiplied by; null where it was not. */
  readonly multiplier: number | null;
  /** Why the proposal is what it is. */
  readonly rule: ProposalRule;
  readonly proposedReplicas: number;
}

export type ProposalRule =
  /** ceil(ratio × count). */
  | 'RatioApplied'
  /** The ratio is within tolerance: stay. */
  | 'WithinTolerance'
  /** Within tolerance once missing and unready pods were filled in: stay. */
  | 'WithinToleranceAfterFill'
  /** Filling in turned the direction around: stay. */
  | 'DirectionReversedByFill'
  /** The rounded result would have moved against the ratio: stay. */
  | 'DirectionGuard'
  /** Current 0: ceil(ratio), nothing to multiply with. */
  | 'FromZero'
  /** AverageValue of Object and External: ceil(total ÷ target). */
  | 'TotalDivided';

/** Which pods counted and which not, by name with the reason; the ready ones by count only. */
export interface PodGroupsTrace {
  readonly readyCount: number;
  readonly unready: readonly PodReason[];
  readonly missing: readonly string[];
  readonly ignored: readonly PodReason[];
  /** What each missing pod was taken to use, as a milli value (a rule for utilizations); null when not filled in. */
  readonly missingFilledWith: 'zero' | 'target' | 'requestTimesTarget' | null;
  /** Whether unready pods were counted as idle. */
  readonly isUnreadyFilledWithZero: boolean;
}

export interface PodReason {
  readonly pod: string;
  readonly reason:
    | 'Deleted'
    | 'Failed'
    | 'Pending'
    | 'NotStarted'
    | 'NotReadyWhileInitializing'
    | 'SampleBeforeReady'
    | 'NeverReady';
}

/** How the metrics were combined (specification 3). */
export interface CombinationTrace {
  readonly code: 'Combined' | 'AllFailed' | 'PartlyFailedNoScaleDown';
  readonly failedCount: number;
  readonly metricCount: number;
  /** Index of the winning metric; null when none won. */
  readonly winnerIndex: number | null;
  readonly recommendedReplicas: number | null;
}

/** What the stabilization windows did (specification 4.1, 4.3). */
export interface StabilizationTrace {
  readonly code: 'Unchanged' | 'ScaleDownStabilized' | 'ScaleUpStabilized';
  readonly algorithm: 'legacy' | 'behavior';
  readonly recommendedReplicas: number;
  readonly stabilizedReplicas: number;
  readonly upWindowMs: number;
  readonly downWindowMs: number;
  /** The remembered recommendation that decided: [replicas, epoch ms]; null when none did. */
  readonly decidedBy: readonly [number, number] | null;
}

/** What policies and bounds did (specification 4.1, 4.4). */
export interface LimitTrace {
  readonly code: 'DesiredWithinRange' | 'TooFewReplicas' | 'TooManyReplicas' | 'ScaleUpLimit' | 'ScaleDownLimit';
  readonly stabilizedReplicas: number;
  readonly limitedReplicas: number;
  /** The bound of the rate rule in the direction of the move; null when it did not move. */
  readonly rateLimit: number | null;
  /** The policy that gave the bound; null on the legacy path, when disabled or when it did not move. */
  readonly policy: {
    readonly type: string;
    readonly value: number;
    readonly periodSeconds: number;
    readonly periodStartReplicas: number;
  } | null;
  readonly isDirectionDisabled: boolean;
}
