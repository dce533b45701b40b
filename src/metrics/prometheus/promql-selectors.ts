import { InvariantError } from '../../base/failure.ts';
import { nodesOf, type PromqlExpression, type PromqlNode, textOf } from './promql-expression.ts';
import { unquotePromql } from './promql-string.ts';

/** One condition on a label, the metric's name as that on `__name__` among them. */
export interface SelectorMatcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** One series selector of an expression. */
export interface SeriesSelector {
  /** Undefined where no single name is selected. */
  readonly name: string | undefined;
  readonly matchers: readonly SelectorMatcher[];
  /** In the expression's text, in UTF-16 units. */
  readonly from: number;
  readonly to: number;
}

/** All series selectors of an expression, in the order of the text. */
export function selectorsOf(expression: PromqlExpression): readonly SeriesSelector[] {
  return [...nodesOf(expression.root)]
    .filter(({ name }) => name === 'VectorSelector')
    .map((node) => readSelector(expression, node));
}

/** What a node `VectorSelector` selects. */
export function readSelector(expression: PromqlExpression, node: PromqlNode): SeriesSelector {
  const matchers: SelectorMatcher[] = [];
  const identifier = node.getChild('Identifier');
  if (identifier !== null) matchers.push({ label: '__name__', operator: '=', value: textOf(expression, identifier) });
  const listed = node.getChild('LabelMatchers');
  for (let child = listed?.firstChild ?? null; child !== null; child = child.nextSibling) {
    const matcher = readMatcher(expression, child);
    if (matcher !== undefined) matchers.push(matcher);
  }
  const named = matchers.find(({ label, operator }) => label === '__name__' && operator === '=');
  return { name: named?.value, matchers, from: node.from, to: node.to };
}

/** What one node among the matchers of a selector asks for; undefined for a comment between them. */
export function readMatcher(expression: PromqlExpression, node: PromqlNode): SelectorMatcher | undefined {
  switch (node.name) {
    case 'QuotedLabelName':
      return { label: '__name__', operator: '=', value: stringIn(expression, node) };
    case 'QuotedLabelMatcher': {
      const label = node.getChild('QuotedLabelName');
      return label === null ? undefined : matcherOf(expression, node, stringIn(expression, label));
    }
    case 'UnquotedLabelMatcher': {
      const label = node.getChild('LabelName');
      return label === null ? undefined : matcherOf(expression, node, textOf(expression, label));
    }
    default:
      return undefined;
  }
}

function matcherOf(expression: PromqlExpression, node: PromqlNode, label: string): SelectorMatcher {
  const operator = node.getChild('MatchOp');
  if (operator === null) throw new InvariantError('a matcher without an operator has no tree');
  return {
    label,
    operator: textOf(expression, operator) as SelectorMatcher['operator'],
    value: stringIn(expression, node),
  };
}

/** The text of the string literal straight below a node. */
function stringIn(expression: PromqlExpression, node: PromqlNode): string {
  const literal = node.getChild('StringLiteral');
  const text = literal === null ? undefined : unquotePromql(textOf(expression, literal));
  if (text === undefined) throw new InvariantError('a string that cannot be read has no tree');
  return text;
}
