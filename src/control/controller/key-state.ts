import type { Memory } from '../../core/engine/memory.ts';
import type { MemoryOrigin } from '../facts/report.ts';
import type { AgreementState } from './agreement.ts';
import type { PodMetricsDemand } from './list-planner.ts';
import type { Unsettled } from './open-intent.ts';
import type { Recalled } from './surviving-memory.ts';

/** What the process keeps of one HPA between its syncs, by `namespace/name` as upstream's: a re-creation inherits. */
export interface KeyState {
  memory: Memory;
  /** How this process came by the memory, until its first sync has told; null afterwards. */
  memoryOrigin: MemoryOrigin | null;
  /** What became of the scale write that the leader before was about to try, as far as it has not shown. */
  unsettled: Unsettled;
  /** As of when this process's last write of the status counts, domain ms; null before. */
  statusWrittenAtMs: number | null;
  /** When its last sync started, domain ms; null before. */
  startedAtMs: number | null;
  /** What an observer knows of the acting controller; null before its first sync, and in control. */
  agreement: AgreementState | null;
  /** What it needed of resource metrics last; undefined before its first sync. */
  demand: PodMetricsDemand | null | undefined;
  /** Set aside until then after a bug of ours met it, domain ms. */
  quarantinedUntilMs: number;
}

/** The state of an HPA that this process sees for the first time in its term. */
export function newKeyState({ memory, origin, unsettled }: Recalled): KeyState {
  return {
    memory,
    memoryOrigin: origin,
    unsettled,
    statusWrittenAtMs: null,
    startedAtMs: null,
    agreement: null,
    demand: undefined,
    quarantinedUntilMs: Number.NEGATIVE_INFINITY,
  };
}
