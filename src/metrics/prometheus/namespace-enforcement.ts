import { assert } from '../../base/failure.ts';
import { quoteText } from '../../base/go-text.ts';
import {
  nodesOf,
  type PromqlExpression,
  type PromqlNode,
  parsePromql,
  promqlFailure,
  readPromql,
  textOf,
} from './promql-expression.ts';
import { unquotePromql } from './promql-string.ts';

/** Which label every selector must carry, and with which value. */
export interface EnforcedMatcher {
  /** `namespace`, unless the targets call it otherwise. */
  readonly label: string;
  readonly value: string;
}

/**
 * Rewrites an expression so that it can see no series but those whose label has the value: each of its selectors gets one
 * matcher more. A matcher that contradicts it stays, and selects nothing.
 *
 * Nothing of the text is sent on as it came: comments go, strings are written anew and blanks are blanks, so that no
 * server can find a selector where the grammar here found a comment or a string. What comes out is read once more, and must
 * have the matcher on every selector.
 *
 * @throws Failure('invalid') for an expression that cannot be read, and for one that looks at series without a selector.
 */
export function enforceMatcher(query: string, enforced: EnforcedMatcher): string {
  assert(/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(enforced.label), `${JSON.stringify(enforced.label)} is no label name`);
  const expression = parsePromql(query);
  const matcher = `${enforced.label}=${quoteText(enforced.value)}`;
  const edits: Edit[] = [];
  for (const node of nodesOf(expression.root)) {
    if (node.name === 'Info') {
      throw promqlFailure(query, node.from, 'info() looks at series of all namespaces, and must not be used here');
    }
    edits.push(...editsOf(expression, node, matcher));
  }
  const rewritten = applyEdits(expression, edits);
  requireMatcher(rewritten, matcher);
  return rewritten;
}

/** A stretch of the text, and what stands there instead. */
interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

const MATCHERS: ReadonlySet<string> = new Set(['UnquotedLabelMatcher', 'QuotedLabelMatcher', 'QuotedLabelName']);

function editsOf(expression: PromqlExpression, node: PromqlNode, matcher: string): readonly Edit[] {
  const { from, to } = node;
  if (node.name === 'LineComment') return [{ from, to, text: '' }];
  if (node.name === 'StringLiteral')
    return [{ from, to, text: quoteText(unquotePromql(textOf(expression, node)) ?? '') }];
  // In the tree a selector without matchers ends with its name, one with matchers holds their list.
  if (node.name === 'VectorSelector' && node.getChild('LabelMatchers') === null)
    return [{ from: to, to, text: `{${matcher}}` }];
  if (node.name !== 'LabelMatchers') return [];
  const isEmpty = !childrenOf(node).some(({ name }) => MATCHERS.has(name));
  return [{ from: from + 1, to: from + 1, text: isEmpty ? matcher : `${matcher},` }];
}

/** Edits come in the order of the text and never overlap, but for comments within what is replaced, which have none. */
function applyEdits({ text }: PromqlExpression, edits: readonly Edit[]): string {
  let rewritten = '';
  let at = 0;
  for (const edit of [...edits].sort((left, right) => left.from - right.from || left.to - right.to)) {
    rewritten = joined(rewritten, plain(text, at, edit.from)) + edit.text;
    at = edit.to;
  }
  return joined(rewritten, plain(text, at, text.length)).trim();
}

/** One blank where a comment stood between two. A string ends with its quotation mark, never with a blank. */
function joined(before: string, after: string): string {
  return before.endsWith(' ') ? before + after.trimStart() : before + after;
}

/** What stands between comments and strings: words, numbers, operators and brackets, which the grammar takes in ASCII alone. */
function plain(text: string, from: number, to: number): string {
  // The grammar takes for a blank what Unicode does, U+0085 among them.
  const between = text.slice(from, to).replaceAll(/[\s\u0085]+/g, ' ');
  assert(/^[\x20-\x7e]*$/.test(between) && !/["'`#]/.test(between), 'PromQL has a string or a comment without a node');
  return between;
}

/** The proof of what was promised, over what is sent. */
function requireMatcher(query: string, matcher: string): void {
  const expression = readPromql(query);
  for (const node of nodesOf(expression.root)) {
    if (node.name !== 'VectorSelector') continue;
    const first = node.getChild('LabelMatchers')?.firstChild ?? null;
    assert(
      first !== null && first.name === 'UnquotedLabelMatcher' && textOf(expression, first) === matcher,
      'an enforced expression has a selector without the matcher',
    );
  }
}

function childrenOf(node: PromqlNode): readonly PromqlNode[] {
  const children: PromqlNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}
