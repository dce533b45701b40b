import type { ForeignPods, Int64 } from './facts.ts';
import type { OptionProblem } from './hpa-options.ts';

/**
 * The proof of a decision: codes with parameters, never sentences (`core/explain` renders them). Each part is null when
 * the decision ended before it.
 */
export interface Trace {
  /** Podtide's own options of this HPA; null when it carries no annotation `podtide.dev/…`. */
  readonly options: OptionsTrace | null;
  readonly path: PathTrace;
  readonly selector: SelectorTrace | null;
  readonly metrics: readonly MetricTrace[];
  readonly combination: CombinationTrace | null;
  readonly stabilization: StabilizationTrace | null;
  readonly limit: LimitTrace | null;
  /** The floor that wakes a workload that the HPA itself scaled to zero (specification 1.5, step 8e). */
  readonly wakeFloor: { readonly minReplicas: number } | null;
  /** What kept the count where it is, whatever was wanted; null when nothing did. */
  readonly hold: HoldTrace | null;
}

/** The options of one HPA (docs/specification/options.md): those in force, and the annotations that are ignored. */
export interface OptionsTrace {
  readonly inForce: readonly OptionInForce[];
  readonly ignored: readonly OptionProblem[];
}

export type OptionInForce =
  | { readonly code: 'SyncPeriod'; readonly periodMs: number }
  /** Pods that the selector matches and the target does not own, by their owner. */
  | { readonly code: 'OwnerSelection'; readonly foreign: readonly ForeignPods[] }
  | { readonly code: 'PausedUntil'; readonly untilMs: number; readonly reason: string; readonly isOver: boolean }
  | { readonly code: 'Warmup'; readonly warmupMs: number }
  | { readonly code: 'MaxSampleAge'; readonly maxAgeMs: number }
  /** PromQL of the HPA's own, put to Prometheus directly or left to whoever serves external metrics. */
  | { readonly code: 'Query'; readonly metric: string; readonly promql: string; readonly isDirect: boolean };

/** Why a wanted count is not written. `wantedReplicas` is null when no count was reached. */
export type HoldTrace =
  /** By annotation, until an instant. */
  | {
      readonly code: 'Paused';
      readonly wantedReplicas: number | null;
      readonly untilMs: number;
      /** Empty when none was given. */
      readonly reason: string;
    }
  /** The scale-down breaker has not seen yet how the other HPAs fare. */
  | { readonly code: 'FleetNotSeen'; readonly wantedReplicas: number; readonly untilMs: number }
  /** Too many HPAs that share a metrics API want down since the same minute. */
  | {
      readonly code: 'CorrelatedScaleDown';
      readonly wantedReplicas: number;
      /** The metrics API that they share. */
      readonly api: string;
      readonly wantDownCount: number;
      readonly hpaCount: number;
      /** The share beyond which it is held. */
      readonly shareRatioMax: number;
      readonly sinceMs: number;
      /** When the drop is believed. */
      readonly untilMs: number;
    };

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
    | 'PodListFailed'
    /** With selection by owner: whose the pods are could not be found out. */
    | 'OwnershipUnknown';
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
  /** Absent unless samples were set aside for their age. */
  readonly stale?: StaleSamplesTrace;
}

/** Samples that are older than allowed and did not count. */
export interface StaleSamplesTrace {
  readonly maxAgeMs: number;
  /** Who set the limit: the HPA's annotation or the controller's flag. */
  readonly limitedBy: 'annotation' | 'flag';
  /** Of the samples set aside; null when their instants are not known. */
  readonly newestAgeMs: number | null;
  /** The pods that they are of, by name; empty for a total. */
  readonly pods: readonly string[];
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
  /** Absent unless samples were set aside for their age; their pods count as missing. */
  readonly stale?: StaleSamplesTrace;
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
    | 'NeverReady'
    /** Younger than the HPA's warm-up, `untilMs` says until when. */
    | 'WarmingUp';
  readonly untilMs?: number;
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
