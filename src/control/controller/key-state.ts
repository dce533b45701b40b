import type { Memory } from '../../core/engine/memory.ts';
import type { MemoryOrigin } from '../facts/report.ts';
import type { AgreementState } from './agreement.ts';
import type { PodMetricsDemand } from './list-planner.ts';
import type { OpenIntent, WriteDoubt } from './open-intent.ts';

/** What the process keeps of one HPA between its syncs, by `namespace/name` as upstream's: a re-creation inherits. */
export interface KeyState {
  memory: Memory;
  /** How this process came by the memory, until its first sync has told; null afterwards. */
  memoryOrigin: MemoryOrigin | null;
  /** The scale write that the leader before was about to try, until it shows what became of it. */
  openIntent: OpenIntent | null;
  /** When that write was made, as far as it is known to have been; null where nothing is in doubt. */
  writeDoubt: WriteDoubt | null;
  /** When this process last wrote the status, domain ms; null before. */
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
export function newKeyState(memory: Memory, memoryOrigin: MemoryOrigin, openIntent: OpenIntent | null): KeyState {
  return {
    memory,
    memoryOrigin,
    openIntent,
    writeDoubt: null,
    statusWrittenAtMs: null,
    startedAtMs: null,
    agreement: null,
    demand: undefined,
    quarantinedUntilMs: Number.NEGATIVE_INFINITY,
  };
}
