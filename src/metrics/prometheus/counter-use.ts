import { nodesOf, type PromqlExpression, type PromqlNode, textOf } from './promql-expression.ts';
import { readSelector, type SeriesSelector } from './promql-selectors.ts';

/** What of a counter's value matters not, or only its growth. */
const GROWTH_FUNCTIONS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets', 'changes']);
const PRESENCE_FUNCTIONS: ReadonlySet<string> = new Set([
  'absent',
  'absent_over_time',
  'present_over_time',
  'count_over_time',
  'timestamp',
]);
const PRESENCE_AGGREGATIONS: ReadonlySet<string> = new Set(['count', 'group']);

/** Whether a metric counts up by the convention of its name: totals, and the parts of histograms and summaries. */
export function isCounterName(name: string): boolean {
  return /_(?:total|sum|count|bucket)$/.test(name);
}

/**
 * Selectors of counters whose value itself counts, not how fast it grows: it only ever rises, so an HPA on it climbs to its
 * maximum and stays there. `isCounter` may know better than the name says, from metadata.
 */
export function countersWithoutRate(
  expression: PromqlExpression,
  isCounter: (name: string) => boolean = isCounterName,
): readonly SeriesSelector[] {
  return [...nodesOf(expression.root)].flatMap((node) => {
    if (node.name !== 'VectorSelector') return [];
    const selector = readSelector(expression, node);
    return selectedNames(selector).some(isCounter) && isValueUsed(expression, node) ? [selector] : [];
  });
}

/** A name, or what a regular expression on the name ends with. */
function selectedNames({ name, matchers }: SeriesSelector): readonly string[] {
  if (name !== undefined) return [name];
  return matchers
    .filter(({ label, operator }) => label === '__name__' && operator === '=~')
    .flatMap(({ value }) =>
      value
        .replace(/^\^?(?:\(\?:)?/, '')
        .replace(/\)?\$?$/, '')
        .split('|'),
    );
}

function isValueUsed(expression: PromqlExpression, selector: PromqlNode): boolean {
  let below = selector;
  for (let node = selector.parent; node !== null; node = node.parent) {
    if (node.name === 'FunctionCall') {
      const called = wordOf(expression, node.getChild('FunctionIdentifier'));
      if (GROWTH_FUNCTIONS.has(called) || PRESENCE_FUNCTIONS.has(called)) return false;
    }
    if (node.name === 'AggregateExpr' && PRESENCE_AGGREGATIONS.has(wordOf(expression, node.getChild('AggregateOp'))))
      return false;
    if (isPresenceSide(node, below)) return false;
    below = node;
  }
  return true;
}

/** Behind `and` and `unless` it only matters which series there are. */
function isPresenceSide(node: PromqlNode, side: PromqlNode): boolean {
  if (node.name !== 'BinaryExpr' || (node.getChild('And') ?? node.getChild('Unless')) === null) return false;
  return node.lastChild?.from === side.from && node.lastChild.to === side.to;
}

function wordOf(expression: PromqlExpression, node: PromqlNode | null): string {
  return node === null ? '' : textOf(expression, node).toLowerCase();
}
