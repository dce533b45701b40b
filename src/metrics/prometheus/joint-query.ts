import { Failure } from '../../base/failure.ts';
import { nodesOf, type PromqlExpression, type PromqlNode, parsePromql, textOf } from './promql-expression.ts';
import { readMatcher } from './promql-selectors.ts';
import { unquotePromql } from './promql-string.ts';

/** Objects by name, and the label of rows that has their names. */
export interface QueriedObjects {
  readonly label: string;
  readonly names: readonly string[];
}

/** What is seen of a query about objects without reading it as PromQL, which takes much longer. */
export interface QueryOutline {
  /** The same for queries that differ in nothing but the objects. */
  readonly key: string;
  /** How many times the names stand there as a string. */
  readonly placesCount: number;
}

/** A query that may be put for other objects along with its own. */
export interface JointQuery {
  /** How many times it names its objects. */
  readonly placesCount: number;
  /** The query for objects whose names are as plain as those that it was read with. */
  textFor(names: readonly string[]): string;
}

/** Undefined for a query that does not name its objects, or objects whose names mean something in a regular expression. */
export function outlineOf(query: string, { label, names }: QueriedObjects): QueryOutline | undefined {
  if (!arePlain(label, names)) return undefined;
  const parts = query.split(`"${names.join('|')}"`);
  if (parts.length === 1) return undefined;
  // One name may be compared instead of matched.
  const operator = names.length === 1 ? /(?<!!)=~?\s*$/ : /=~\s*$/;
  const texts = parts.map((part, index) => (index === parts.length - 1 ? part : part.replace(operator, '')));
  return { key: JSON.stringify([label, ...texts]), placesCount: parts.length - 1 };
}

/**
 * Reads a query about objects; undefined unless it is certain that, put for more objects, it makes the very same row for each of
 * its own, and no second one. That is so when
 *
 * - each selector takes its objects by `label`, so that it sees no series of others;
 * - nothing on the way brings series of several objects together: functions make of each series one, aggregations keep the
 *   label, and operators match by it;
 * - the last aggregation is by that label alone, which makes one row for each object.
 *
 * Names have no characters that mean anything in a regular expression, but for the dot, which finds more and never less; rows
 * of what it finds are nobody's.
 */
export function jointQueryOf(query: string, { label, names }: QueriedObjects): JointQuery | undefined {
  if (!arePlain(label, names)) return undefined;
  const expression = read(query);
  if (expression === undefined) return undefined;
  const reading: Reading = { expression, label, value: names.join('|'), isOne: names.length === 1 };
  const body = expression.root.getChild('Expr');
  if (body === null || rowsOf(reading, body) !== 'one') return undefined;
  const places = [...nodesOf(expression.root)].filter((node) => isPlace(reading, node));
  const parts = partsBetween(query, places);
  return {
    placesCount: places.length,
    textFor: (others) => parts.join(`${label}=~"${others.join('|')}"`),
  };
}

function arePlain(label: string, names: readonly string[]): boolean {
  return LABEL.test(label) && names.length > 0 && names.every((name) => PLAIN_NAME.test(name));
}

/** What labels are called that PromQL writes without quotation marks; the name of a series does not survive functions. */
const LABEL = /^(?!__name__$)[a-zA-Z_][a-zA-Z0-9_]*$/;

const PLAIN_NAME = /^[a-zA-Z0-9_.-]+$/;

interface Reading {
  readonly expression: PromqlExpression;
  readonly label: string;
  /** The names as a matcher has them. */
  readonly value: string;
  readonly isOne: boolean;
}

/**
 * What an expression comes to: a number that no object has a part in, rows of which each depends on the series of its own
 * object alone, or one such row for each object at most.
 */
type Rows = 'none' | 'several' | 'one' | 'uncertain';

/** Prometheus says what is wrong with what cannot be read. */
function read(query: string): PromqlExpression | undefined {
  try {
    return parsePromql(query);
  } catch (thrown) {
    if (thrown instanceof Failure) return undefined;
    throw thrown;
  }
}

function rowsOf(reading: Reading, node: PromqlNode): Rows {
  switch (node.name) {
    case 'NumberDurationLiteral':
      return 'none';
    case 'VectorSelector':
      return [...nodesOf(node)].some((each) => isPlace(reading, each)) ? 'several' : 'uncertain';
    case 'ParenExpr':
    case 'UnaryExpr':
    case 'MatrixSelector':
    case 'SubqueryExpr':
    case 'OffsetExpr':
    case 'StepInvariantExpr':
      return together(reading, node.getChildren('Expr'));
    case 'FunctionCall':
      return rowsOfCall(reading, node);
    case 'BinaryExpr':
      return matchesByLabel(reading, node) ? together(reading, node.getChildren('Expr')) : 'uncertain';
    case 'AggregateExpr':
      return rowsOfAggregate(reading, node);
    default:
      return 'uncertain';
  }
}

/** Of one or several expressions of which rows of the same object meet. */
function together(reading: Reading, nodes: readonly PromqlNode[]): Rows {
  const all = new Set(nodes.map((node) => rowsOf(reading, node)));
  const found = (['uncertain', 'several', 'one'] as const).find((rows) => all.has(rows));
  return found ?? 'none';
}

function rowsOfCall(reading: Reading, node: PromqlNode): Rows {
  const [name] = node.getChildren('FunctionIdentifier').map((each) => textOf(reading.expression, each));
  if (name === undefined || !SERIES_FUNCTIONS.has(name)) return 'uncertain';
  return together(reading, node.getChild('FunctionCallBody')?.getChildren('Expr') ?? []);
}

function rowsOfAggregate(reading: Reading, node: PromqlNode): Rows {
  const { expression, label } = reading;
  const [operator, modifier] = [node.getChild('AggregateOp'), node.getChild('AggregateModifier')];
  if (operator === null || !AGGREGATIONS.has(textOf(expression, operator).toLowerCase())) return 'uncertain';
  const list = modifier?.getChild('By') == null ? null : modifier.getChild('GroupingLabels');
  const labels = list === null ? [] : labelsOf(expression, list);
  if (!labels.includes(label)) return 'uncertain';
  const rows = together(reading, node.getChild('FunctionCallBody')?.getChildren('Expr') ?? []);
  if (rows === 'none' || rows === 'uncertain') return 'uncertain';
  return labels.length === 1 ? 'one' : 'several';
}

/** Whether rows that an operator brings together are of the same object, and what it makes of them is too. */
function matchesByLabel({ expression, label }: Reading, node: PromqlNode): boolean {
  if (node.getChild('FillModifier') !== null) return false;
  const clause = node.getChild('MatchingModifierClause');
  if (clause === null) return true;
  const [by, copied] = clause.getChildren('GroupingLabels').map((each) => labelsOf(expression, each));
  const isOn = clause.getChild('On') !== null;
  return by !== undefined && by.includes(label) === isOn && copied?.includes(label) !== true;
}

function labelsOf(expression: PromqlExpression, list: PromqlNode): readonly string[] {
  const plain = list.getChildren('LabelName').map((name) => textOf(expression, name));
  const quoted = list.getChildren('QuotedLabelName').map((name) => unquotePromql(textOf(expression, name)) ?? '');
  return [...plain, ...quoted];
}

/** Whether a node is a matcher that takes the objects. */
function isPlace({ expression, label, value, isOne }: Reading, node: PromqlNode): boolean {
  if (node.name !== 'UnquotedLabelMatcher') return false;
  const matcher = readMatcher(expression, node);
  if (matcher?.label !== label || matcher.value !== value) return false;
  return matcher.operator === '=~' || (matcher.operator === '=' && isOne);
}

function partsBetween(text: string, places: readonly PromqlNode[]): readonly string[] {
  const ends = [0, ...places.map(({ to }) => to)];
  const starts = [...places.map(({ from }) => from), text.length];
  return ends.map((end, index) => text.slice(end, starts[index]));
}

/** Aggregations that make one row of each group. */
const AGGREGATIONS: ReadonlySet<string> = new Set([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'quantile',
]);

/** Functions that make of each series one of the same labels, its name aside. */
const SERIES_FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'avg_over_time',
  'ceil',
  'changes',
  'clamp',
  'clamp_max',
  'clamp_min',
  'count_over_time',
  'delta',
  'deriv',
  'exp',
  'floor',
  'idelta',
  'increase',
  'irate',
  'last_over_time',
  'ln',
  'log10',
  'log2',
  'max_over_time',
  'min_over_time',
  'predict_linear',
  'present_over_time',
  'quantile_over_time',
  'rate',
  'resets',
  'round',
  'sgn',
  'sqrt',
  'stddev_over_time',
  'stdvar_over_time',
  'sum_over_time',
  'timestamp',
]);
