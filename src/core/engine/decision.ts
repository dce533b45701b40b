import type { HpaCondition, HpaStatus, MetricSpec, MetricStatus } from '../autoscaling/types.ts';
import type { Memory } from './memory.ts';
import type { PathTrace, SelectorTrace, Trace } from './trace.ts';

/** What must be asked of the metrics APIs before `decide`: nothing when the path is forced, disabled or failed. */
export interface Plan {
  readonly path: PathTrace;
  readonly selector: SelectorTrace | null;
  readonly queries: readonly MetricQuery[];
}

/** One query; `index` is the metric's place in the spec. Selectors are in canonical text form, empty for none. */
export type MetricQuery = { readonly index: number; readonly namespace: string; readonly spec: MetricSpec } & (
  | { readonly kind: 'resource'; readonly resource: string; readonly container: string; readonly podSelector: string }
  | { readonly kind: 'pods'; readonly metric: string; readonly metricSelector: string; readonly podSelector: string }
  | {
      readonly kind: 'object';
      readonly metric: string;
      readonly metricSelector: string;
      readonly apiVersion: string;
      readonly objectKind: string;
      readonly objectName: string;
    }
  | {
      readonly kind: 'external';
      readonly metric: string;
      readonly metricSelector: string;
      /** What the HPA itself says that Prometheus is to be asked; absent where the metrics API is. */
      readonly promql?: string;
    }
);

/** What `decide` wants done, and everything that is settled whether or not it succeeds. */
export interface Proposal {
  readonly trace: Trace;
  /** The scale write wanted; null when none is. */
  readonly scaleWrite: ScaleIntent | null;
  /** Memory with this decision's recommendation, before any scale event. */
  readonly memory: Memory;
  /** What later steps need; opaque to callers. */
  readonly draft: ProposalDraft;
}

/** A scale write that is about to be tried. */
export interface ScaleIntent {
  readonly resource: string;
  readonly fromReplicas: number;
  readonly toReplicas: number;
  /** Upstream's reason text, possibly empty. */
  readonly reason: string;
  /** Memory as it will be if the write succeeds: what is persisted before the write. */
  readonly memoryIfWritten: Memory;
}

/**
 * What `decide` leaves to `settle` and `conclude`: plain data whose shape belongs to the engine; callers carry it and do
 * not read it.
 */
export type ProposalDraft = DraftWithoutHpa<'gone'> | DraftWithoutHpa<'unreadable'> | DraftOfHpa;

/** The HPA is gone, or its cache failed: nothing else happened. */
export interface DraftWithoutHpa<Stage> {
  readonly stage: Stage;
  readonly hpa: Decision['hpa'];
  readonly nowMs: number;
  readonly error: string | null;
}

/** A reconcile of an HPA that was found, up to the scale write. */
export interface DraftOfHpa {
  /** How far it came: no scale, no count, or a count. */
  readonly stage: 'scaleFailed' | 'metricsFailed' | 'reached';
  readonly hpa: Decision['hpa'];
  readonly nowMs: number;
  /** `Kind/namespace/name` of the target, for error texts. */
  readonly reference: string;
  readonly storedStatus: HpaStatus;
  readonly conditions: readonly HpaCondition[];
  readonly hasTransition: boolean;
  /** 0 until the scale was read. */
  readonly currentReplicas: number;
  /** The count decided on; 0 until one was reached. */
  readonly desiredReplicas: number;
  /** The new `status.currentMetrics`. */
  readonly metricStatuses: readonly MetricStatus[] | null;
  /** What a successful scale write does to the ScaledToZero condition. */
  readonly zeroMark: 'zero' | 'notZero' | 'removed';
  /** Events before the scale write. */
  readonly events: readonly DecisionEvent[];
  /** Events after the status write. */
  readonly closingEvents: readonly DecisionEvent[];
  /** The error that the reconcile returns unless a later step fails. */
  readonly error: string | null;
  /** Whether that error is labelled as one of the spec. */
  readonly isSpecError: boolean;
  readonly metricTelemetry: DecisionTelemetry['metrics'];
}

/** How the scale write went, conflict retries included. */
export type ScaleWriteOutcome =
  | { readonly kind: 'notTried' }
  /** `answeredAtMs`: when the answer came, domain ms; the instant of the decision when absent. */
  | { readonly kind: 'written'; readonly attemptCount: number; readonly answeredAtMs?: number }
  | {
      readonly kind: 'failed';
      readonly attemptCount: number;
      readonly message: string;
      /** The answer was lost, and the write may have been done. */
      readonly isPossiblyWritten?: true;
      readonly answeredAtMs?: number;
    };

/** After the scale write: the status to write, and whether upstream would write it. */
export interface Settlement {
  readonly proposal: Proposal;
  readonly scaleWrite: ScaleWriteOutcome;
  /** The whole new status; null when the HPA is gone or unreadable. */
  readonly status: HpaStatus | null;
  /** Upstream's rule: differs from the stored one under semantic equality. */
  readonly isStatusChanged: boolean;
  /** Null when the HPA is gone: forget it. */
  readonly memory: Memory | null;
}

/** How the status write went. */
export type StatusWriteOutcome =
  | { readonly kind: 'notTried' }
  | { readonly kind: 'written' }
  | { readonly kind: 'failed'; readonly message: string };

/** Everything that follows from one reconcile, with the proof. Everything anyone is shown is a rendering of it. */
export interface Decision {
  readonly apiVersion: 'podtide.dev/v1';
  readonly kind: 'Decision';
  readonly hpa: { readonly namespace: string; readonly name: string; readonly uid: string | null };
  readonly atMs: number;
  /** True when the HPA no longer exists; then nothing else happened. */
  readonly isDeleted: boolean;
  /** The target's spec replicas at the start; null when they could not be read. */
  readonly currentReplicas: number | null;
  /** The count decided on; null when no count was reached. */
  readonly desiredReplicas: number | null;
  /** The value of the successful scale write, or null. */
  readonly scaledTo: number | null;
  /** The values of all scale PUT attempts. */
  readonly scaleWriteAttempts: readonly number[];
  /** Upstream's rescale reason, possibly empty; null when no rescale was tried. */
  readonly rescaleReason: string | null;
  readonly isStatusWritten: boolean;
  /** As sent when written, as stored otherwise; null when the HPA is gone. */
  readonly status: HpaStatus | null;
  readonly events: readonly DecisionEvent[];
  /** The error that the reconcile returned; null when none. */
  readonly error: string | null;
  /** Null when the reconcile ended before the autoscaler ran. */
  readonly telemetry: DecisionTelemetry | null;
  /** Null when the HPA is gone. */
  readonly memory: Memory | null;
  readonly trace: Trace;
}

export interface DecisionEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Labels of upstream's own metrics (specification 8.1). */
export interface DecisionTelemetry {
  readonly action: 'scale_up' | 'scale_down' | 'none';
  readonly error: 'none' | 'spec' | 'internal';
  readonly metrics: readonly {
    readonly type: string;
    readonly action: 'scale_up' | 'scale_down' | 'none';
    readonly error: 'none' | 'spec' | 'internal';
  }[];
  /** Value of the desired-replicas gauge; null when not set in this run. */
  readonly desiredReplicas: number | null;
}
