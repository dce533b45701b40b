import type { DecisionSummary, MetricPoint } from './feed.ts';

/**
 * Summaries in the order of their syncs. From one sync to the next an HPA's summary mostly differs in its instant and in
 * measured values, so that only those are kept for each, as bare numbers.
 */
export class SummaryLog {
  readonly #idOf: (summary: Pick<DecisionSummary, 'hpa' | 'atMs'>) => string;
  readonly #runs: Run[] = [];
  #count = 0;

  /** `idOf` makes anew what is not kept. */
  constructor(idOf: (summary: Pick<DecisionSummary, 'hpa' | 'atMs'>) => string) {
    this.#idOf = idOf;
  }

  get count(): number {
    return this.#count;
  }

  push(summary: DecisionSummary): void {
    this.#count++;
    const run = this.#runs.at(-1);
    const numbers = [summary.atMs, ...summary.metrics.map((point) => numberOf(point) ?? 0)];
    if (run !== undefined && isAlike(run.shape, summary)) run.numbers.push(...numbers);
    else this.#runs.push({ shape: summary, numbers, beginIndex: 0 });
  }

  /** Takes the oldest out. Answers whether there was one. */
  dropOldest(): boolean {
    const run = this.#runs[0];
    if (run === undefined) return false;
    this.#count--;
    run.beginIndex += widthOf(run.shape);
    if (run.beginIndex >= run.numbers.length) this.#runs.shift();
    else if (run.beginIndex * 2 > run.numbers.length) {
      run.numbers.splice(0, run.beginIndex);
      run.beginIndex = 0;
    }
    return true;
  }

  /** The newest `limitCount` that are not before `sinceMs`, of changes alone if wanted, newest first. */
  *newestFirst(wanted: {
    readonly sinceMs: number;
    readonly isChangeOnly: boolean;
    readonly limitCount: number;
  }): Generator<DecisionSummary> {
    let leftCount = wanted.limitCount;
    for (const run of this.#runs.toReversed()) {
      if (wanted.isChangeOnly && !run.shape.isChange) continue;
      const width = widthOf(run.shape);
      for (let index = run.numbers.length - width; index >= run.beginIndex; index -= width) {
        if (leftCount-- <= 0 || (run.numbers[index] ?? 0) < wanted.sinceMs) return;
        yield this.#summaryAt(run, index);
      }
    }
  }

  #summaryAt({ shape, numbers }: Run, index: number): DecisionSummary {
    const atMs = numbers[index] ?? 0;
    const metrics = shape.metrics.map((point, place) =>
      numberOf(point) === undefined ? point : { ...point, current: numbers[index + 1 + place] ?? 0 },
    );
    return { ...shape, id: this.#idOf({ hpa: shape.hpa, atMs }), atMs, metrics };
  }
}

/** Summaries one after the other that differ in nothing but their numbers. */
interface Run {
  readonly shape: DecisionSummary;
  /** For each its instant, then a number for each metric. */
  readonly numbers: number[];
  /** Where the oldest that is still kept begins. */
  beginIndex: number;
}

function widthOf(shape: DecisionSummary): number {
  return 1 + shape.metrics.length;
}

/** The measured value where it is a number that varies; undefined for a failed metric and for what no number can hold. */
function numberOf(point: MetricPoint): number | undefined {
  return point.kind === 'proposed' && typeof point.current === 'number' ? point.current : undefined;
}

const FIELDS = [
  'path',
  'currentReplicas',
  'desiredReplicas',
  'scaledTo',
  'minReplicas',
  'maxReplicas',
  'isChange',
  'winnerIndex',
  'error',
  'differenceCount',
] as const satisfies readonly (keyof DecisionSummary)[];

function isAlike(shape: DecisionSummary, summary: DecisionSummary): boolean {
  return (
    FIELDS.every((field) => shape[field] === summary[field]) &&
    shape.hpa.uid === summary.hpa.uid &&
    shape.metrics.length === summary.metrics.length &&
    shape.metrics.every((point, place) => isPointAlike(point, summary.metrics[place]))
  );
}

function isPointAlike(point: MetricPoint, other: MetricPoint | undefined): boolean {
  if (point.name !== other?.name || point.sourceType !== other.sourceType) return false;
  if (point.kind === 'failed' || other.kind === 'failed') {
    return point.kind === 'failed' && other.kind === 'failed' && point.reason === other.reason;
  }
  const isVarying = numberOf(point) !== undefined && numberOf(other) !== undefined;
  return (
    (isVarying || point.current === other.current) &&
    point.targetKind === other.targetKind &&
    point.target === other.target &&
    point.tolerance.down === other.tolerance.down &&
    point.tolerance.up === other.tolerance.up &&
    point.proposedReplicas === other.proposedReplicas
  );
}
