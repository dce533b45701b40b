import type { Demand, MetricValue } from './demand-model.ts';

/** What one sync of a process was told, as the world told it. */
export interface SyncView {
  readonly process: string;
  /** When the process began to lead. */
  readonly termMs: number;
  readonly hpa: string;
  /** When the process asked for the scale. */
  readonly startAtMs: number;
  /** When the last fact came. */
  endAtMs: number;
  /** When it first sent a scale write; null while it has not. */
  writeSentAtMs: number | null;
  /** Null until the answer came. */
  specReplicas: number | null;
  statusReplicas: number;
  /** The count in the scale that the process holds now: read anew after a write that failed. */
  heldReplicas: number | null;
  isRefetchNext: boolean;
  /** It has come to its decision: what is read from now on is for others. */
  isDecided: boolean;
  readonly values: Map<string, MetricValue>;
  /** Null while a metric is missing: then the sync recommends nothing that may shrink. */
  demand: Demand | null;
  /** The most that the metrics which could be read ask for; 0 while none could. */
  readableMost: number;
}

/** A scale write that the API server accepted. */
export interface ScaleWrite {
  readonly atMs: number;
  readonly process: string;
  readonly hpa: string;
  readonly fromReplicas: number;
  readonly toReplicas: number;
  readonly isGuarded: boolean;
  /** When the process was told; null while it has not been. */
  answeredAtMs: number | null;
  readonly view: SyncView | undefined;
}

/** The bounds of an HPA from an instant on; null while it does not exist. */
export interface SpecVersion {
  readonly atMs: number;
  readonly bounds: { readonly minReplicas: number; readonly maxReplicas: number } | null;
}

/** Who holds the Lease from an instant on. */
export interface Term {
  readonly atMs: number;
  readonly holder: string;
}

/** What of an HPA's memory a process has stored: nothing that it saw later. */
export interface StoredMemory {
  readonly process: string;
  readonly termMs: number;
  readonly hpa: string;
  readonly untilMs: number;
}

interface Note {
  readonly atMs: number;
  /** Null when it concerns all. */
  readonly hpa: string | null;
  readonly text: string;
}

/** How far back a story is kept. */
const NOTE_COUNT_MAX = 200_000;

/**
 * What happened in a simulated world, in order: facts that the oracle judges by, and notes that tell the story of a run
 * to whoever reads it.
 */
export class Journal {
  readonly writes: ScaleWrite[] = [];
  readonly views: SyncView[] = [];
  readonly specs = new Map<string, SpecVersion[]>();
  readonly terms: Term[] = [];
  readonly stored: StoredMemory[] = [];
  readonly #notes: Note[] = [];
  readonly #nowMs: () => number;
  readonly #startAtMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#startAtMs = nowMs();
  }

  note(hpa: string | null, text: string): void {
    if (this.#notes.length < NOTE_COUNT_MAX) this.#notes.push({ atMs: this.#nowMs(), hpa, text });
  }

  specChanged(hpa: string, bounds: SpecVersion['bounds']): void {
    const versions = this.specs.get(hpa) ?? [];
    versions.push({ atMs: this.#nowMs(), bounds });
    this.specs.set(hpa, versions);
    const text = bounds === null ? 'HPA deleted' : `HPA has min ${bounds.minReplicas} max ${bounds.maxReplicas}`;
    this.note(hpa, text);
  }

  leaseHeld(holder: string): void {
    if (this.terms.at(-1)?.holder === holder) return;
    this.terms.push({ atMs: this.#nowMs(), holder });
    this.note(null, `the Lease is held by ${holder === '' ? 'nobody' : holder}`);
  }

  /** Every version of the HPA that was in force at some instant from then on. */
  versionsSince(hpa: string, fromMs: number): readonly SpecVersion[] {
    const versions = this.specs.get(hpa) ?? [];
    const first = versions.findLastIndex(({ atMs }) => atMs <= fromMs);
    return versions.slice(Math.max(0, first));
  }

  /** The notes about an HPA, and those about all, between two instants. */
  story(hpa: string | null, fromMs: number, untilMs: number): readonly string[] {
    return this.#notes
      .filter((note) => (hpa === null || note.hpa === null || note.hpa === hpa) && note.atMs >= fromMs)
      .filter((note) => note.atMs <= untilMs)
      .map((note) => `${this.seconds(note.atMs).padStart(9)} s  ${note.text}`);
  }

  seconds(atMs: number): string {
    return ((atMs - this.#startAtMs) / 1000).toFixed(3);
  }
}
