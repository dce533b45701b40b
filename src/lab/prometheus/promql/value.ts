import type { SeriesLabels } from '../../../metrics/prometheus/answers.ts';
import { ExecutionRefusal } from '../execution-refusal.ts';
import type { Point } from '../sample-history.ts';
import { labelsKey } from '../series-labels.ts';

/** One series of an instant vector, at the instant of the evaluation. */
export interface VectorElement {
  readonly labels: SeriesLabels;
  readonly value: number;
}

/** The samples of one series in a stretch of time, oldest first, at least one. */
export interface RangeElement {
  readonly labels: SeriesLabels;
  readonly points: readonly Point[];
}

/** A stretch of time, both ends included. */
export interface TimeRange {
  readonly startMs: number;
  readonly endMs: number;
}

/** A number for the whole evaluation. */
export interface ScalarValue {
  readonly kind: 'scalar';
  readonly value: number;
}

/** An instant vector. */
export interface VectorValue {
  readonly kind: 'vector';
  readonly elements: readonly VectorElement[];
}

/** A range vector. */
export interface RangeValue {
  readonly kind: 'range';
  readonly elements: readonly RangeElement[];
  /** Where the samples were looked for. */
  readonly range: TimeRange;
}

/** What a part of an expression comes to. */
export type PromqlValue = ScalarValue | VectorValue | RangeValue | { readonly kind: 'text'; readonly text: string };

/** What kind of value an expression has. */
export type PromqlType = PromqlValue['kind'];

/** An instant vector of elements, no two of which may have the same labels. */
export function vectorOf(elements: readonly VectorElement[]): VectorValue {
  const keys = new Set(elements.map(({ labels }) => labelsKey(labels)));
  if (keys.size < elements.length) throw new ExecutionRefusal('vector cannot contain metrics with the same labelset');
  return { kind: 'vector', elements };
}
