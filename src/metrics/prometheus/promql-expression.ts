import { parser } from '@prometheus-io/lezer-promql';
import { Failure } from '../../base/failure.ts';
import { PROMQL_EXPRESSION_LENGTH_MAX } from '../../base/limits.ts';
import { unquotePromql } from './promql-string.ts';

type PromqlTree = ReturnType<typeof parser.parse>;

/** A node of the tree: what it is, where it stands, and what it is part of. */
export type PromqlNode = PromqlTree['topNode'];

/** PromQL that the grammar takes, with its tree. */
export interface PromqlExpression {
  readonly text: string;
  readonly root: PromqlNode;
}

/**
 * Reads PromQL by upstream's own grammar.
 *
 * @throws Failure('invalid') with line and column of what cannot be read.
 */
export function parsePromql(text: string): PromqlExpression {
  if (text.length > PROMQL_EXPRESSION_LENGTH_MAX) {
    throw new Failure(
      'invalid',
      `PromQL: must not exceed ${PROMQL_EXPRESSION_LENGTH_MAX} characters, and has ${text.length}`,
    );
  }
  return readPromql(text);
}

/** The same for an expression that is made here, and whose length follows from what was handed in. */
export function readPromql(text: string): PromqlExpression {
  const root = parser.parse(text).topNode;
  for (const node of nodesOf(root)) {
    if (node.type.isError) throw promqlFailure(text, node.from, 'cannot be read from here on');
    if (node.name === 'StringLiteral' && unquotePromql(textOf({ text, root }, node)) === undefined)
      throw promqlFailure(text, node.from, 'this string is none that Prometheus reads');
  }
  return { text, root };
}

/** What is wrong at a place of an expression. */
export function promqlFailure(text: string, offset: number, rule: string): Failure {
  const before = text.slice(0, offset).split('\n');
  return new Failure('invalid', `PromQL ${before.length}:${(before.at(-1)?.length ?? 0) + 1}: ${rule}`, {
    hint: 'try the expression in the Prometheus UI',
  });
}

/** A node and all below it, in the order of the text, whatever the depth. */
export function* nodesOf(root: PromqlNode): Generator<PromqlNode> {
  const cursor = root.cursor();
  const end = root.to;
  do {
    if (cursor.from > end) return;
    yield cursor.node;
  } while (cursor.next());
}

/** What a node stands for in the text. */
export function textOf({ text }: PromqlExpression, node: PromqlNode): string {
  return text.slice(node.from, node.to);
}
