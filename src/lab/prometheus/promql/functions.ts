import { InvariantError } from '../../../base/failure.ts';
import type { Point } from '../sample-history.ts';
import { withoutName } from '../series-labels.ts';
import { histogramQuantile } from './histogram-quantile.ts';
import { changeCount, counterIncrease, gaugeDelta, latestDelta, latestRate, resetCount } from './rates.ts';
import { compensatedSum, maximumOf, meanOf, minimumOf } from './sums.ts';
import {
  type PromqlType,
  type PromqlValue,
  type RangeValue,
  type TimeRange,
  type VectorValue,
  vectorOf,
} from './value.ts';

/** A function of PromQL: what it takes and what it comes to. */
export interface PromqlFunction {
  readonly operandTypes: readonly PromqlType[];
  /** How many of the last operands may be left out. */
  readonly optionalCount: number;
  readonly type: PromqlType;
  /** Takes values of the types above. `atMs` is the instant of the evaluation. */
  readonly evaluate: (operands: readonly PromqlValue[], atMs: number) => PromqlValue;
}

/** The functions that the lab's Prometheus knows, by name. */
export const PROMQL_FUNCTIONS: ReadonlyMap<string, PromqlFunction> = new Map<string, PromqlFunction>([
  ['rate', ofRange((points, range) => perSecond(counterIncrease(points, range), range))],
  ['increase', ofRange(counterIncrease)],
  ['delta', ofRange(gaugeDelta)],
  ['irate', ofRange(latestRate)],
  ['idelta', ofRange(latestDelta)],
  ['changes', ofRange(changeCount)],
  ['resets', ofRange(resetCount)],
  ['sum_over_time', ofRange((points) => compensatedSum(valuesOf(points)))],
  ['avg_over_time', ofRange((points) => meanOf(valuesOf(points)))],
  ['min_over_time', ofRange((points) => minimumOf(valuesOf(points)))],
  ['max_over_time', ofRange((points) => maximumOf(valuesOf(points)))],
  ['count_over_time', ofRange((points) => points.length)],
  ['present_over_time', ofRange(() => 1)],
  // The last sample is one of the series itself, and keeps its name.
  [
    'last_over_time',
    ofRange(
      (points) => points.at(-1)?.value,
      (labels) => labels,
    ),
  ],

  ['abs', ofEach(Math.abs)],
  ['ceil', ofEach(Math.ceil)],
  ['floor', ofEach(Math.floor)],
  ['exp', ofEach(Math.exp)],
  ['ln', ofEach(Math.log)],
  ['log2', ofEach(Math.log2)],
  ['log10', ofEach(Math.log10)],
  ['sqrt', ofEach(Math.sqrt)],
  ['sgn', ofEach((value) => (Number.isNaN(value) ? value : Math.sign(value)))],
  ['round', { ...ofEach(roundedTo, 1), optionalCount: 1 }],
  ['clamp_min', ofEach((value, leastValue) => Math.max(leastValue, value), 1)],
  ['clamp_max', ofEach((value, greatestValue) => Math.min(greatestValue, value), 1)],
  ['clamp', { operandTypes: ['vector', 'scalar', 'scalar'], optionalCount: 0, type: 'vector', evaluate: clamped }],

  ['histogram_quantile', { operandTypes: ['scalar', 'vector'], optionalCount: 0, type: 'vector', evaluate: quantile }],
  ['scalar', { operandTypes: ['vector'], optionalCount: 0, type: 'scalar', evaluate: asScalar }],
  ['vector', { operandTypes: ['scalar'], optionalCount: 0, type: 'vector', evaluate: asVector }],
  ['time', { operandTypes: [], optionalCount: 0, type: 'scalar', evaluate: secondsOf }],
]);

/** A function of the samples of each series in a range; a series of which it comes to nothing is left out. */
function ofRange(
  compute: (points: readonly Point[], range: TimeRange) => number | undefined,
  labelsOf: typeof withoutName = withoutName,
): PromqlFunction {
  return {
    operandTypes: ['range'],
    optionalCount: 0,
    type: 'vector',
    evaluate: (operands) => {
      const { elements, range } = rangeAt(operands, 0);
      return vectorOf(
        elements.flatMap(({ labels, points }) => {
          const value = compute(points, range);
          return value === undefined ? [] : [{ labels: labelsOf(labels), value }];
        }),
      );
    },
  };
}

/** A function of each value of an instant vector, and of `scalarCount` numbers behind it. */
function ofEach(compute: (value: number, scalar: number) => number, scalarCount: 0 | 1 = 0): PromqlFunction {
  return {
    operandTypes: scalarCount === 0 ? ['vector'] : ['vector', 'scalar'],
    optionalCount: 0,
    type: 'vector',
    evaluate: (operands) => {
      const scalar = operands[1] === undefined ? 1 : scalarAt(operands, 1);
      return mapped(vectorAt(operands, 0), (value) => compute(value, scalar));
    },
  };
}

function mapped({ elements }: VectorValue, compute: (value: number) => number): VectorValue {
  return vectorOf(elements.map(({ labels, value }) => ({ labels: withoutName(labels), value: compute(value) })));
}

function perSecond(growth: number | undefined, { startMs, endMs }: TimeRange): number | undefined {
  return growth === undefined ? undefined : growth / ((endMs - startMs) / 1000);
}

function valuesOf(points: readonly Point[]): readonly number[] {
  return points.map(({ value }) => value);
}

/** Halves go up, as Prometheus has it. */
function roundedTo(value: number, step: number): number {
  const perUnit = 1 / step;
  return Math.floor(value * perUnit + 0.5) / perUnit;
}

function clamped(operands: readonly PromqlValue[]): PromqlValue {
  const [leastValue, greatestValue] = [scalarAt(operands, 1), scalarAt(operands, 2)];
  if (greatestValue < leastValue) return vectorOf([]);
  return mapped(vectorAt(operands, 0), (value) => Math.max(leastValue, Math.min(greatestValue, value)));
}

function quantile(operands: readonly PromqlValue[]): PromqlValue {
  return histogramQuantile(scalarAt(operands, 0), vectorAt(operands, 1).elements);
}

function asScalar(operands: readonly PromqlValue[]): PromqlValue {
  const [only, ...others] = vectorAt(operands, 0).elements;
  return { kind: 'scalar', value: only === undefined || others.length > 0 ? Number.NaN : only.value };
}

function asVector(operands: readonly PromqlValue[]): PromqlValue {
  return vectorOf([{ labels: {}, value: scalarAt(operands, 0) }]);
}

function secondsOf(_operands: readonly PromqlValue[], atMs: number): PromqlValue {
  return { kind: 'scalar', value: atMs / 1000 };
}

function scalarAt(operands: readonly PromqlValue[], index: number): number {
  const operand = operands[index];
  if (operand?.kind !== 'scalar') throw new InvariantError(`operand ${index} is no scalar`);
  return operand.value;
}

function vectorAt(operands: readonly PromqlValue[], index: number): VectorValue {
  const operand = operands[index];
  if (operand?.kind !== 'vector') throw new InvariantError(`operand ${index} is no instant vector`);
  return operand;
}

function rangeAt(operands: readonly PromqlValue[], index: number): RangeValue {
  const operand = operands[index];
  if (operand?.kind !== 'range') throw new InvariantError(`operand ${index} is no range vector`);
  return operand;
}
