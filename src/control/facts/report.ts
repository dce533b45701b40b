import type { Decision } from '../../core/engine/decision.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import type { EngineOptions } from '../../core/engine/options.ts';

/** What a controller hands on after each sync: all that the decision depended on, the decision, and how it fared. */
export interface DecisionReport {
  readonly facts: Facts;
  readonly memoryBefore: Memory;
  readonly options: EngineOptions;
  readonly decision: Decision;
  readonly delivery: Delivery;
}

/** Why a sync runs: the HPA appeared, somebody changed its spec, or its period came round. */
export type SyncCause = 'created' | 'specChanged' | 'period';

/** What became of a decision outside the engine. */
export interface Delivery {
  /** `control`: Podtide writes; `observe`: somebody else does, Podtide compares. */
  readonly mode: 'control' | 'observe';
  readonly cause: SyncCause;
  /** How long after its due time the sync started, domain ms. */
  readonly latenessMs: number;
  /** The engine would have written the status, but only numbers had changed since the last write. */
  readonly isStatusWriteThinned: boolean;
  /** Observe only: where what others wrote differs from this decision. */
  readonly differences: readonly ObservedDifference[];
}

/** One field that the acting controller wrote otherwise. Values are JSON texts; null when absent. */
export interface ObservedDifference {
  readonly field: string;
  readonly decided: string | null;
  readonly observed: string | null;
}
