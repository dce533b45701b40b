import { InvariantError } from '../../../base/failure.ts';
import { LAB_PROMETHEUS_QUERY_SAMPLES_COUNT_MAX } from '../../../base/limits.ts';
import { ExecutionRefusal } from '../execution-refusal.ts';
import { withoutName } from '../series-labels.ts';
import type { SeriesStore } from '../series-store.ts';
import { aggregate } from './aggregation.ts';
import { operate } from './binary-operation.ts';
import type { Expression } from './expression.ts';
import { type PromqlValue, vectorOf } from './value.ts';

/** How old the newest sample of a series may be and still be its value. */
const LOOKBACK_MS = 300_000;

/** How many samples a query may still look at. */
export class SampleBudget {
  #leftCount: number;

  constructor(count: number = LAB_PROMETHEUS_QUERY_SAMPLES_COUNT_MAX) {
    this.#leftCount = count;
  }

  /** Throws ExecutionRefusal when there are more than are left. */
  spend(count: number): void {
    this.#leftCount -= count;
    if (this.#leftCount < 0)
      throw new ExecutionRefusal('query processing would load too many samples into memory in query execution');
  }
}

/** What an expression is evaluated over. */
export interface EvaluationPlace {
  readonly store: Pick<SeriesStore, 'select'>;
  readonly budget: SampleBudget;
  readonly atMs: number;
}

/**
 * What an expression comes to at an instant, as Prometheus 2.42 has it: ranges include both their ends, and a series has
 * its newest sample's value for five minutes, unless it has ended.
 *
 * @throws ExecutionRefusal when it comes to nothing on these series, or looks at too many samples.
 */
export function evaluate(expression: Expression, place: EvaluationPlace): PromqlValue {
  switch (expression.kind) {
    case 'number':
      return { kind: 'scalar', value: expression.value };
    case 'text':
      return { kind: 'text', text: expression.text };
    case 'instant':
      return selectInstant(expression, place);
    case 'range':
      return selectRange(expression, place);
    case 'negation':
      return negated(evaluate(expression.operand, place));
    case 'aggregation': {
      const operand = evaluate(expression.operand, place);
      if (operand.kind !== 'vector') throw new InvariantError(`an aggregation of a ${operand.kind} is not read`);
      return aggregate(expression.operator, expression.grouping, operand.elements);
    }
    case 'call': {
      const operands = expression.operands.map((operand) => evaluate(operand, place));
      return expression.called.evaluate(operands, place.atMs);
    }
    case 'binary':
      return operate(expression.operation, evaluate(expression.left, place), evaluate(expression.right, place));
  }
}

function selectInstant(
  { matchers, offsetMs }: Extract<Expression, { readonly kind: 'instant' }>,
  { store, budget, atMs }: EvaluationPlace,
): PromqlValue {
  const endMs = atMs - offsetMs;
  const elements = store.select(matchers).flatMap(({ labels, history }) => {
    const point = history.newest(endMs - LOOKBACK_MS, endMs);
    return point === undefined ? [] : [{ labels, value: point.value }];
  });
  budget.spend(elements.length);
  return { kind: 'vector', elements };
}

function selectRange(
  { matchers, rangeMs, offsetMs }: Extract<Expression, { readonly kind: 'range' }>,
  { store, budget, atMs }: EvaluationPlace,
): PromqlValue {
  const endMs = atMs - offsetMs;
  const startMs = endMs - rangeMs;
  const elements = store.select(matchers).flatMap(({ labels, history }) => {
    const points = history.between(startMs, endMs);
    budget.spend(points.length);
    return points.length === 0 ? [] : [{ labels, points }];
  });
  return { kind: 'range', elements, range: { startMs, endMs } };
}

function negated(value: PromqlValue): PromqlValue {
  if (value.kind === 'scalar') return { kind: 'scalar', value: -value.value };
  if (value.kind !== 'vector') return value;
  return vectorOf(value.elements.map((element) => ({ labels: withoutName(element.labels), value: -element.value })));
}
