import {
  OBSERVED_HPAS_COUNT_MAX,
  OBSERVED_MOVES_COUNT_MAX,
  OBSERVED_MOVES_PER_HPA_COUNT_MAX,
} from '../../base/limits.ts';
import {
  isDisagreement,
  MOVE_VERDICT_KINDS,
  type MoveVerdictKind,
  type ObservedMove,
} from '../../core/explain/observed-move.ts';
import type { DecisionRecord } from './feed.ts';

/** What an observer has found out about the controller beside it: what `/observation` serves. */
export interface Observation {
  readonly apiVersion: 'podtide.dev/v1';
  readonly kind: 'Observation';
  readonly cluster: string;
  /** The instant of the first sync, epoch ms; null before it. */
  readonly sinceMs: number | null;
  readonly hpaCount: number;
  readonly syncCount: number;
  /** Syncs at which both stayed and nothing waited to be judged. */
  readonly quietCount: number;
  readonly counts: VerdictCounts;
  /** Agreed moves ÷ moves that can be compared; null before the first of these. */
  readonly agreementRatio: number | null;
  /** Newest first. */
  readonly disagreements: readonly ObservationEntry[];
  /** Newest first. */
  readonly notComparable: readonly ObservationEntry[];
  /** Moves without agreement that are counted and no longer kept. */
  readonly leftOutCount: number;
}

/** Moves by verdict. */
export type VerdictCounts = Readonly<Record<MoveVerdictKind, number>>;

/** A move without agreement. */
export interface ObservationEntry extends ObservedMove {
  readonly hpa: { readonly namespace: string; readonly name: string; readonly uid: string | null };
  /** Of the sync that judged it; `/decisions/ID` has it as long as the history does. */
  readonly decisionId: string;
}

/** Bounds of a log, in entries and HPAs. */
export interface ObservationBounds {
  readonly movesPerHpaCountMax: number;
  readonly movesCountMax: number;
  readonly hpasCountMax: number;
}

const DEFAULT_BOUNDS: ObservationBounds = {
  movesPerHpaCountMax: OBSERVED_MOVES_PER_HPA_COUNT_MAX,
  movesCountMax: OBSERVED_MOVES_COUNT_MAX,
  hpasCountMax: OBSERVED_HPAS_COUNT_MAX,
};

/** Of one HPA; `moves` oldest first. */
interface HpaObservation {
  readonly sinceMs: number;
  readonly counts: Record<MoveVerdictKind, number>;
  readonly moves: ObservationEntry[];
  syncCount: number;
  quietCount: number;
}

/**
 * Counts what an observer's syncs say and keeps the moves without agreement, all within bounds: what falls out is the
 * oldest move of the same HPA or, at the bound of the whole, the oldest of the HPA that was synced longest ago.
 */
export class ObservationLog {
  readonly #cluster: string;
  readonly #bounds: ObservationBounds;
  /** In the order of their newest sync. */
  readonly #hpas = new Map<string, HpaObservation>();
  #moveCount = 0;

  constructor(cluster: string, bounds: ObservationBounds = DEFAULT_BOUNDS) {
    this.#cluster = cluster;
    this.#bounds = bounds;
  }

  /** Takes in a record of the decision feed; those of a controller that acts say nothing. */
  take({ id, decision, delivery }: DecisionRecord): void {
    const { agreement } = delivery;
    if (agreement === null) return;
    const key = `${decision.hpa.namespace}/${decision.hpa.name}`;
    const known = this.#hpas.get(key) ?? newObservation(decision.atMs);
    known.syncCount++;
    if (agreement.isQuiet) known.quietCount++;
    for (const move of agreement.moves) {
      known.counts[move.kind]++;
      if (move.kind !== 'agreedMove') this.#keep(known, { ...move, hpa: decision.hpa, decisionId: id });
    }
    this.#hpas.delete(key);
    this.#hpas.set(key, known);
    this.#trim();
  }

  /** What is known now, of one namespace or of all. */
  observation(namespace: string | null): Observation {
    const hpas = [...this.#hpas].filter(([key]) => namespace === null || key.startsWith(`${namespace}/`));
    const known = hpas.map(([, hpa]) => hpa);
    const counts = sumOf(known);
    const moves = known.flatMap((hpa) => hpa.moves).sort((left, right) => right.atMs - left.atMs);
    const comparableCount = counts.agreedMove + counts.otherNumber + counts.theyMovedAlone + counts.weMovedAlone;
    return {
      apiVersion: 'podtide.dev/v1',
      kind: 'Observation',
      cluster: this.#cluster,
      sinceMs: known.length === 0 ? null : known.reduce((first, { sinceMs }) => Math.min(first, sinceMs), Infinity),
      hpaCount: known.length,
      syncCount: total(known.map(({ syncCount }) => syncCount)),
      quietCount: total(known.map(({ quietCount }) => quietCount)),
      counts,
      agreementRatio: comparableCount === 0 ? null : counts.agreedMove / comparableCount,
      disagreements: moves.filter(({ kind }) => isDisagreement(kind)),
      notComparable: moves.filter(({ kind }) => !isDisagreement(kind)),
      leftOutCount: comparableCount - counts.agreedMove + counts.notComparable - moves.length,
    };
  }

  #keep(hpa: HpaObservation, entry: ObservationEntry): void {
    hpa.moves.push(entry);
    this.#moveCount++;
    if (hpa.moves.length > this.#bounds.movesPerHpaCountMax) this.#dropOldest(hpa);
  }

  #trim(): void {
    for (const hpa of this.#hpas.values()) {
      while (this.#moveCount > this.#bounds.movesCountMax && hpa.moves.length > 0) this.#dropOldest(hpa);
      if (this.#moveCount <= this.#bounds.movesCountMax) break;
    }
    for (const [key, hpa] of this.#hpas) {
      if (this.#hpas.size <= this.#bounds.hpasCountMax) break;
      this.#moveCount -= hpa.moves.length;
      this.#hpas.delete(key);
    }
  }

  #dropOldest(hpa: HpaObservation): void {
    hpa.moves.shift();
    this.#moveCount--;
  }
}

function newObservation(sinceMs: number): HpaObservation {
  return { sinceMs, counts: noVerdicts(), moves: [], syncCount: 0, quietCount: 0 };
}

function noVerdicts(): Record<MoveVerdictKind, number> {
  return { agreedMove: 0, otherNumber: 0, theyMovedAlone: 0, weMovedAlone: 0, notComparable: 0 };
}

function sumOf(hpas: readonly HpaObservation[]): VerdictCounts {
  const sum = noVerdicts();
  for (const kind of MOVE_VERDICT_KINDS) sum[kind] = total(hpas.map(({ counts }) => counts[kind]));
  return sum;
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
