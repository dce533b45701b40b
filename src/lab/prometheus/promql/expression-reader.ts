import { InvariantError } from '../../../base/failure.ts';
import { LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX } from '../../../base/limits.ts';
import {
  type PromqlExpression,
  type PromqlNode,
  parsePromql,
  promqlFailure,
  textOf,
} from '../../../metrics/prometheus/promql-expression.ts';
import { readSelector } from '../../../metrics/prometheus/promql-selectors.ts';
import { unquotePromql } from '../../../metrics/prometheus/promql-string.ts';
import { METRIC_NAME } from '../series-labels.ts';
import { compileMatchers } from '../series-matchers.ts';
import { AGGREGATION_OPERATORS, type AggregationOperator, type Grouping } from './aggregation.ts';
import { type BinaryOperation, type BinaryOperator, isComparison, isSetOperator } from './binary-operation.ts';
import { type Expression, typeOf } from './expression.ts';
import { PROMQL_FUNCTIONS } from './functions.ts';
import { readNumber, readPrometheusDuration } from './literals.ts';
import type { PromqlType } from './value.ts';

/**
 * Reads an expression of the part of PromQL that the lab's Prometheus knows.
 *
 * @throws Failure('invalid') with line and column of what cannot be read, has the wrong type or is not known.
 */
export function readExpression(text: string): Expression {
  const expression = parsePromql(text);
  const [top] = partsOf(expression.root);
  if (top === undefined) throw promqlFailure(text, 0, 'no expression found in input');
  return new ExpressionReader(expression).read(top, 0);
}

/** Nodes of binary operators. */
const BINARY_OPERATORS: Readonly<Record<string, BinaryOperator>> = {
  Add: '+',
  Sub: '-',
  Mul: '*',
  Div: '/',
  Mod: '%',
  Pow: '^',
  Eql: '==',
  Neq: '!=',
  Lss: '<',
  Lte: '<=',
  Gtr: '>',
  Gte: '>=',
  And: 'and',
  Or: 'or',
  Unless: 'unless',
};

/** What Prometheus knows and the lab's does not, by node. */
const UNKNOWN_PARTS: Readonly<Record<string, string>> = {
  SubqueryExpr: 'subqueries',
  StepInvariantExpr: 'the modifier @',
  AnchoredExpr: 'the modifier anchored',
  SmoothedExpr: 'the modifier smoothed',
};

const TYPE_NAMES: Readonly<Record<PromqlType, string>> = {
  scalar: 'scalar',
  vector: 'instant vector',
  range: 'range vector',
  text: 'string',
};

type ReadNode = (node: PromqlNode, depth: number) => Expression;

class ExpressionReader {
  readonly #expression: PromqlExpression;
  readonly #read: ReadNode = (node, depth) => this.read(node, depth);

  constructor(expression: PromqlExpression) {
    this.#expression = expression;
  }

  read(node: PromqlNode, depth: number): Expression {
    if (depth > LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX)
      throw this.#failure(node, `parts stand in each other more than ${LAB_PROMETHEUS_EXPRESSION_DEPTH_MAX} deep`);
    switch (node.name) {
      case 'ParenExpr':
        return this.read(partAt(node, 0), depth + 1);
      case 'NumberDurationLiteral':
        return this.#number(node);
      case 'StringLiteral':
        return { kind: 'text', text: unquotePromql(textOf(this.#expression, node)) ?? '' };
      case 'VectorSelector':
        return { kind: 'instant', matchers: this.#matchers(node), offsetMs: 0 };
      case 'MatrixSelector':
        return this.#range(node);
      case 'OffsetExpr':
        return this.#offset(node, depth);
      case 'UnaryExpr':
        return this.#unary(node, depth);
      case 'AggregateExpr':
        return this.#aggregation(node, depth);
      case 'FunctionCall':
        return this.#call(node, depth);
      case 'BinaryExpr':
        return this.#binary(node, depth);
      default:
        throw this.#unknown(node, UNKNOWN_PARTS[node.name] ?? node.name);
    }
  }

  #number(node: PromqlNode): Expression {
    const value = readNumber(textOf(this.#expression, node));
    if (value === undefined) throw this.#unknown(node, 'numbers written as durations, or with underscores');
    return { kind: 'number', value };
  }

  #matchers(node: PromqlNode) {
    const { matchers } = readSelector(this.#expression, node);
    const isNamed = node.getChild('Identifier') !== null;
    if (isNamed && matchers.filter(({ label }) => label === METRIC_NAME).length > 1)
      throw this.#failure(node, 'metric name must not be set twice');
    return compileMatchers(matchers);
  }

  #range(node: PromqlNode): Expression {
    const [selector, duration] = [partAt(node, 0), partAt(node, 1)];
    if (selector.name !== 'VectorSelector') throw this.#failure(node, 'ranges only allowed for vector selectors');
    const rangeMs = this.#duration(duration);
    if (rangeMs === 0) throw this.#failure(duration, 'duration must be greater than 0');
    return { kind: 'range', matchers: this.#matchers(selector), rangeMs, offsetMs: 0 };
  }

  #offset(node: PromqlNode, depth: number): Expression {
    const duration = node.getChild('OffsetDurationExpr');
    if (duration === null) throw new InvariantError('an offset without a duration has no tree');
    return this.#moved(partAt(node, 0), this.#duration(duration), depth + 1);
  }

  /** The grammar takes an offset to all that stands before it; in PromQL it belongs to the selector in front. */
  #moved(node: PromqlNode, offsetMs: number, depth: number): Expression {
    const readLast = (last: PromqlNode, lastDepth: number) => this.#moved(last, offsetMs, lastDepth);
    if (node.name === 'BinaryExpr') return this.#binary(node, depth, readLast);
    if (node.name === 'UnaryExpr') return this.#unary(node, depth, readLast);
    const selector = ['VectorSelector', 'MatrixSelector'].includes(node.name) ? this.read(node, depth) : undefined;
    if (selector?.kind === 'instant' || selector?.kind === 'range') return { ...selector, offsetMs };
    throw this.#failure(
      node,
      'offset modifier must be preceded by an instant vector selector or range vector selector',
    );
  }

  /** Milliseconds, negative with a sign in front. */
  #duration(node: PromqlNode): number {
    const text = textOf(this.#expression, node).replaceAll(/\s/g, '');
    const durationMs = readPrometheusDuration(text.replace(/^[+-]/, ''));
    if (durationMs === undefined) throw this.#unknown(node, `durations such as ${JSON.stringify(text)}`);
    return text.startsWith('-') ? -durationMs : durationMs;
  }

  #unary(node: PromqlNode, depth: number, readLast: ReadNode = this.#read): Expression {
    const operand = readLast(partAt(node, 1), depth + 1);
    const type = typeOf(operand);
    if (type !== 'scalar' && type !== 'vector')
      throw this.#failure(
        node,
        `unary expression only allowed on expressions of type scalar or instant vector, got ${TYPE_NAMES[type]}`,
      );
    return textOf(this.#expression, partAt(node, 0)) === '-' ? { kind: 'negation', operand } : operand;
  }

  #aggregation(node: PromqlNode, depth: number): Expression {
    const operator = this.#wordOf(node.getChild('AggregateOp'));
    if (!isAggregationOperator(operator)) throw this.#unknown(node, `the aggregation ${operator}`);
    const operands = this.#operands(node, depth);
    const [operand] = operands;
    if (operand === undefined || operands.length > 1)
      throw this.#failure(
        node,
        `wrong number of arguments for aggregate expression provided, expected 1, got ${operands.length}`,
      );
    this.#requireType(node, operand, 'vector', 'aggregation expression');
    return { kind: 'aggregation', operator, grouping: this.#grouping(node.getChild('AggregateModifier')), operand };
  }

  #grouping(modifier: PromqlNode | null): Grouping {
    if (modifier === null) return { kind: 'by', labels: [] };
    return { kind: modifier.getChild('Without') === null ? 'by' : 'without', labels: this.#labelNames(modifier) };
  }

  #labelNames(modifier: PromqlNode): readonly string[] {
    const listed = modifier.getChild('GroupingLabels');
    return (listed === null ? [] : partsOf(listed)).map((part) => {
      const literal = part.getChild('StringLiteral');
      if (literal === null) return textOf(this.#expression, part);
      return unquotePromql(textOf(this.#expression, literal)) ?? '';
    });
  }

  #call(node: PromqlNode, depth: number): Expression {
    const name = textOf(this.#expression, partAt(node, 0));
    const called = PROMQL_FUNCTIONS.get(name);
    if (called === undefined) throw this.#unknown(node, `the function ${name}`);
    const operands = this.#operands(node, depth);
    const { operandTypes, optionalCount } = called;
    if (operands.length > operandTypes.length || operands.length < operandTypes.length - optionalCount)
      throw this.#failure(
        node,
        `expected ${operandTypes.length} argument(s) in call to ${JSON.stringify(name)}, got ${operands.length}`,
      );
    for (const [index, operand] of operands.entries())
      this.#requireType(node, operand, operandTypes[index] ?? 'scalar', `call to function ${JSON.stringify(name)}`);
    return { kind: 'call', called, operands };
  }

  #operands(node: PromqlNode, depth: number): readonly Expression[] {
    const body = node.getChild('FunctionCallBody');
    return (body === null ? [] : partsOf(body)).map((part) => this.read(part, depth + 1));
  }

  #binary(node: PromqlNode, depth: number, readLast: ReadNode = this.#read): Expression {
    const [leftNode, operatorNode, ...rest] = partsOf(node);
    const rightNode = rest.at(-1);
    if (leftNode === undefined || operatorNode === undefined || rightNode === undefined)
      throw new InvariantError('a binary expression without operands has no tree');
    const operator = BINARY_OPERATORS[operatorNode.name];
    if (operator === undefined)
      throw this.#unknown(operatorNode, `the operator ${textOf(this.#expression, operatorNode)}`);
    const left = this.read(leftNode, depth + 1);
    const right = readLast(rightNode, depth + 1);
    const operation = this.#operation(operator, rest.slice(0, -1));
    this.#requireOperands(node, operation, [left, right]);
    const isMatched = rest.some(({ name }) => name === 'MatchingModifierClause');
    if (isMatched && (typeOf(left) === 'scalar' || typeOf(right) === 'scalar'))
      throw this.#failure(node, 'vector matching only allowed between instant vectors');
    // The grammar takes a sign to its number; in PromQL a power comes first: -2^2 is -4.
    const isSignLate = operator === '^' && leftNode.name === 'NumberDurationLiteral';
    return isSignLate && left.kind === 'number' && textOf(this.#expression, leftNode).startsWith('-')
      ? { kind: 'negation', operand: { kind: 'binary', operation, left: { ...left, value: -left.value }, right } }
      : { kind: 'binary', operation, left, right };
  }

  #operation(operator: BinaryOperator, modifiers: readonly PromqlNode[]): BinaryOperation {
    const isBool = modifiers.some(({ name }) => name === 'BoolModifier');
    const matching = modifiers.find(({ name }) => name === 'MatchingModifierClause');
    const fill = modifiers.find(({ name }) => name === 'FillModifier');
    if (fill !== undefined) throw this.#unknown(fill, 'the modifier fill');
    if (matching === undefined) return { operator, isBool, matching: { kind: 'ignoring', labels: [] } };
    const grouped = matching.getChild('GroupLeft') ?? matching.getChild('GroupRight');
    if (grouped !== null) throw this.#unknown(grouped, 'group_left and group_right');
    const kind = matching.getChild('On') === null ? 'ignoring' : 'on';
    return { operator, isBool, matching: { kind, labels: this.#labelNames(matching) } };
  }

  #requireOperands(node: PromqlNode, { operator, isBool }: BinaryOperation, operands: readonly Expression[]): void {
    const types = operands.map(typeOf);
    if (types.some((type) => type !== 'scalar' && type !== 'vector'))
      throw this.#failure(node, 'binary expression must contain only scalar and instant vector types');
    const areScalars = types.every((type) => type === 'scalar');
    if (isBool && !isComparison(operator))
      throw this.#failure(node, 'bool modifier can only be used on comparison operators');
    if (areScalars && isComparison(operator) && !isBool)
      throw this.#failure(node, 'comparisons between scalars must use BOOL modifier');
    if (types.includes('scalar') && isSetOperator(operator))
      throw this.#failure(node, `set operator ${JSON.stringify(operator)} not allowed in binary scalar expression`);
  }

  #requireType(node: PromqlNode, operand: Expression, type: PromqlType, place: string): void {
    const found = typeOf(operand);
    if (found !== type)
      throw this.#failure(node, `expected type ${TYPE_NAMES[type]} in ${place}, got ${TYPE_NAMES[found]}`);
  }

  #wordOf(node: PromqlNode | null): string {
    return node === null ? '' : textOf(this.#expression, node).toLowerCase();
  }

  #unknown(node: PromqlNode, what: string) {
    return this.#failure(node, `the lab's Prometheus does not know ${what}; a real one does`);
  }

  #failure(node: PromqlNode, rule: string) {
    return promqlFailure(this.#expression.text, node.from, rule);
  }
}

function isAggregationOperator(text: string): text is AggregationOperator {
  return (AGGREGATION_OPERATORS as readonly string[]).includes(text);
}

/** The nodes straight below, without comments. */
function partsOf(node: PromqlNode): readonly PromqlNode[] {
  const parts: PromqlNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling)
    if (child.name !== 'LineComment') parts.push(child);
  return parts;
}

function partAt(node: PromqlNode, index: number): PromqlNode {
  const part = partsOf(node)[index];
  if (part === undefined) throw new InvariantError(`${node.name} has no part ${index}`);
  return part;
}
