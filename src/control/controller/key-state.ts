import { EMPTY_MEMORY, type Memory } from '../../core/engine/memory.ts';
import type { PodMetricsDemand } from './list-planner.ts';

/** What the process keeps of one HPA between its syncs, by `namespace/name` as upstream's: a re-creation inherits. */
export interface KeyState {
  memory: Memory;
  /** When this process last wrote the status, domain ms; null before. */
  statusWrittenAtMs: number | null;
  /** When its last sync started, domain ms; null before. */
  startedAtMs: number | null;
  /** What it needed of resource metrics last; undefined before its first sync. */
  demand: PodMetricsDemand | null | undefined;
  /** Set aside until then after a bug of ours met it, domain ms. */
  quarantinedUntilMs: number;
}

/** The state of an HPA never seen before. */
export function newKeyState(): KeyState {
  return {
    memory: EMPTY_MEMORY,
    statusWrittenAtMs: null,
    startedAtMs: null,
    demand: undefined,
    quarantinedUntilMs: Number.NEGATIVE_INFINITY,
  };
}
