import { AnswerProblem, malformed } from './answer-problem.ts';
import type { MatrixSeries, QueryResult, Sample, SeriesLabels, VectorSample } from './answers.ts';
import { readSampleValue } from './sample-value.ts';
import { isLabelSet } from './series-folder.ts';

/** Builds the result of a query from the elements of `data.result` while they arrive. */
export class ResultReader {
  readonly #seriesCountMax: number;
  readonly #samples: VectorSample[] = [];
  readonly #series: MatrixSeries[] = [];
  /** A scalar or string is a pair of an instant and a text instead of a list of series. */
  readonly #pair: unknown[] = [];

  constructor(seriesCountMax: number) {
    this.#seriesCountMax = seriesCountMax;
  }

  /** Takes the next elements. Throws AnswerProblem. */
  add(elements: readonly unknown[]): void {
    for (const element of elements) {
      if (typeof element === 'object' && element !== null) this.#addSeries(element as WireSeries);
      else if (this.#pair.length < 2) this.#pair.push(element);
      else throw malformed('a scalar is more than an instant and a value');
    }
  }

  /** The result, once `resultType` is known and all elements have come. Throws AnswerProblem. */
  result(resultType: unknown): QueryResult {
    const counts = [this.#samples.length, this.#series.length, this.#pair.length];
    const isOnly = (index: number): boolean => counts.every((count, at) => at === index || count === 0);
    if (resultType === 'vector' && isOnly(0)) return { kind: 'vector', samples: this.#samples };
    if (resultType === 'matrix' && isOnly(1)) return { kind: 'matrix', series: this.#series };
    if (resultType === 'scalar' && isOnly(2)) return { kind: 'scalar', sample: readSample(this.#pair) };
    if (resultType === 'string' && isOnly(2)) {
      const [instant, text] = this.#pair;
      if (typeof text !== 'string') throw malformed('a string result has no text');
      return { kind: 'string', atMs: readInstant(instant), text };
    }
    throw malformed(`a result of the type ${JSON.stringify(resultType) ?? 'undefined'} does not look like this one`);
  }

  #addSeries({ metric, value, values, histogram, histograms }: WireSeries): void {
    if (this.#samples.length + this.#series.length >= this.#seriesCountMax)
      throw new AnswerProblem({ code: 'TooManySeries', countMax: this.#seriesCountMax });
    if (!isLabelSet(metric)) throw malformed('the metric of a series is no set of labels');
    if (histogram !== undefined || (Array.isArray(histograms) && histograms.length > 0))
      throw new AnswerProblem({ code: 'NativeHistogram', series: seriesText(metric) });
    if (value !== undefined) this.#samples.push({ labels: metric, ...readSample(value) });
    else if (Array.isArray(values)) this.#series.push(readPoints(metric, values));
    else throw malformed(`the series ${seriesText(metric)} has neither value nor values`);
  }
}

interface WireSeries {
  readonly metric?: unknown;
  readonly value?: unknown;
  readonly values?: unknown;
  readonly histogram?: unknown;
  readonly histograms?: unknown;
}

/** A series as PromQL writes it: `http_requests_total{job="web"}`. */
export function seriesText(labels: SeriesLabels): string {
  const { __name__: name = '', ...others } = labels;
  const matchers = Object.entries(others).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return matchers.length === 0 && name !== '' ? name : `${name}{${matchers.join(', ')}}`;
}

function readPoints(labels: SeriesLabels, points: readonly unknown[]): MatrixSeries {
  const atMs = new Float64Array(points.length);
  const values = new Float64Array(points.length);
  const valueTexts = points.map((point, index) => {
    const sample = readSample(point);
    atMs[index] = sample.atMs;
    values[index] = sample.value;
    return sample.valueText;
  });
  return { labels, atMs, values, valueTexts };
}

function readSample(pair: unknown): Sample {
  if (!Array.isArray(pair) || pair.length !== 2) throw malformed('a value is no pair of an instant and a text');
  const [instant, valueText] = pair as readonly unknown[];
  const value = typeof valueText === 'string' ? readSampleValue(valueText) : undefined;
  if (value === undefined) throw malformed(`${JSON.stringify(valueText)} is no sample value`);
  return { atMs: readInstant(instant), value, valueText: valueText as string };
}

/** Seconds with milliseconds behind the point, as a JSON number. */
function readInstant(seconds: unknown): number {
  if (typeof seconds !== 'number') throw malformed(`${JSON.stringify(seconds)} is no instant`);
  return Math.round(seconds * 1000);
}
