import type { Decision } from '../../core/engine/decision.ts';
import type { Facts } from '../../core/engine/facts.ts';
import type { Memory } from '../../core/engine/memory.ts';
import type { EngineOptions } from '../../core/engine/options.ts';
import type { ObservedMove } from '../../core/explain/observed-move.ts';

/** What a controller hands on after each sync: all that the decision depended on, the decision, and how it fared. */
export interface DecisionReport {
  readonly facts: Facts;
  readonly memoryBefore: Memory;
  readonly options: EngineOptions;
  readonly decision: Decision;
  readonly delivery: Delivery;
}

/** Why a sync runs: the HPA appeared, somebody changed its spec or its own options, or its period came round. */
export type SyncCause = 'created' | 'specChanged' | 'optionsChanged' | 'period';

/** What became of a decision outside the engine. */
export interface Delivery {
  /** `control`: Podtide writes; `observe`: somebody else does, Podtide compares. */
  readonly mode: 'control' | 'observe';
  readonly cause: SyncCause;
  /** How long after its due time the sync started, domain ms. */
  readonly latenessMs: number;
  /** How this process came by the HPA's memory; null except at the first sync of its term. */
  readonly memoryOrigin: MemoryOrigin | null;
  /** The engine would have written the status, but only numbers had changed since the last write. */
  readonly isStatusWriteThinned: boolean;
  /** Observe only: where what others wrote differs from this decision. */
  readonly differences: readonly ObservedDifference[];
  /** How the two sides' moves compare; null in control, and of an HPA that could not be read. */
  readonly agreement: SyncAgreement | null;
}

/** What one sync of an observer says about the acting controller's moves and its own. */
export interface SyncAgreement {
  /** Moves that were judged at this sync. */
  readonly moves: readonly ObservedMove[];
  /** Both stay, and nothing waits to be judged. */
  readonly isQuiet: boolean;
}

/** What a leader found of an HPA's memory when it took over. */
export type MemoryOrigin =
  /** Nothing: the HPA is new, or memory lives in the process only. */
  | { readonly kind: 'none' }
  /** What the leader before noted `ageMs` ago; with the scale write that it may or may not have made: [from, to]. */
  | {
      readonly kind: 'restored';
      readonly ageMs: number;
      readonly openIntent: readonly [fromReplicas: number, toReplicas: number] | null;
    }
  /** Something that cannot be used: the HPA starts as one never seen before. */
  | { readonly kind: 'unusable'; readonly flaw: MemoryFlaw };

/** Why a stored memory cannot be used. */
export type MemoryFlaw = 'corrupt' | 'newerVersion' | 'future' | 'tooOld';

/** One field that the acting controller wrote otherwise. Values are JSON texts; null when absent. */
export interface ObservedDifference {
  readonly field: string;
  readonly decided: string | null;
  readonly observed: string | null;
}
