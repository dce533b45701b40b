import type { ObjectKey } from '../../base/object-key.ts';
import type { DecisionReport } from '../facts/report.ts';

/** What the controller tells about itself as it goes. */
export interface ControllerTelemetry {
  /** A sync ended with a decision. */
  synced(report: DecisionReport, timing: SyncTiming): void;
  /** A sync ended without one: a deadline passed, or a bug of ours was met. */
  failed(reason: 'deadline' | 'bug'): void;
  /** The scale-down breaker began to hold HPAs on this metrics API. */
  breakerTripped(api: string): void;
  /** The HPA is gone: its series are dropped. */
  forget(key: ObjectKey): void;
}

/** Durations are real time; lateness and period are domain time. */
export interface SyncTiming {
  readonly durationSeconds: number;
  /** By the metric's index. */
  readonly metricSeconds: readonly number[];
  readonly latenessSeconds: number;
  /** Since the HPA's sync before; null at the first. */
  readonly periodSeconds: number | null;
  /** The period that the HPA asks for itself; null when it goes by the common one. */
  readonly ownPeriodSeconds: number | null;
}

/** Where a controller stands, for gauges and health. */
export interface ControllerStanding {
  readonly isSynced: boolean;
  readonly isSyncing: boolean;
  readonly hpaCount: number;
  readonly podCount: number;
  /** Due and not yet begun. */
  readonly dueCount: number;
  readonly inFlightCount: number;
  /** Of the HPA that has been due longest. */
  readonly latenessMs: number;
  readonly quarantinedCount: number;
  /** Held by the scale-down breaker. */
  readonly breakerHeldCount: number;
}
