import { PROMETHEUS_LABEL_SETS_COUNT_MAX } from '../../base/limits.ts';
import { AnswerProblem } from './answer-problem.ts';
import type { SeriesFold, SeriesLabels } from './answers.ts';

/** Stands in no text that came as UTF-8. */
const SEPARATOR = '\ud800';

interface OpenFold {
  readonly name: string;
  readonly labelNames: readonly string[];
  seriesCount: number;
  /** When the last of its series came, counted in series. */
  lastSeenAt: number;
  example?: SeriesLabels;
}

/** What a folder may hold. */
export interface SeriesFolderOptions {
  readonly labelSetsCountMax?: number;
  /** Whether the last series of each fold is kept, values and all. */
  readonly hasExamples?: boolean;
}

/**
 * Folds series into (name, label names) while they arrive: of a hundred thousand series some hundred pairs remain. Label
 * values play no part in discovery (specification of prometheus-adapter 2.2).
 */
export class SeriesFolder {
  readonly #labelSetsCountMax: number;
  readonly #hasExamples: boolean;
  /** By the names as they came, and by name and sorted label names. */
  readonly #byNames = new Map<string, OpenFold>();
  readonly #folds = new Map<string, OpenFold>();
  #seriesCount = 0;

  constructor({ labelSetsCountMax = PROMETHEUS_LABEL_SETS_COUNT_MAX, hasExamples = false }: SeriesFolderOptions = {}) {
    this.#labelSetsCountMax = labelSetsCountMax;
    this.#hasExamples = hasExamples;
  }

  /** Takes the next series of an answer. Throws AnswerProblem for what is no set of labels, and beyond the bound. */
  add(series: readonly unknown[]): void {
    for (const labels of series) this.#addOne(labels);
  }

  /**
   * The pairs in the order of the last series of each: upstream takes series in the order of the answer, and a later one wins
   * over an earlier one of the same metric.
   */
  folds(): readonly SeriesFold[] {
    return [...this.#folds.values()]
      .sort((left, right) => left.lastSeenAt - right.lastSeenAt)
      .map(({ name, labelNames, seriesCount, example }) => ({
        name,
        labelNames,
        seriesCount,
        ...(example === undefined ? {} : { example }),
      }));
  }

  #addOne(labels: unknown): void {
    if (!isLabelSet(labels)) throw new AnswerProblem({ code: 'Malformed', detail: 'a series is no set of labels' });
    const name = labels['__name__'] ?? '';
    const names = Object.keys(labels);
    const key = [name, ...names].join(SEPARATOR);
    let fold = this.#byNames.get(key);
    if (fold === undefined) {
      fold = this.#foldOf(name, names);
      this.#byNames.set(key, fold);
    }
    fold.seriesCount += 1;
    fold.lastSeenAt = this.#seriesCount;
    if (this.#hasExamples) fold.example = labels;
    this.#seriesCount += 1;
  }

  #foldOf(name: string, names: readonly string[]): OpenFold {
    if (this.#byNames.size >= this.#labelSetsCountMax)
      throw new AnswerProblem({ code: 'TooManyLabelSets', countMax: this.#labelSetsCountMax });
    const labelNames = names.filter((each) => each !== '__name__').sort();
    const key = [name, ...labelNames].join(SEPARATOR);
    const known = this.#folds.get(key);
    if (known !== undefined) return known;
    const made: OpenFold = { name, labelNames, seriesCount: 0, lastSeenAt: 0 };
    this.#folds.set(key, made);
    return made;
  }
}

/** Whether a value is an object whose members are texts. */
export function isLabelSet(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (typeof (value as Record<string, unknown>)[name] !== 'string') return false;
  return true;
}
