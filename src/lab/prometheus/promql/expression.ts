import type { SeriesMatchers } from '../series-matchers.ts';
import type { AggregationOperator, Grouping } from './aggregation.ts';
import type { BinaryOperation } from './binary-operation.ts';
import type { PromqlFunction } from './functions.ts';
import type { PromqlType } from './value.ts';

/** An expression that can be evaluated: every part has the type that the part around it takes. */
export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'instant'; readonly matchers: SeriesMatchers; readonly offsetMs: number }
  | { readonly kind: 'range'; readonly matchers: SeriesMatchers; readonly rangeMs: number; readonly offsetMs: number }
  | { readonly kind: 'negation'; readonly operand: Expression }
  | {
      readonly kind: 'aggregation';
      readonly operator: AggregationOperator;
      readonly grouping: Grouping;
      readonly operand: Expression;
    }
  | { readonly kind: 'call'; readonly called: PromqlFunction; readonly operands: readonly Expression[] }
  | {
      readonly kind: 'binary';
      readonly operation: BinaryOperation;
      readonly left: Expression;
      readonly right: Expression;
    };

/** The type of what an expression comes to. */
export function typeOf(expression: Expression): PromqlType {
  switch (expression.kind) {
    case 'number':
      return 'scalar';
    case 'text':
      return 'text';
    case 'range':
      return 'range';
    case 'instant':
    case 'aggregation':
      return 'vector';
    case 'negation':
      return typeOf(expression.operand);
    case 'call':
      return expression.called.type;
    case 'binary':
      return typeOf(expression.left) === 'scalar' && typeOf(expression.right) === 'scalar' ? 'scalar' : 'vector';
  }
}
